package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/**
 * Keeps the successor list right (Zave, StabilizeFromSuccessor and StabilizeFromPredecessor; SIGCOMM 2001,
 * figure 6). Ask the head for its predecessor and list in one answer; rebuild the own list from it; if the
 * head's predecessor lies in between, ask that one too, and adopt it only with the list it answers with; then
 * notify the head, unless its answer shows that it knows already.
 */
final class Stabilize {
    private Stabilize() {}

    static void tick(Turn turn) {
        if (turn.phase.routes() && !turn.maintaining() && !Leave.sayingGoodbye(turn)) {
            run(turn);
        }
    }

    private static void run(Turn turn) {
        Optional<Peer> head = turn.successors().head();
        if (head.isPresent()) {
            turn.send(head.get(), new Request.GetNeighborhood(), new AwaitHead(head.get()));
        } else {
            // A founder learns of its first joiner by being notified: its own predecessor is the candidate.
            turn.view.predecessor().ifPresent(candidate -> askCandidate(turn, candidate));
        }
    }

    /**
     * A member heard of in another way, which is this one's successor in another ring, or in a disordered
     * one: contacted, and adopted if it comes before the head. If it does not, this member belongs between it
     * and whoever it takes for its predecessor: it is notified.
     */
    static void consider(Turn turn, Peer candidate) {
        Identifier bound = turn.successors().head().map(Peer::id).orElse(turn.id());
        if (turn.maintaining()) {
            return;
        }
        if (Arc.strictlyBetween(turn.id(), candidate.id(), bound)) {
            askCandidate(turn, candidate);
        } else if (!candidate.id().equals(bound)) {
            turn.send(candidate, new Request.Notify(turn.self()), new AwaitNotified(candidate));
        }
    }

    private static void askCandidate(Turn turn, Peer candidate) {
        turn.send(
                candidate,
                new Request.GetNeighborhood(),
                new AwaitCandidate(candidate, turn.successors().head()));
    }

    private static void notifyHead(Turn turn) {
        turn.successors()
                .head()
                .ifPresent(head -> turn.send(head, new Request.Notify(turn.self()), new AwaitNotified(head)));
    }

    /** Drops a dead head and goes on with the next entry at once; without one the member is isolated. */
    static void dropHead(Turn turn) {
        turn.successors(turn.successors().withoutHead());
        if (turn.successors().isEmpty()) {
            Join.isolate(turn);
        } else if (!turn.maintaining()) {
            run(turn);
        }
    }

    /** The head's answer. */
    record AwaitHead(Peer head) implements Pending {
        @Override
        public boolean maintenance() {
            return true;
        }

        @Override
        public void answered(Turn turn, Reply reply) {
            boolean current = turn.successors().head().filter(head::equals).isPresent();
            if (!current || !turn.phase.routes()) {
                return; // the answer is for a head that is no longer the head
            }
            if (!(reply instanceof Reply.Neighborhood at)
                    || !at.phase().routes()
                    || !at.self().sameMember(head)) {
                // One who left will not come back in this life. Any other may be a member again by now.
                boolean gone = !(reply instanceof Reply.Neighborhood n) || n.phase() == Phase.LEFT;
                failed(turn, new Event.Failure("no longer a member", gone));
                return;
            }
            turn.heard(head);
            turn.successors(turn.successors().adopting(at.self(), at.successors()));
            KeyHandoff.heardHead(turn, at);
            Optional<Peer> candidate = at.predecessor()
                    .filter(c -> Arc.strictlyBetween(turn.id(), c.id(), head.id()))
                    .filter(c -> !turn.missing(c));
            if (candidate.isPresent()) {
                askCandidate(turn, candidate.get());
            } else {
                // Passed over because it did not answer lately: it is tried again in a while.
                at.predecessor().ifPresent(turn::forgive);
                boolean known = at.predecessor().filter(turn.self()::equals).isPresent();
                if (!known) {
                    notifyHead(turn);
                }
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            boolean current = turn.successors().head().filter(head::equals).isPresent();
            if (current && turn.missed(head, failure)) {
                dropHead(turn);
            } else if (current) {
                Probe.others(turn);
            } else if (!turn.maintaining() && turn.phase.routes()) {
                run(turn); // it was given up meanwhile
            }
        }
    }

    /** The answer of the head's predecessor, which may become the new head. */
    record AwaitCandidate(Peer candidate, Optional<Peer> head) implements Pending {
        @Override
        public boolean maintenance() {
            return true;
        }

        @Override
        public void answered(Turn turn, Reply reply) {
            if (!turn.phase.routes()
                    || !(reply instanceof Reply.Neighborhood at)
                    || at.phase() != Phase.MEMBER
                    || !at.self().sameMember(candidate)) {
                notifyHead(turn);
                return;
            }
            turn.heard(candidate);
            Optional<Peer> now = turn.successors().head();
            boolean sameHead = now.map(Peer::id).equals(head.map(Peer::id));
            boolean closer = Arc.strictlyBetween(
                    turn.id(), candidate.id(), now.map(Peer::id).orElse(turn.id()));
            if (sameHead && closer) {
                List<Peer> list = at.successors();
                turn.successors(turn.successors().adopting(at.self(), list));
            }
            notifyHead(turn);
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            turn.missed(candidate, failure);
            notifyHead(turn);
        }
    }

    /** The acknowledgement of a notify: if it is lost, the next round notifies again. */
    record AwaitNotified(Peer head) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            turn.heard(head);
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            // The head's own silence is noticed by the next round, which asks it for its neighbourhood.
        }
    }
}
