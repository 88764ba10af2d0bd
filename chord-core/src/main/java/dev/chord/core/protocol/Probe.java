package dev.chord.core.protocol;

import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asks the rest of the neighbourhood at once when the head does not answer: where a network is cut, many
 * neighbours go silent at the same time, and finding them out one after the other would take the failure
 * detector's time for each.
 */
final class Probe {
    // Times the patience with a head: by then those before it in the list have been found out.
    private static final int ROUNDS = 2;

    private Probe() {}

    /** Asks the predecessor and every successor but the head. */
    static void others(Turn turn) {
        List<Peer> entries = turn.successors().entries();
        List<Peer> others = new ArrayList<>(entries.subList(1, entries.size()));
        turn.view.predecessor().filter(p -> !entries.contains(p)).ifPresent(others::add);
        for (Peer peer : others) {
            boolean underWay = turn.pending.anyMatch(
                    p -> p instanceof AwaitSign sign && sign.peer().equals(peer));
            if (!underWay) {
                ask(turn, peer, 0);
            }
        }
    }

    private static void ask(Turn turn, Peer peer, int silent) {
        turn.send(peer, new Request.Ping(), new AwaitSign(peer, silent));
    }

    /**
     * A sign of life. Its absence counts once the peer is the head, or for the predecessor: of any other it
     * is not said that it is dead, for whoever takes an arc over has to hear those that are not.
     *
     * @param silent how often there was none already
     */
    record AwaitSign(Peer peer, int silent) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            if (reply instanceof Reply.Neighborhood at && at.phase().routes()) {
                turn.heard(peer);
            } else {
                failed(turn, new Event.Failure("no longer a member", true));
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            boolean head = turn.successors().head().filter(peer::equals).isPresent();
            boolean predecessor = turn.view.predecessor().filter(peer::equals).isPresent();
            boolean known = predecessor || turn.successors().entries().contains(peer);
            if (!known || !turn.phase.routes()) {
                return;
            }
            boolean dead = failure.certain() || silent + 1 >= turn.settings().misses();
            if (!dead || !head && !predecessor) {
                if (silent + 1 < ROUNDS * turn.settings().misses()) {
                    ask(turn, peer, silent + 1);
                }
                return;
            }
            turn.missed(peer, new Event.Failure(failure.detail(), true));
            if (predecessor) {
                turn.predecessor(Optional.empty());
            }
            if (head) {
                Stabilize.dropHead(turn);
            }
        }
    }
}
