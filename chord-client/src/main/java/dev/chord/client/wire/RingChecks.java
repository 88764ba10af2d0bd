package dev.chord.client.wire;

import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.LocateRequest;
import dev.chord.proto.v1.RingRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is acceptable in messages of the ring's service. Pure; any thread. Throws
 * {@link MalformedMessageException}.
 */
public final class RingChecks {
    /** Keys in one question where they are. */
    public static final int KEYS = 4096;

    private static final int NEIGHBOURS = 256;

    private RingChecks() {}

    /** A message of another member, or of somebody who is none. */
    public static void request(RingRequest message, Known known) {
        RingCodec.target(message);
        Optional<Peer> from = RingCodec.from(message);
        Request request = RingCodec.in(message);
        List<Peer> told = new ArrayList<>();
        from.ifPresent(told::add);
        if (request instanceof Request.Notify notify) {
            self(from, notify.notifier());
            told.add(notify.notifier());
        } else if (request instanceof Request.JoinThrough join) {
            self(from, join.joiner());
            told.add(join.joiner());
        } else if (request instanceof Request.Departing departing) {
            few(departing.successors().size());
            departing.predecessor().ifPresent(told::add);
            told.addAll(departing.successors());
        } else if (request instanceof Request.Announce news) {
            told.add(news.before());
        }
        told.forEach(peer -> lives(peer, known));
        from.ifPresent(peer -> another(peer, known));
    }

    // Who says who he is says it of himself.
    private static void self(Optional<Peer> from, Peer named) {
        if (from.isPresent() && !from.get().equals(named)) {
            throw new MalformedMessageException(Fault.SENDER, from.get() + " speaks for " + named);
        }
    }

    private static void lives(Peer peer, Known known) {
        long life = known.incarnation().applyAsLong(peer.id());
        if (!NumberBounds.unasked(peer.incarnation(), life)) {
            throw new MalformedMessageException(
                    Fault.NUMBER, peer + " of incarnation " + peer.incarnation() + ", known is " + life);
        }
    }

    // A member that is here cannot speak from elsewhere, and knows its own life best.
    private static void another(Peer peer, Known known) {
        boolean mine = known.here().test(peer.id());
        if (mine && peer.incarnation() > known.incarnation().applyAsLong(peer.id())) {
            throw new MalformedMessageException(Fault.SENDER, peer + " speaks as a member that is here");
        }
    }

    private static void few(int peers) {
        if (peers > NEIGHBOURS) {
            throw new MalformedMessageException(Fault.COUNT, peers + " neighbours, " + NEIGHBOURS + " are the limit");
        }
    }

    /** A question where many keys are. */
    public static void request(LocateRequest message) {
        if (message.getKeysCount() > KEYS) {
            throw new MalformedMessageException(
                    Fault.COUNT, message.getKeysCount() + " keys at once, " + KEYS + " are the limit");
        }
        message.getKeysList().forEach(WireCodec::in);
    }

    /**
     * An answer of a member that was asked.
     *
     * @param target the member that was meant; empty: whichever the process has
     */
    public static Reply answer(Optional<Identifier> target, Reply reply) {
        Optional<Reply.Neighborhood> at = reply instanceof Reply.Neighborhood n
                ? Optional.of(n)
                : reply instanceof Reply.Step step ? Optional.of(step.at()) : Optional.empty();
        at.ifPresent(n -> few(n.successors().size()));
        if (target.isPresent() && at.isPresent() && !at.get().self().id().equals(target.get())) {
            throw new MalformedMessageException(
                    Fault.SENDER, target.get() + " was asked, " + at.get().self() + " answered");
        }
        if (reply instanceof Reply.Step step) {
            few(step.closer().size());
        }
        return reply;
    }
}
