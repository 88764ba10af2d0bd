package dev.chord.sim;

import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/**
 * Bytes of ring messages on the wire, without the headers of the layers below: sums of fixed parts, which a
 * test compares with what the real codec writes.
 *
 * @param message of every message: framing, identifier of the target, fields
 * @param peer of every peer named
 */
public record MessageSizes(int message, int peer) {
    /** What the wire contract comes to with IPv4 addresses as hosts and one-letter zones. */
    public static final MessageSizes COMPACT = new MessageSizes(48, 104);

    /** Counts nothing. */
    public static final MessageSizes NONE = new MessageSizes(0, 0);

    long of(Request request) {
        if (message == 0) {
            return 0;
        }
        int peers = 1; // the sender
        if (request instanceof Request.JoinThrough
                || request instanceof Request.Notify
                || request instanceof Request.Announce) {
            peers++;
        } else if (request instanceof Request.Departing departing) {
            peers += count(departing.predecessor(), departing.successors());
        }
        return message + (long) peers * peer;
    }

    long of(Reply reply) {
        if (message == 0) {
            return 0;
        }
        int peers = 0;
        if (reply instanceof Reply.Neighborhood at) {
            peers = 1 + count(at.predecessor(), at.successors());
        } else if (reply instanceof Reply.Step step) {
            Reply.Neighborhood at = step.at();
            peers = 1 + count(at.predecessor(), at.successors()) + step.closer().size();
        } else if (reply instanceof Reply.Members members) {
            peers = members.peers().size();
        }
        return message + (long) peers * peer;
    }

    private static int count(Optional<Peer> one, List<Peer> others) {
        return (one.isPresent() ? 1 : 0) + others.size();
    }
}
