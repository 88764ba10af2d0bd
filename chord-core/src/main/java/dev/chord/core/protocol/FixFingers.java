package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/**
 * Refreshes one finger a round (SIGCOMM 2001, figure 6, fix_fingers). A peer stands for every finger whose
 * start lies before it, so a round jumps over all of those: only about log2 N fingers are different. A finger
 * that is known is first asked itself: while its start lies between the peer and the peer's predecessor it is
 * right, which one question tells where a lookup would need log2 N.
 */
final class FixFingers {
    private FixFingers() {}

    static void tick(Turn turn) {
        Optional<Peer> head = turn.successors().head();
        boolean running = turn.lookups.anyMatch(l -> l.purpose() instanceof NodeState.Purpose.ForFinger)
                || turn.pending.anyMatch(p -> p instanceof AwaitFinger || p instanceof Dissemination.AwaitPiece);
        if (!turn.phase.routes() || head.isEmpty() || running) {
            return;
        }
        if (turn.nextFinger == 0) {
            set(turn, 0, head.get());
        }
        if (turn.nextFinger == 0) {
            return;
        }
        if (turn.view.roster().complete()) {
            set(turn, turn.nextFinger, turn.view.roster().successor(start(turn, turn.nextFinger)));
            Dissemination.check(turn);
            return;
        }
        Optional<Peer> known = turn.view.fingers().finger(turn.nextFinger);
        if (known.isPresent()) {
            turn.send(known.get(), new Request.GetNeighborhood(), new AwaitFinger(turn.nextFinger, known.get()));
        } else {
            lookUp(turn, turn.nextFinger);
        }
    }

    private static Identifier start(Turn turn, int finger) {
        return turn.settings().circle().fingerStart(turn.id(), finger);
    }

    private static void lookUp(Turn turn, int finger) {
        Lookups.start(turn, start(turn, finger), new NodeState.Purpose.ForFinger(finger));
    }

    static void found(Turn turn, int index, Optional<Peer> owner) {
        if (owner.isPresent()) {
            set(turn, index, owner.get());
        } else {
            goOn(turn, index);
        }
    }

    private static void goOn(Turn turn, int done) {
        turn.nextFinger = done + 1 < turn.settings().circle().fingers() ? done + 1 : 0;
    }

    // Sets finger `first` and all that the peer also stands for.
    private static void set(Turn turn, int first, Peer peer) {
        int last = first;
        Arc reach = new Arc(turn.id(), peer.id());
        if (peer.id().equals(turn.id())) {
            last = turn.settings().circle().fingers() - 1; // nobody between here and the end of the circle
        } else {
            last = turn.settings().circle().lastFingerWithin(turn.id(), reach, first);
            turn.view = turn.view.withFingers(turn.view.fingers().with(first, last, peer));
        }
        goOn(turn, last);
    }

    /** Whether a finger is still right. */
    record AwaitFinger(int index, Peer finger) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            boolean right = reply instanceof Reply.Neighborhood at
                    && at.phase().routes()
                    && at.self().equals(finger)
                    && at.predecessor()
                            .map(p -> new Arc(p.id(), finger.id()).contains(start(turn, index)))
                            .orElse(false);
            if (right) {
                turn.heard(finger);
                set(turn, index, finger);
            } else {
                lookUp(turn, index);
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            turn.view = turn.view.withFingers(turn.view.fingers().without(finger.id()));
            lookUp(turn, index);
        }
    }
}
