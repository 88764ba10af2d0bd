package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Makes one ring of two that were cut apart, and orders a ring that has become disordered: nothing in
 * Chord's own maintenance does either (Liben-Nowell et al., PODC 2002; Shafaat et al., P2P 2007). A member
 * asks, one by one, the peers it remembers: those that were presumed dead in every round, for they may be
 * back, the others now and then. If one is in a ring, the member looks up its own identifier there: in one
 * and the same ordered ring the answer is itself. Any other answer is a closer successor, or one from the
 * other ring, and is considered as stabilize considers a candidate: contacted, and adopted only if it is
 * closer than the head.
 */
final class Reunion {
    /** Rounds between questions to peers that are not missing: these only find a disordered ring. */
    static final int REST = 8;

    /** The most that this becomes while the answers show that everything is in order. */
    private static final int LONG_REST = 512;

    private Reunion() {}

    static void tick(Turn turn) {
        boolean asking = turn.pending.anyMatch(p -> p instanceof AwaitLost)
                || turn.lookups.anyMatch(l -> l.purpose() instanceof NodeState.Purpose.ForReunion);
        if (turn.phase != Phase.MEMBER || asking) {
            return;
        }
        turn.reunionRest = Math.max(0, turn.reunionRest - 1);
        Optional<Peer> next = Optional.empty();
        if (turn.reunionRest == 0) {
            // Whoever is missing: somebody else may be at hand who shows that the ring is out of order.
            turn.reunionRest = turn.reunionPause;
            next = next(turn, turn.lastLooked, p -> !turn.missing(p) && !inView(turn, p));
            turn.lastLooked = next.map(Peer::id);
            if (next.isEmpty()) {
                // Everybody may be in view, and out of order all the same: the way round from the head
                // shows it.
                next = turn.successors().head();
            }
        } else if (!turn.misses.isEmpty()) {
            next = next(turn, turn.lastAsked, p -> turn.missing(p) && !inView(turn, p));
            turn.lastAsked = next.map(Peer::id);
        }
        next.ifPresent(peer -> ask(turn, peer));
    }

    private static void ask(Turn turn, Peer peer) {
        turn.send(peer, new Request.Ping(), new AwaitLost(peer, turn.missing(peer)));
    }

    /** A neighbour has changed: it looks sooner again whether all is in order. */
    static void disturbed(Turn turn) {
        turn.reunionPause = REST;
        turn.reunionRest = Math.min(turn.reunionRest, REST);
    }

    // Round the remembered peers, those in view left out: stabilize asks them anyway.
    private static Optional<Peer> next(Turn turn, Optional<Identifier> last, Predicate<Peer> which) {
        Identifier after = last.orElse(turn.id());
        Optional<Peer> best = Optional.empty();
        for (Peer peer : turn.remembered.values()) {
            boolean asked = !peer.sameMember(turn.self()) && which.test(peer);
            if (asked && (best.isEmpty() || comesFirst(after, peer, best.get()))) {
                best = Optional.of(peer);
            }
        }
        return best;
    }

    // Clockwise from the one asked last, which itself comes last.
    private static boolean comesFirst(Identifier after, Peer peer, Peer other) {
        return !peer.id().equals(other.id()) && Arc.strictlyBetween(after, peer.id(), other.id());
    }

    private static boolean inView(Turn turn, Peer peer) {
        return turn.successors().names(peer.id())
                || turn.view.predecessor().filter(peer::sameMember).isPresent();
    }

    /** The own identifier was looked up where the lost peer lives. */
    static void found(Turn turn, Lookup.Result result) {
        Optional<Peer> owner = result.owner();
        boolean itself = owner.filter(turn.self()::sameMember).isPresent();
        if (itself && !turn.successors().namesWholeRing()) {
            turn.reunionPause = Math.min(2 * turn.reunionPause, LONG_REST);
        } else {
            disturbed(turn);
        }
        if (owner.isPresent() && !itself && turn.phase == Phase.MEMBER) {
            Stabilize.consider(turn, owner.get());
        }
    }

    /** Whether a peer of earlier days is in a ring. */
    record AwaitLost(Peer lost, boolean missing) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            boolean member = reply instanceof Reply.Neighborhood at
                    && at.phase() == Phase.MEMBER
                    && at.self().sameMember(lost);
            if (!member) {
                askHead(turn);
            } else if (turn.phase == Phase.MEMBER) {
                turn.heard(lost);
                // Nobody waits for a look at a ring that is most likely in order.
                int width = missing ? turn.settings().width() : 1;
                Lookups.startAt(turn, lost, width, new NodeState.Purpose.ForReunion());
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            // Still away, or gone for good: another one is asked next time.
            askHead(turn);
        }

        // It was the turn of one who was thought to be there.
        private void askHead(Turn turn) {
            Optional<Peer> head = turn.successors().head().filter(h -> !h.sameMember(lost));
            if (!missing && turn.phase == Phase.MEMBER && head.isPresent()) {
                ask(turn, head.get());
            }
        }
    }
}
