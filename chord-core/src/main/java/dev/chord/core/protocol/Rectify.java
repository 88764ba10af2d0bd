package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/**
 * What a notified member does (Zave, Rectify): a closer notifier becomes the predecessor at once; a farther
 * one only if the old predecessor turns out dead. A notify is never taken as proof that the old predecessor
 * is gone.
 */
final class Rectify {
    private Rectify() {}

    static void notified(Turn turn, Peer notifier) {
        if (!turn.phase.routes() || notifier.id().equals(turn.id())) {
            return;
        }
        turn.heard(notifier);
        Optional<Peer> predecessor = turn.view.predecessor();
        if (predecessor.isEmpty()) {
            turn.predecessor(Optional.of(notifier));
        } else if (predecessor.get().sameMember(notifier)) {
            if (!predecessor.get().supersedes(notifier)) {
                turn.predecessor(Optional.of(notifier));
            }
        } else if (Arc.strictlyBetween(predecessor.get().id(), notifier.id(), turn.id())) {
            turn.predecessor(Optional.of(notifier));
        } else if (turn.notifier.isEmpty()
                || turn.notifier.get().sameMember(notifier)
                || Arc.strictlyBetween(turn.notifier.get().id(), notifier.id(), turn.id())) {
            turn.notifier = Optional.of(notifier); // kept until the maintenance in flight is over; never lost
        }
    }

    /** Takes up a notify that had to wait. */
    static void resume(Turn turn) {
        if (turn.notifier.isEmpty() || turn.maintaining() || !turn.phase.routes()) {
            return;
        }
        Peer waiting = turn.notifier.get();
        turn.notifier = Optional.empty();
        turn.view
                .predecessor()
                .ifPresentOrElse(
                        old -> turn.send(old, new Request.Ping(), new AwaitPredecessor(old, Optional.of(waiting))),
                        () -> turn.predecessor(Optional.of(waiting)));
    }

    /** Whether the old predecessor is still there; if not, the notifier, if there is one, takes its place. */
    record AwaitPredecessor(Peer old, Optional<Peer> notifier) implements Pending {
        @Override
        public boolean maintenance() {
            return true;
        }

        @Override
        public void answered(Turn turn, Reply reply) {
            if (reply instanceof Reply.Neighborhood at && at.phase().routes()) {
                turn.heard(old);
            } else {
                failed(turn, new Event.Failure("no longer a member", true));
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            boolean current = turn.view.predecessor().filter(old::equals).isPresent();
            if (turn.missed(old, failure) && current) {
                turn.predecessor(notifier);
            }
        }
    }
}
