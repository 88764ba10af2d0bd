package dev.chord.node.replication;

import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.proto.v1.NotOwner;
import java.util.List;
import java.util.Optional;

/** Why this process does not speak for a key, and who to ask instead, from the ring as it is seen here. */
final class OwnerHint {
    private OwnerHint() {}

    static NotOwner of(NodeLoop loop, Tenures tenures, Identifier key) {
        NotOwner.Builder answer = NotOwner.newBuilder().setReason("not the owner of this key now");
        Optional<NodeState> responsible = loop.states().stream()
                .filter(s -> s.responsibility().map(a -> a.contains(key)).orElse(false))
                .findFirst();
        if (tenures.on()) {
            Optional<List<Peer>> missing = responsible.flatMap(s -> tenures.waitedFor(s, key));
            answer.setRefused(loop.owner(key).isPresent() || missing.isPresent())
                    .setInVain(missing.isPresent())
                    .addAllMissing(WireCodec.out(missing.orElse(List.of())));
        }
        // one that is taking it over: until then its owner is one of those behind
        Optional<Peer> other = responsible.isPresent()
                ? responsible.get().view().successors().head()
                : loop.states().stream()
                        .flatMap(s -> s.view().predecessor().stream())
                        .findFirst();
        other.ifPresent(peer -> answer.setHint(WireCodec.out(peer)));
        return answer.build();
    }
}
