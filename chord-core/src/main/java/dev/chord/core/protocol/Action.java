package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/** What a member wants done. */
public sealed interface Action {
    /**
     * Send a request; report the end of it with the same id, always.
     *
     * @param target the member meant; empty only for a seed, whose identifier is not known
     */
    record Send(long requestId, Endpoint to, Optional<Identifier> target, Request request) implements Action {}

    /** Answer the caller behind the ticket. */
    record Respond(long ticket, Reply reply) implements Action {}

    /** Tell whoever gave the command how it ended. */
    record Finish(long commandId, Outcome outcome) implements Action {}

    /**
     * Fetch every record of the arc from the sources and ask them to give it up; end with
     * {@link Event.ArcTaken}.
     *
     * @param sources the next members clockwise, nearest first
     */
    record TakeArc(long attempt, Arc arc, List<Peer> sources) implements Action {}

    /** Something worth logging, counting or acting on. */
    record Report(Fact fact) implements Action {}
}
