package dev.chord.node.replication;

import dev.chord.client.rpc.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.ClaimStore;
import dev.chord.proto.v1.LeaseTenureRequest;
import dev.chord.proto.v1.TenureReply;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Lets an owner show what it has read: so many holders still serve its tenure that no other can have begun. */
final class ReadLeases {
    private final Tenures tenures;
    private final LeaseBook book;
    private final Map<Asked, CompletableFuture<Boolean>> underWay = new ConcurrentHashMap<>();

    private record Asked(Arc arc, long epoch) {}

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
     * Finds out, after the value was read.
     *
     * @param owner the member that has read it
     * @param arc all in the tenure, around the key
     */
    boolean obtain(NodeState owner, Arc arc, Identifier key, Tenure tenure) {
        if (holds(key, tenure)) {
            return true;
        }
        Asked asked = new Asked(arc, tenure.epoch());
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        CompletableFuture<Boolean> earlier = underWay.putIfAbsent(asked, answer);
        if (earlier != null) { // it may have been answered before this value was read: the lease alone counts
            return RecordCoordinator.await(earlier) && holds(key, tenure);
        }
        try {
            long now = book.now();
            boolean given = RecordCoordinator.await(ask(owner, arc, tenure));
            if (given) {
                book.hold(arc, tenure.epoch(), now);
            }
            answer.complete(given);
            return given;
        } finally {
            underWay.remove(asked);
            answer.complete(false); // if it ended in another way
        }
    }

    private CompletableFuture<Boolean> ask(NodeState owner, Arc arc, Tenure tenure) {
        CompletableFuture<Boolean> enough = new CompletableFuture<>();
        List<Peer> others = tenure.holders().subList(1, tenure.holders().size()).stream()
                .map(holder -> whereItIs(owner, holder))
                .toList();
        LeaseTenureRequest request = LeaseTenureRequest.newBuilder()
                .setArc(WireCodec.out(arc))
                .setEpoch(tenure.epoch())
                .build();
        int[] counts = {others.size(), missing(tenure)};
        tenures.calls()
                .ask(
                        others,
                        peer -> {
                            TenureReply reply = tenures.calls()
                                    .stub(peer)
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
                                if (counts[1] <= 0) {
                                    enough.complete(true);
                                } else if (counts[0] == 0) {
                                    enough.complete(false);
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
