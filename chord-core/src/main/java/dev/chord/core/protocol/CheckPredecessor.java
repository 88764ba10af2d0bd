package dev.chord.core.protocol;

import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/** Asks the predecessor whether it is still there (tech. report version of the paper, figure 6, check_predecessor). */
final class CheckPredecessor {
    private CheckPredecessor() {}

    static void tick(Turn turn) {
        if (turn.phase.routes() && !turn.maintaining()) {
            turn.view.predecessor().ifPresent(p -> turn.send(p, new Request.Ping(), new AwaitPong(p)));
        }
    }

    record AwaitPong(Peer predecessor) implements Pending {
        @Override
        public boolean maintenance() {
            return true;
        }

        @Override
        public void answered(Turn turn, Reply reply) {
            if (reply instanceof Reply.Neighborhood at && at.phase().routes()) {
                turn.heard(predecessor);
            } else {
                failed(turn, new Event.Failure("no longer a member", true));
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            boolean current =
                    turn.view.predecessor().filter(predecessor::equals).isPresent();
            if (turn.missed(predecessor, failure) && current) {
                turn.predecessor(Optional.empty());
            }
        }
    }
}
