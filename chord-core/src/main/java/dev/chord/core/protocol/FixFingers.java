package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/**
 * Refreshes one finger a round (SIGCOMM 2001, figure 6, fix_fingers). A peer stands for every finger whose start lies
 * before it, so a round jumps over all of those: only about log2 N fingers need a lookup.
 */
final class FixFingers {
    private FixFingers() {}

    static void tick(Turn turn) {
        Optional<Peer> head = turn.successors().head();
        boolean running =
                turn.lookups.values().stream().anyMatch(l -> l.purpose() instanceof NodeState.Purpose.ForFinger);
        if (!turn.phase.routes() || head.isEmpty() || running) {
            return;
        }
        if (turn.nextFinger == 0) {
            set(turn, 0, head.get());
        }
        if (turn.nextFinger < turn.settings().circle().bits()) {
            Identifier start = turn.settings().circle().fingerStart(turn.id(), turn.nextFinger);
            Lookups.start(turn, start, new NodeState.Purpose.ForFinger(turn.nextFinger));
        } else {
            turn.nextFinger = 0;
        }
    }

    static void found(Turn turn, int index, Optional<Peer> owner) {
        if (owner.isPresent()) {
            set(turn, index, owner.get());
        } else {
            turn.nextFinger = index + 1;
        }
        if (turn.nextFinger >= turn.settings().circle().bits()) {
            turn.nextFinger = 0;
        }
    }

    // Sets finger `first` and all that the peer also stands for.
    private static void set(Turn turn, int first, Peer peer) {
        int bits = turn.settings().circle().bits();
        int last = first;
        Arc reach = new Arc(turn.id(), peer.id());
        if (peer.id().equals(turn.id())) {
            last = bits - 1; // nobody between here and the end of the circle
        } else {
            while (last + 1 < bits && reach.contains(turn.settings().circle().fingerStart(turn.id(), last + 1))) {
                last++;
            }
            turn.view = turn.view.withFingers(turn.view.fingers().with(first, last, peer));
        }
        turn.nextFinger = last + 1;
    }
}
