package dev.chord.node.replication;

import dev.chord.client.rpc.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.node.loop.NodeLoop;
import dev.chord.proto.v1.NotOwner;

/** Who to ask about a key this process does not own: from the ring as it is seen here. */
final class OwnerHint {
    private OwnerHint() {}

    static NotOwner of(NodeLoop loop, Identifier key) {
        NotOwner.Builder answer = NotOwner.newBuilder().setReason("not the owner of this key now");
        for (NodeState state : loop.states()) {
            boolean mine = state.responsibility().map(a -> a.contains(key)).orElse(false);
            if (mine) {
                // taking it over: until then its owner is one of those behind
                state.view().successors().head().ifPresent(head -> answer.setHint(WireCodec.out(head)));
                return answer.build();
            }
        }
        loop.states().stream()
                .flatMap(s -> s.view().predecessor().stream())
                .findFirst()
                .ifPresent(p -> answer.setHint(WireCodec.out(p)));
        return answer.build();
    }
}
