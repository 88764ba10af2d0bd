package dev.chord.node.replication;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.ReplicateReply;
import dev.chord.proto.v1.ReplicateRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Brings an owner's records to those that should hold them, and counts how many have them durably. Nobody else counts: one who
 * takes the arc over asks the holders, and would not hear of a copy elsewhere.
 */
final class RecordReplicator {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final Duration SILENT = Duration.ofSeconds(3);

    private final NodeLoop loop;
    private final RecordStore store;
    private final PeerChannels channels;
    private final int writeQuorum;
    private final Tenures tenures;
    private final Cache<Identifier, Long> silent =
            CacheBuilder.newBuilder().maximumSize(1000).build(); // when, by process

    RecordReplicator(NodeLoop loop, RecordStore store, PeerChannels channels, int writeQuorum, Tenures tenures) {
        this.tenures = tenures;
        this.loop = loop;
        this.store = store;
        this.channels = channels;
        this.writeQuorum = writeQuorum;
    }

    /**
     * Who has the records now.
     *
     * @param wanted copies aimed at: the ring's replica count, or the number of processes if that is smaller
     */
    record Copies(List<Peer> holders, int wanted) {}

    /**
     * Stores records here and on the other holders of the member's arc.
     *
     * @param records under keys that the member owns, in one tenure; none: nothing is sent
     * @throws ChordException DEADLINE if fewer than a write quorum have them now: they may or may not last
     */
    Copies spread(NodeState owner, List<Record> records) {
        if (records.isEmpty()) {
            return new Copies(List.of(), 0);
        }
        List<Identifier> keys =
                records.stream().map(r -> WireCodec.in(r.getKey())).toList();
        long epoch = 0;
        List<Peer> candidates = Tenures.holders(owner);
        if (tenures.on()) {
            Tenure tenure = tenures.served(owner, keys.get(0))
                    .orElseThrow(() -> new ChordException(
                            ErrorCode.UNREACHABLE, "this node does not speak for the key any more", "try again"));
            epoch = tenure.epoch();
            candidates = tenure.holders();
        }
        int wanted = candidates.size();
        ReplicateRequest copy = ReplicateRequest.newBuilder()
                .setOwner(WireCodec.out(owner.self()))
                .setTenure(epoch)
                .addAllRecords(records)
                .build();
        Gathering<ReplicateReply> copies = new Gathering<>();
        candidates.subList(1, wanted).forEach(peer -> start(peer, copy, copies));
        List<Peer> holders = new ArrayList<>(List.of(owner.self()));
        if (tenures.promises()
                .keep(keys, epoch, () -> RecordCoordinator.await(store.merge(records)))
                .isEmpty()) {
            throw superseded();
        }
        int needed = Math.min(writeQuorum, wanted);
        // Every copy is waited for, but for those of holders that have just been waited for in vain.
        Duration rest = candidates.stream().anyMatch(this::isSilent) ? Gathering.MOMENT : LIMIT;
        copies.count(wanted - 1, LIMIT, rest, (peer, reply) -> {
            if (reply.map(kept -> kept.hasNotOwner() || kept.getSuperseded()).orElse(false)) {
                // Somebody took this arc, believing this node dead: its writes count from now on, not ours.
                loop.command(owner.self().id(), new Command.Renounce());
                throw superseded();
            }
            reply.ifPresent(kept -> holders.add(peer));
            return holders.size() >= needed;
        });
        if (holders.size() < needed) {
            throw new ChordException(
                    ErrorCode.DEADLINE,
                    "only " + holders.size() + " of " + needed
                            + " copies could be stored; the write may or may not last",
                    "try again when the ring has healed");
        }
        return new Copies(holders, wanted);
    }

    // Some may have it nevertheless, and hand it out to whoever came after.
    private static ChordException superseded() {
        return new ChordException(
                ErrorCode.DEADLINE,
                "this node has been superseded as owner of the key; the write may or may not last",
                "try again");
    }

    private void start(Peer peer, ReplicateRequest copy, Gathering<ReplicateReply> copies) {
        ListenableFuture<ReplicateReply> call = RecordServiceGrpc.newFutureStub(channels.to(peer.endpoint()))
                .withDeadlineAfter(LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                .replicate(copy.toBuilder()
                        .setProcess(WireCodec.out(peer.process()))
                        .build());
        call.addListener(() -> copies.heard(peer, outcome(peer, call)), MoreExecutors.directExecutor());
    }

    private boolean isSilent(Peer peer) {
        Long since = silent.getIfPresent(peer.process());
        return since != null && System.nanoTime() - since < SILENT.toNanos();
    }

    private Optional<ReplicateReply> outcome(Peer peer, ListenableFuture<ReplicateReply> call) {
        try {
            Optional<ReplicateReply> reply = Optional.ofNullable(Futures.getDone(call));
            silent.invalidate(peer.process());
            return reply;
        } catch (ExecutionException | CancellationException e) {
            silent.put(peer.process(), System.nanoTime());
            return Optional.empty();
        }
    }
}
