package dev.chord.core.protocol;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Members of small rings, by their identifiers. */
final class Members {
    private Members() {}

    static Peer peer(long id) {
        return peer(id, 1);
    }

    static Peer peer(long id, long life) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(id), life);
    }

    static List<Peer> peers(long... ids) {
        return Arrays.stream(ids).mapToObj(Members::peer).toList();
    }

    /** One that owns its keys, between these. */
    static NodeState settled(RingSettings settings, long predecessor, long id, long... successors) {
        RingView alone = RingView.alone(peer(id), settings.successors());
        return NodeState.settled(
                settings,
                alone.withSuccessors(alone.successors().rebuilt(peers(successors)))
                        .withPredecessor(Optional.of(peer(predecessor))));
    }
}
