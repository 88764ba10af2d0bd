package dev.chord.core.protocol;

import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/**
 * Asks the predecessor whether it is still there, and forgets it if not (SIGCOMM 2001 as extended in the
 * technical report, check_predecessor): rectify without a notifier to take its place. One that has asked
 * something since the last check is there.
 */
final class CheckPredecessor {
    private CheckPredecessor() {}

    static void heard(Turn turn, Peer from) {
        turn.predecessorHeard |= turn.view.predecessor().filter(from::equals).isPresent();
    }

    /** Whether it is news that the peer is there. */
    static boolean isNews(NodeState state, Optional<Peer> from) {
        return !state.predecessorHeard()
                && from.isPresent()
                && from.equals(state.view().predecessor());
    }

    static void tick(Turn turn) {
        boolean heard = turn.predecessorHeard;
        turn.predecessorHeard = false;
        if (turn.phase.routes() && !heard && !turn.maintaining() && !Leave.sayingGoodbye(turn)) {
            turn.view
                    .predecessor()
                    .ifPresent(
                            p -> turn.send(p, new Request.Ping(), new Rectify.AwaitPredecessor(p, Optional.empty())));
        }
    }
}
