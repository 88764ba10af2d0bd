package dev.chord.core.ring;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * What one member sees of the ring.
 *
 * @param roster all others, if members keep a table of all
 */
public record RingView(
        Peer self, Optional<Peer> predecessor, SuccessorList successors, FingerTable fingers, Roster roster) {

    /** The view of a member that keeps no table of all others. */
    public RingView(Peer self, Optional<Peer> predecessor, SuccessorList successors, FingerTable fingers) {
        this(self, predecessor, successors, fingers, Roster.NONE);
    }

    /** A member that knows only itself. */
    public static RingView alone(Peer self, int successors) {
        return new RingView(self, Optional.empty(), SuccessorList.empty(self.id(), successors), FingerTable.empty());
    }

    public RingView withPredecessor(Optional<Peer> peer) {
        return peer.equals(predecessor) ? this : new RingView(self, peer, successors, fingers, roster);
    }

    public RingView withSuccessors(SuccessorList list) {
        return list == successors ? this : new RingView(self, predecessor, list, fingers, roster);
    }

    public RingView withFingers(FingerTable table) {
        return table == fingers ? this : new RingView(self, predecessor, successors, table, roster);
    }

    public RingView withRoster(Roster table) {
        return table == roster ? this : new RingView(self, predecessor, successors, fingers, table);
    }

    /** Without a peer that proved dead, wherever it only shortens ways. */
    public RingView withoutShortcut(Identifier id) {
        // Who comes before this member it tells others itself, and does when another one comes.
        boolean own = roster.complete() && roster.predecessor(self.id()).id().equals(id) || id.equals(self.id());
        return withFingers(fingers.without(id)).withRoster(own ? roster : roster.without(id));
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
     * The known members that most closely precede the key (SIGCOMM 2001, figure 4, closest_preceding_finger;
     * here also over the successor list), closest first. Never self.
     */
    public List<Peer> closestPreceding(Identifier key, int limit) {
        if (roster.complete()) {
            return roster.closestPreceding(self.id(), key, limit);
        }
        List<Peer> closest = new ArrayList<>(limit + 1);
        // Both from the far end, and no farther than needed: a peer that is not looked at is not waited for.
        boolean inOrder = fingers.inOrder(self.id());
        for (int run = fingers.runCount() - 1; run >= 0; run--) {
            Optional<Peer> peer = fingers.peer(run);
            if (peer.isPresent() && isFarFrom(peer.get(), key, limit, closest) && inOrder) {
                break;
            }
        }
        List<Peer> near = successors.entries();
        int next = near.size() - 1;
        while (next >= 0 && !isFarFrom(near.get(next), key, limit, closest)) {
            next--;
        }
        return List.copyOf(closest);
    }

    // Whether as many others are closer to the key. If not, and if it lies before the key, it is put among
    // them. All of these lie between self and the key, so "a is closer" is "b, a, key come in this order".
    private boolean isFarFrom(Peer peer, Identifier key, int limit, List<Peer> closest) {
        if (!Arc.strictlyBetween(self.id(), peer.id(), key)) {
            return false;
        }
        int at = closest.size();
        while (at > 0 && Arc.strictlyBetween(closest.get(at - 1).id(), peer.id(), key)) {
            at--;
        }
        if (at > 0 && closest.get(at - 1).sameMember(peer)) {
            if (peer.supersedes(closest.get(at - 1))) {
                closest.set(at - 1, peer);
            }
            return false;
        }
        closest.add(at, peer);
        return closest.size() > limit && closest.remove(limit) == peer;
    }
}
