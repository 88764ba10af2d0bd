package dev.chord.sim.explore;

import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/**
 * The same thing seen from another member. Every member sees itself as 0 and the others by how far clockwise
 * they are: so two members in the same situation are in the same state, and rings that differ by a rotation
 * are one ring.
 */
final class Relative {
    private final int size;
    private final Peer[] peers;

    /** @param size points of the circle */
    Relative(int size) {
        this.size = size;
        this.peers = new Peer[size];
        for (int i = 0; i < size; i++) {
            Identifier id = Identifier.of(i);
            peers[i] = new Peer(id, new Endpoint("n" + i, 1), "z", id, 1);
        }
    }

    int size() {
        return size;
    }

    /** The peer so far clockwise. */
    Peer peer(int offset) {
        return peers[Math.floorMod(offset, size)];
    }

    int offset(Peer peer) {
        return Integer.parseInt(peer.endpoint().host().substring(1));
    }

    int[] offsets(List<Peer> list) {
        return list.stream().mapToInt(this::offset).toArray();
    }

    private Peer shifted(Peer peer, int by) {
        return peer(offset(peer) + by);
    }

    private List<Peer> shifted(List<Peer> list, int by) {
        return list.stream().map(p -> shifted(p, by)).toList();
    }

    private Optional<Peer> shifted(Optional<Peer> one, int by) {
        return one.map(p -> shifted(p, by));
    }

    Request shifted(Request request, int by) {
        if (request instanceof Request.Notify notify) {
            return new Request.Notify(shifted(notify.notifier(), by));
        } else if (request instanceof Request.JoinThrough join) {
            return new Request.JoinThrough(shifted(join.joiner(), by));
        } else if (request instanceof Request.Departing departing) {
            return new Request.Departing(shifted(departing.predecessor(), by), shifted(departing.successors(), by));
        }
        return request;
    }

    Reply shifted(Reply reply, int by) {
        if (reply instanceof Reply.Neighborhood at) {
            return new Reply.Neighborhood(
                    shifted(at.self(), by),
                    at.phase(),
                    shifted(at.predecessor(), by),
                    shifted(at.successors(), by),
                    at.wholeRing(),
                    at.admits(),
                    Optional.empty(),
                    0);
        }
        return reply;
    }
}
