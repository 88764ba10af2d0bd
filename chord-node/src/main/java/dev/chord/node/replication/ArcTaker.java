package dev.chord.node.replication;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.RingCalls;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.FingerprintReply;
import dev.chord.proto.v1.PullRecordsRequest;
import dev.chord.proto.v1.RecordBatch;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.ReleaseArcRequest;
import dev.chord.proto.v1.ReplicateReply;
import dev.chord.proto.v1.ReplicateRequest;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over an arc: copies its records from all who may have some, while everything goes on; then asks each to give it up
 * and takes what changed meanwhile. So the pause is as long as the few last changes take, not as long as the copy.
 */
public final class ArcTaker {
    private static final Logger log = LoggerFactory.getLogger(ArcTaker.class);
    private static final long PULL_SECONDS = 30;
    private static final long RELEASE_SECONDS = 15;
    private static final long ANNOUNCE_SECONDS = 2;
    private static final Duration BRIEFLY =
            Duration.ofMillis(400); // for those that it can do without; there and back anywhere

    private final NodeLoop loop;
    private final RecordStore store;
    private final PeerChannels channels;
    private final RingCalls calls;
    private final int writeQuorum;
    private final Tenures tenures;
    private final Map<Identifier, Pulled> pulled = new ConcurrentHashMap<>(); // by source, what is not all here

    public ArcTaker(NodeLoop loop, RecordStore store, PeerChannels channels, Tenures tenures) {
        this.tenures = tenures;
        this.loop = loop;
        this.store = store;
        this.channels = channels;
        this.calls = new RingCalls(channels);
        this.writeQuorum = tenures.writeQuorum();
    }

    /** Takes the arc and tells the loop how it went. Blocks. */
    public void take(Peer member, Action.TakeArc take) {
        Event.ArcTaken end = new Event.ArcTaken(take.attempt(), Event.TakeOutcome.FAILED, 0);
        try {
            end = tenures.on() ? byAgreement(member, take) : alone(member, take);
        } catch (ChordException | StatusRuntimeException e) {
            log.debug("taking {} failed: {}", take.arc(), e.getMessage());
        } finally {
            loop.arcTaken(member.id(), end);
        }
    }

    // Where too few of those who kept the records before are in reach it owns, but does not serve, until they are.
    private Event.ArcTaken byAgreement(Peer member, Action.TakeArc take) {
        NodeState state = loop.state(member.id())
                .orElseThrow(() -> new ChordException(ErrorCode.UNFINISHED, member + " has gone", ""));
        return tenures.attempt(
                state,
                List.of(take.arc()),
                true,
                tenure -> run(member, take, List.of(), () -> {
                    loop.state(member.id()).ifPresent(tenure::run);
                    return store.epoch();
                }));
    }

    private Event.ArcTaken alone(Peer member, Action.TakeArc take) {
        List<Peer> needed = needed(member, take);
        return run(member, take, needed, () -> announce(needed));
    }

    /**
     * @param needed sources without which it fails, beside the first one
     * @param beginning makes sure that no other speaks for the arc any more; returns the epoch from which on this one does
     */
    private Event.ArcTaken run(Peer member, Action.TakeArc take, List<Peer> needed, LongSupplier beginning) {
        Predicate<Peer> required = s -> s.equals(take.sources().get(0)) || needed.contains(s);
        Map<Peer, Long> positions = new LinkedHashMap<>();
        // Sources that hang must not hold up the arc: first see which answer at all.
        Map<Peer, CompletableFuture<Boolean>> there = new LinkedHashMap<>();
        take.sources()
                .forEach(s -> there.put(
                        s, calls.isThere(s.endpoint(), s.process(), required.test(s) ? Tenures.PATIENCE : BRIEFLY)));
        for (Peer source : take.sources()) {
            try {
                if (!RecordCoordinator.await(Objects.requireNonNull(there.get(source)))) {
                    throw new ChordException(ErrorCode.UNREACHABLE, source + " does not answer", "asked again soon");
                }
                positions.put(source, pull(source, take));
            } catch (StatusRuntimeException | ChordException e) {
                if (required.test(source)) {
                    throw e;
                }
                log.debug("{} sends nothing of {}: {}", source, take.arc(), e.getMessage());
            }
        }
        boolean released = false;
        boolean settled = take.sources().isEmpty();
        for (Map.Entry<Peer, Long> entry : positions.entrySet()) {
            Peer source = entry.getKey();
            boolean head = source.equals(take.sources().get(0));
            RecordBatch end = release(member, source, take, entry.getValue(), head);
            released |= end.getReleased();
            settled |= head && end.getSettled();
            RecordCoordinator.await(store.heardOf(end.getEpoch()));
        }
        long epoch = beginning.getAsLong();
        Event.TakeOutcome outcome = released
                ? Event.TakeOutcome.RELEASED
                : settled ? Event.TakeOutcome.UNOWNED : Event.TakeOutcome.UNSETTLED;
        return new Event.ArcTaken(take.attempt(), outcome, epoch);
    }

    // The next member takes part in any case. Of the holders of a write that its dead owner acknowledged, one of any
    // quorum has to be heard: so all that can be one, if they are believed alive.
    private List<Peer> needed(Peer member, Action.TakeArc take) {
        List<Peer> others = take.sources().stream()
                .filter(p -> !p.process().equals(member.process()))
                .toList();
        int replicas = loop.states().get(0).settings().replicas();
        return Placement.holders(others, Math.max(0, replicas - 1));
    }

    // Before anything is written under the new epoch, those who will have to know of it do.
    private long announce(List<Peer> witnesses) {
        long epoch = store.epoch() + 1;
        RecordCoordinator.await(store.heardOf(epoch));
        ReplicateRequest news = ReplicateRequest.newBuilder().setEpoch(epoch).build();
        int told = 0;
        for (Peer witness : witnesses) {
            try {
                ReplicateReply kept = stub(witness, ANNOUNCE_SECONDS).replicate(news);
                told += kept.hasNotOwner() ? 0 : 1;
            } catch (StatusRuntimeException e) {
                log.debug("{} does not hear of epoch {}: {}", witness, epoch, e.getMessage());
            }
        }
        if (told < Math.min(writeQuorum - 1, witnesses.size())) {
            throw new ChordException(
                    ErrorCode.UNREACHABLE, "only " + told + " others know of epoch " + epoch, "asked again soon");
        }
        return epoch;
    }

    private long pull(Peer source, Action.TakeArc take) {
        RecordCoordinator.await(store.keepAll(TenureChange.KEEP));
        Pulled before = pulled.get(source.process());
        Pulled now = before != null && before.arc().equals(take.arc())
                ? before
                : new Pulled(take.arc(), WireCodec.out(store.fingerprints(take.arc())), new AtomicLong());
        pulled.put(source.process(), now);
        PullRecordsRequest request = PullRecordsRequest.newBuilder()
                .setArc(WireCodec.out(take.arc()))
                .addAllParts(now.parts().getPartsList())
                .setSince(now.position().get())
                .build();
        receive(stub(source, PULL_SECONDS).pullRecords(request), take.arc(), now.position());
        pulled.remove(source.process());
        return now.position().get();
    }

    /**
     * How much of an arc has come from a process: a try that takes too long is gone on with by the next one.
     *
     * @param parts of what was here when it began
     * @param position of the source's
     */
    private record Pulled(Arc arc, FingerprintReply parts, AtomicLong position) {}

    private RecordBatch release(Peer member, Peer source, Action.TakeArc take, long since, boolean head) {
        ReleaseArcRequest request = ReleaseArcRequest.newBuilder()
                .setArc(WireCodec.out(take.arc()))
                .setTaker(WireCodec.out(member))
                .setSince(since)
                .setTarget(WireCodec.out(source.id()))
                .setAsHead(head)
                .build();
        return receive(stub(source, RELEASE_SECONDS).releaseArc(request), take.arc(), new AtomicLong());
    }

    // What lies outside the arc was not asked for, and is not taken.
    private RecordBatch receive(Iterator<RecordBatch> batches, Arc arc, AtomicLong position) {
        RecordBatch last = RecordBatch.getDefaultInstance();
        while (batches.hasNext()) {
            last = batches.next();
            RecordCoordinator.await(store.merge(last.getRecordsList().stream()
                    .filter(r -> arc.contains(WireCodec.in(r.getKey())))
                    .toList()));
            position.set(last.getPosition());
        }
        return last;
    }

    private RecordServiceGrpc.RecordServiceBlockingStub stub(Peer source, long seconds) {
        return RecordServiceGrpc.newBlockingStub(channels.to(source.endpoint()))
                .withDeadlineAfter(seconds, TimeUnit.SECONDS);
    }
}
