package dev.chord.node.replication;

import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.ClaimStore;
import dev.chord.proto.v1.LeaseTenureRequest;
import dev.chord.proto.v1.TenureReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Lets an owner show what it has read: so many holders still serve its tenure that no other can have begun. */
final class ReadLeases {
    private final Tenures tenures;
    private final LeaseBook book;
    private final Map<Asked, CompletableFuture<Outcome>> underWay = new ConcurrentHashMap<>();

    private record Asked(Arc arc, long epoch) {}

    /**
     * What the other holders say.
     *
     * @param given whether enough of them still serve the tenure
     * @param silent those that did not answer, if it was not given
     */
    record Outcome(boolean given, List<Peer> silent) {
        static final Outcome GIVEN = new Outcome(true, List.of());
        static final Outcome NOT_GIVEN = new Outcome(false, List.of());
    }

    ReadLeases(Tenures tenures, LeaseBook book) {
        this.tenures = tenures;
        this.book = book;
    }

    /** Whether it is so without asking anybody. */
    boolean holds(Identifier key, Tenure tenure) {
        return missing(tenure) == 0 || book.holds(key, tenure.epoch());
    }

    // How many besides the owner itself.
    private int missing(Tenure tenure) {
        return tenure.witnesses(tenures.writeQuorum()) - 1;
    }

    /**
     * Finds out, after a value was read or before one is written.
     *
     * @param owner the member that speaks
     * @param arc all in the tenure, around the key
     */
    Outcome obtain(NodeState owner, Arc arc, Identifier key, Tenure tenure) {
        Asked asked = new Asked(arc, tenure.epoch());
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        CompletableFuture<Outcome> earlier = underWay.putIfAbsent(asked, answer);
        if (earlier != null) { // it may have been answered before this value was read: the lease alone counts
            Outcome outcome = RecordCoordinator.await(earlier);
            return holds(key, tenure) ? Outcome.GIVEN : new Outcome(false, outcome.silent());
        }
        try {
            long now = book.now();
            Outcome outcome = RecordCoordinator.await(ask(owner, arc, tenure));
            if (outcome.given()) {
                book.hold(arc, tenure.epoch(), now);
            }
            answer.complete(outcome);
            return outcome;
        } finally {
            underWay.remove(asked);
            answer.complete(Outcome.NOT_GIVEN); // if it ended in another way
        }
    }

    private CompletableFuture<Outcome> ask(NodeState owner, Arc arc, Tenure tenure) {
        CompletableFuture<Outcome> enough = new CompletableFuture<>();
        List<Peer> others = tenure.holders().subList(1, tenure.holders().size()).stream()
                .map(holder -> whereItIs(owner, holder))
                .toList();
        LeaseTenureRequest request = LeaseTenureRequest.newBuilder()
                .setArc(WireCodec.out(arc))
                .setEpoch(tenure.epoch())
                .build();
        int[] counts = {others.size(), missing(tenure)};
        List<Peer> silent = new ArrayList<>();
        tenures.calls()
                .ask(
                        others,
                        peer -> {
                            TenureReply reply = tenures.calls()
                                    .stub(peer, Tenures.PATIENCE)
                                    .leaseTenure(request.toBuilder()
                                            .setProcess(WireCodec.out(peer.process()))
                                            .build());
                            tenures.heed(ClaimStore.in(reply.getClaimsList()));
                            return reply.getAgreed();
                        },
                        (peer, agreed) -> {
                            synchronized (counts) {
                                counts[0]--;
                                counts[1] -= agreed.orElse(false) ? 1 : 0;
                                if (agreed.isEmpty()) {
                                    silent.add(peer);
                                }
                                if (counts[1] <= 0) {
                                    enough.complete(Outcome.GIVEN);
                                } else if (counts[0] == 0) {
                                    enough.complete(new Outcome(false, List.copyOf(silent)));
                                }
                            }
                        });
        return enough;
    }

    // A holder may have come back under another address; then the owner knows it as its successor.
    private static Peer whereItIs(NodeState owner, Peer holder) {
        return owner.view().successors().entries().stream()
                .filter(peer -> peer.process().equals(holder.process()))
                .findFirst()
                .orElse(holder);
    }
}
