package dev.chord.core.ring;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All members of the ring, as far as one of them has heard, for lookups in one hop (Gupta, Liskov, Rodrigues:
 * "Efficient routing for peer-to-peer overlays", NSDI 2004). Only an optimisation, as fingers are: no
 * answer's correctness rests on it.
 *
 * @param peers the members, the one that keeps it among them; nobody at all: none is kept
 * @param complete whether it has been read to its end: until then it names nobody's successor
 * @param place how far round the circle it has been read, or else checked since
 */
public record Roster(PeerSet peers, boolean complete, Identifier place) {
    /** That of a member which keeps none. */
    public static final Roster NONE = new Roster(PeerSet.empty(), false, Identifier.ZERO);

    /** Of a member that knows nobody else yet. */
    public static Roster of(Peer self, boolean complete) {
        return new Roster(PeerSet.empty().with(self), complete, self.id());
    }

    public Roster readTo(Identifier next) {
        return place.equals(next) ? this : new Roster(peers, complete, next);
    }

    public Roster completed(Identifier self) {
        return new Roster(peers, true, self);
    }

    private Roster of(PeerSet next) {
        return next == peers ? this : new Roster(next, complete, place);
    }

    public Roster with(Peer peer) {
        return of(peers.with(peer));
    }

    public Roster without(Identifier id) {
        return of(peers.without(id));
    }

    /** As told by one who sees it: the peer is a member, and nobody is between it and that point. */
    public Roster adjacent(Peer peer, Identifier point) {
        return with(peer).emptied(peer.id(), point);
    }

    /** With nobody strictly between the two points. */
    public Roster emptied(Identifier from, Identifier to) {
        PeerSet left = peers;
        while (left.size() > 0) {
            Peer next = left.get(afterRank(left, from) % left.size());
            if (!Arc.strictlyBetween(from, next.id(), to)) {
                break;
            }
            left = left.without(next.id());
        }
        return of(left);
    }

    /** The member at a point, or else the first one after it. */
    public Peer successor(Identifier point) {
        int rank = peers.rank(point);
        return peers.get(rank == peers.size() ? 0 : rank);
    }

    /** The last member before a point. */
    public Peer predecessor(Identifier point) {
        int rank = peers.rank(point);
        return peers.get(rank == 0 ? peers.size() - 1 : rank - 1);
    }

    /** The members after a point, in ring order, each once, whoever is at the point last. */
    public List<Peer> after(Identifier point, int limit) {
        List<Peer> found = new ArrayList<>();
        int size = peers.size();
        int rank = afterRank(peers, point);
        for (int i = 0; i < Math.min(limit, size); i++) {
            found.add(peers.get((rank + i) % size));
        }
        return found;
    }

    /** The members strictly between two points that come 1st, 2nd, 4th, 8th, ... there. */
    public List<Peer> everDoubling(Identifier from, Identifier to) {
        List<Peer> found = new ArrayList<>();
        int size = peers.size();
        int first = afterRank(peers, from);
        for (int i = 1; i <= size; i *= 2) {
            Peer peer = peers.get((first + i - 1) % size);
            if (!Arc.strictlyBetween(from, peer.id(), to)) {
                break;
            }
            found.add(peer);
        }
        return found;
    }

    // How many are not after the point: the rank of the first one after it, if there is one.
    private static int afterRank(PeerSet peers, Identifier point) {
        int rank = peers.rank(point);
        return rank < peers.size() && peers.get(rank).id().equals(point) ? rank + 1 : rank;
    }

    /** Of the members before the key and after {@code self}, the closest to the key, closest first. */
    List<Peer> closestPreceding(Identifier self, Identifier key, int limit) {
        List<Peer> found = new ArrayList<>(limit);
        Identifier at = key;
        while (found.size() < limit) {
            Peer peer = predecessor(at);
            if (!Arc.strictlyBetween(self, peer.id(), at)) {
                break;
            }
            found.add(peer);
            at = peer.id();
        }
        return found;
    }

    /** Who is next to be read or checked, going round; empty: there is nobody but the one who keeps it. */
    public Optional<Peer> next(Identifier self) {
        for (Peer peer : after(place, 2)) {
            if (!peer.id().equals(self)) {
                return Optional.of(peer);
            }
        }
        return Optional.empty();
    }
}
