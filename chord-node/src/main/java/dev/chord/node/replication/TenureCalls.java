package dev.chord.node.replication;

import dev.chord.client.error.ChordException;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.placement.Tenure;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.ClaimStore;
import dev.chord.proto.v1.ListRefusedRequest;
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.RecordServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is asked of the holders of arcs, of several at the same time. */
final class TenureCalls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TenureCalls.class);
    private static final Duration CALL_LIMIT = Duration.ofSeconds(2);
    static final Duration LIMIT = Duration.ofSeconds(10);

    private final PeerChannels channels;
    private final KeyLocator locator;
    private final ExecutorService callers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "chord-tenure");
        thread.setDaemon(true);
        return thread;
    });

    TenureCalls(PeerChannels channels, KeyLocator locator) {
        this.channels = channels;
        this.locator = locator;
    }

    /** Tells holders that a tenure has begun; returns whether all know it now. */
    boolean tell(Collection<Peer> holders, List<Arc> arcs, Tenure tenure) {
        NoteTenureRequest request = note(arcs, tenure, true);
        return all(holders, peer -> stub(peer).noteTenure(meant(request, peer)).getAgreed()).stream()
                .allMatch(agreed -> agreed.orElse(false));
    }

    /** The same without waiting for anybody. */
    void spread(Collection<Peer> holders, List<Arc> arcs, Tenure tenure) {
        NoteTenureRequest request = note(arcs, tenure, true);
        ask(holders, peer -> stub(peer).noteTenure(meant(request, peer)).getAgreed(), (peer, agreed) -> {});
    }

    static NoteTenureRequest note(List<Arc> arcs, Tenure tenure, boolean begun) {
        return NoteTenureRequest.newBuilder()
                .addAllArcs(arcs.stream().map(WireCodec::out).toList())
                .setTenure(ClaimStore.out(tenure))
                .setBegun(begun)
                .build();
    }

    static NoteTenureRequest meant(NoteTenureRequest request, Peer holder) {
        return request.toBuilder().setProcess(WireCodec.out(holder.process())).build();
    }

    /** Asks all at the same time; empty: no answer. */
    <T> List<Optional<T>> all(Collection<Peer> peers, Function<Peer, T> question) {
        List<Peer> order = List.copyOf(peers);
        List<CompletableFuture<Optional<T>>> answers = new ArrayList<>();
        order.forEach(peer -> answers.add(new CompletableFuture<>()));
        find(order, question, (peer, answer) -> answers.get(order.indexOf(peer)).complete(answer));
        List<Optional<T>> result = new ArrayList<>();
        for (CompletableFuture<Optional<T>> answer : answers) {
            result.add(answer.completeOnTimeout(Optional.empty(), LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .join());
        }
        return result;
    }

    /** Asks all at the same time, and tells the caller, in this thread, until all have answered or a moment after it is enough. */
    <T> void count(Collection<Peer> peers, Function<Peer, T> question, Gathering.Count<T> count) {
        Gathering<T> gathering = new Gathering<>();
        find(peers, question, gathering::heard);
        gathering.count(peers.size(), LIMIT, Gathering.MOMENT, count);
    }

    interface Heard<T> {
        void from(Peer peer, Optional<T> answer);
    }

    /** Asks all at the same time, where they were, and goes on. */
    <T> void ask(Collection<Peer> peers, Function<Peer, T> question, Heard<T> heard) {
        for (Peer peer : peers) {
            callers.execute(() -> heard.from(peer, answer(peer, question)));
        }
    }

    // The same, wherever they are now.
    private <T> void find(Collection<Peer> peers, Function<Peer, T> question, Heard<T> heard) {
        for (Peer peer : peers) {
            callers.execute(() -> {
                Optional<T> answer = answer(peer, question);
                if (answer.isEmpty()) {
                    answer = moved(peer).flatMap(now -> answer(now, question));
                }
                heard.from(peer, answer);
            });
        }
    }

    private static <T> Optional<T> answer(Peer peer, Function<Peer, T> question) {
        try {
            return Optional.of(question.apply(peer));
        } catch (StatusRuntimeException | ChordException | MalformedMessageException e) {
            log.debug("{} says nothing of a tenure: {}", peer, e.getMessage());
            return Optional.empty();
        }
    }

    // The same process, with the same disk, may have come back under another address than it had as a holder.
    private Optional<Peer> moved(Peer before) {
        try {
            return locator.lookup(before.id(), CALL_LIMIT).chain().stream()
                    .filter(now -> now.process().equals(before.process())
                            && !now.endpoint().equals(before.endpoint()))
                    .findFirst();
        } catch (ChordException e) {
            return Optional.empty();
        }
    }

    /** Whether the holders of a node's ring agree on who they are; empty: it does not say. */
    Optional<Boolean> agrees(Endpoint node) {
        try {
            return Optional.of(!stub(node, CALL_LIMIT)
                    .listRefused(ListRefusedRequest.getDefaultInstance())
                    .getEventual());
        } catch (StatusRuntimeException e) {
            return Optional.empty();
        }
    }

    RecordServiceGrpc.RecordServiceBlockingStub stub(Peer peer) {
        return stub(peer, CALL_LIMIT);
    }

    RecordServiceGrpc.RecordServiceBlockingStub stub(Peer peer, Duration limit) {
        return stub(peer.endpoint(), limit);
    }

    private RecordServiceGrpc.RecordServiceBlockingStub stub(Endpoint endpoint, Duration limit) {
        return RecordServiceGrpc.newBlockingStub(channels.to(endpoint))
                .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        callers.shutdownNow();
    }
}
