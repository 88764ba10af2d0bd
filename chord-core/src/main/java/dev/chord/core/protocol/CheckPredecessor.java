package dev.chord.core.protocol;

import dev.chord.core.message.Request;
import java.util.Optional;

/**
 * Asks the predecessor whether it is still there, and forgets it if not (SIGCOMM 2001 as extended in the technical report,
 * check_predecessor): rectify without a notifier to take its place.
 */
final class CheckPredecessor {
    private CheckPredecessor() {}

    static void tick(Turn turn) {
        if (turn.phase.routes() && !turn.maintaining()) {
            turn.view
                    .predecessor()
                    .ifPresent(
                            p -> turn.send(p, new Request.Ping(), new Rectify.AwaitPredecessor(p, Optional.empty())));
        }
    }
}
