package dev.chord.core.ring;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What one member sees of the ring. */
public record RingView(Peer self, Optional<Peer> predecessor, SuccessorList successors, FingerTable fingers) {

    /** A member that knows only itself. */
    public static RingView alone(Peer self, int successors) {
        return new RingView(self, Optional.empty(), SuccessorList.empty(self.id(), successors), FingerTable.empty());
    }

    public RingView withPredecessor(Optional<Peer> peer) {
        return new RingView(self, peer, successors, fingers);
    }

    public RingView withSuccessors(SuccessorList list) {
        return new RingView(self, predecessor, list, fingers);
    }

    public RingView withFingers(FingerTable table) {
        return new RingView(self, predecessor, successors, table);
    }

    /**
     * The known members that most closely precede the key (SIGCOMM 2001, figure 4, closest_preceding_finger; here also
     * over the successor list), closest first. Never self.
     */
    public List<Peer> closestPreceding(Identifier key, int limit) {
        List<Peer> found = new ArrayList<>(fingers.preceding(self.id(), key));
        for (Peer peer : successors.entries()) {
            if (Arc.strictlyBetween(self.id(), peer.id(), key)) {
                found.add(peer);
            }
        }
        // All lie between self and the key, so "a is closer" is "b, a, key come in this order".
        Comparator<Peer> closer = (a, b) -> a.id().equals(b.id())
                ? Long.compare(b.incarnation(), a.incarnation())
                : Arc.strictlyBetween(b.id(), a.id(), key) ? -1 : 1;
        List<Peer> distinct = new ArrayList<>();
        for (Peer peer : found.stream().sorted(closer).toList()) {
            boolean repeat =
                    !distinct.isEmpty() && distinct.get(distinct.size() - 1).sameMember(peer);
            if (!repeat && distinct.size() < limit) {
                distinct.add(peer);
            }
        }
        return List.copyOf(distinct);
    }
}
