package dev.chord.core.ring;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/** What one member sees of the ring. */
public record RingView(Peer self, Optional<Peer> predecessor, SuccessorList successors, FingerTable fingers) {

    /** A member that knows only itself. */
    public static RingView alone(Peer self, int successors) {
        return new RingView(self, Optional.empty(), SuccessorList.empty(self.id(), successors), FingerTable.empty());
    }

    public RingView withPredecessor(Optional<Peer> peer) {
        return peer.equals(predecessor) ? this : new RingView(self, peer, successors, fingers);
    }

    public RingView withSuccessors(SuccessorList list) {
        return list == successors ? this : new RingView(self, predecessor, list, fingers);
    }

    public RingView withFingers(FingerTable table) {
        return table == fingers ? this : new RingView(self, predecessor, successors, table);
    }

    /** All other members known: neighbours and fingers. */
    public List<Peer> known() {
        LinkedHashSet<Peer> known = new LinkedHashSet<>(successors.entries());
        known.addAll(fingers.peers());
        predecessor.ifPresent(known::add);
        known.removeIf(peer -> peer.id().equals(self.id()));
        return List.copyOf(known);
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
        List<Peer> closest = new ArrayList<>(limit + 1);
        for (Peer peer : found) {
            insert(peer, key, closest);
            if (closest.size() > limit) {
                closest.remove(limit);
            }
        }
        return List.copyOf(closest);
    }

    // All lie between self and the key, so "a is closer" is "b, a, key come in this order".
    private static void insert(Peer peer, Identifier key, List<Peer> closest) {
        int at = 0;
        while (at < closest.size()
                && Arc.strictlyBetween(peer.id(), closest.get(at).id(), key)) {
            at++;
        }
        boolean repeat = at < closest.size() && closest.get(at).sameMember(peer);
        if (!repeat) {
            closest.add(at, peer);
        } else if (peer.supersedes(closest.get(at))) {
            closest.set(at, peer);
        }
    }
}
