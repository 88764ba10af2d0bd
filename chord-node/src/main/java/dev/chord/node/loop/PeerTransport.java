package dev.chord.node.loop;

import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Event;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Carries ring messages to other processes. Every call ends, by answer or failure, within the
 * failure timeout.
 */
public interface PeerTransport {
    /** The end of a call that got no answer. */
    final class Unanswered extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Event.Failure failure;

        public Unanswered(Event.Failure failure) {
            super(failure.detail(), null, false, false);
            this.failure = failure;
        }

        public Event.Failure failure() {
            return failure;
        }
    }

    /** Sends; the future completes with the reply, or exceptionally with {@link Unanswered}. */
    CompletableFuture<Reply> send(Endpoint to, Optional<Identifier> target, Peer from, Request request);
}
