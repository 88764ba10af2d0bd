package dev.chord.core.protocol;

import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/** All that can happen to a member. */
public sealed interface Event {
    /** A timer fired. */
    record Tick(Timer timer) implements Event {}

    /** The periodic tasks; how often, and with what jitter, is the caller's choice. */
    enum Timer {
        STABILIZE,
        CHECK_PREDECESSOR,
        FIX_FINGERS
    }

    /**
     * A request arrived.
     *
     * @param ticket names the waiting caller in the {@link Action.Respond} that answers it
     * @param from the sender, unless it is no member
     */
    record Received(long ticket, Optional<Peer> from, Request request) implements Event {}

    /** A reply to the {@link Action.Send} with this id. */
    record Answered(long requestId, Reply reply) implements Event {}

    /** No reply will come to the {@link Action.Send} with this id. */
    record Failed(long requestId, Failure failure) implements Event {}

    /**
     * Why a request went unanswered.
     *
     * @param certain the peer is surely no member there: the process answered that it does not host it.
     *     Everything else, a timeout above all, is only a suspicion
     */
    record Failure(String detail, boolean certain) {}

    /** The process wants something; answered by {@link Action.Finish} with the same id. */
    record Asked(long commandId, Command command) implements Event {}

    /**
     * The end of an {@link Action.TakeArc}.
     *
     * @param outcome what the sources said
     * @param epoch of the ownership to come: larger than any that the sources know of, and known to a write
     *     quorum of those that hold the keys; 0 if the taking failed
     */
    record ArcTaken(long attempt, TakeOutcome outcome, long epoch) implements Event {}

    /** How taking over an arc ended. */
    enum TakeOutcome {
        /** Its owner gave it away. */
        RELEASED,
        /** Nobody owned it, and the next member has its own affairs settled: the owner is gone. */
        UNOWNED,
        /** Nobody owned it, but the next member is itself taking over: an owner may still turn up. */
        UNSETTLED,
        /** Not all records could be fetched. */
        FAILED
    }
}
