package dev.chord.core.protocol;

import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Leaving politely (ToN 2003, section IV-E.4): get both neighbours' consent, so that two neighbours never
 * leave at once; after the data is copied, tell them whom to take instead, and stay until they know: so
 * nobody is left with a list that names only members that are gone.
 */
final class Leave {
    private Leave() {}

    static void start(Turn turn, long command) {
        if (!turn.phase.routes()) {
            turn.finish(command, new Outcome.Done());
        } else if (turn.leaving.isPresent()) {
            turn.finish(command, new Outcome.Declined("already leaving"));
        } else {
            turn.phase = Phase.LEAVING;
            askNeighbours(turn, command);
        }
    }

    private static void askNeighbours(Turn turn, long command) {
        Optional<Peer> before = turn.view.predecessor();
        Optional<Peer> after = turn.successors().head();
        List<Peer> neighbours = neighbours(turn);
        if (neighbours.isEmpty()) {
            turn.finish(command, new Outcome.Done());
        } else if (before.isEmpty() || after.isEmpty()) {
            turn.phase = Phase.MEMBER;
            turn.finish(command, new Outcome.Declined("a neighbour is not known at the moment"));
        } else {
            turn.leaving = Optional.of(new NodeState.Leaving(command, false, neighbours.size(), Optional.empty()));
            neighbours.forEach(p -> turn.send(
                    p,
                    new Request.PrepareLeave(
                            before.filter(p::sameMember).isPresent(),
                            after.filter(p::sameMember).isPresent()),
                    new AwaitConsent(p)));
        }
    }

    private static List<Peer> neighbours(Turn turn) {
        List<Peer> neighbours = new ArrayList<>();
        turn.successors().head().ifPresent(neighbours::add);
        turn.view
                .predecessor()
                .filter(p -> neighbours.stream().noneMatch(p::sameMember))
                .ifPresent(neighbours::add);
        return neighbours;
    }

    /**
     * Whether the neighbours are being told to do without this member: it does nothing for the ring any more.
     */
    static boolean sayingGoodbye(Turn turn) {
        return turn.leaving.map(NodeState.Leaving::goodbye).orElse(false);
    }

    /** A neighbour asks whether it may go. */
    static Reply asked(Turn turn, Peer leaver, Request.PrepareLeave prepare) {
        boolean head = turn.successors().head().filter(leaver::sameMember).isPresent();
        boolean predecessor = turn.view.predecessor().filter(leaver::sameMember).isPresent();
        if (turn.phase == Phase.LEAVING) {
            return new Reply.Refused("leaving itself");
        } else if (turn.admission.isPresent()) {
            return new Reply.Refused("letting a new node in");
        } else if (prepare.before() && !head || prepare.after() && !predecessor) {
            // with an old list it could be left with members that are gone
            return new Reply.Refused("not aware yet of the leaver's place");
        }
        return new Reply.Ack();
    }

    static void cancel(Turn turn) {
        if (turn.phase == Phase.LEAVING && !sayingGoodbye(turn)) {
            turn.phase = Phase.MEMBER;
        }
    }

    static void depart(Turn turn, long command) {
        if (turn.phase != Phase.LEAVING || turn.leaving.isPresent()) {
            boolean gone = turn.phase == Phase.LEFT;
            turn.finish(command, gone ? new Outcome.Done() : new Outcome.Declined("has not got consent to leave"));
            return;
        }
        List<Peer> neighbours = neighbours(turn);
        Request farewell =
                new Request.Departing(turn.view.predecessor(), turn.successors().entries());
        if (neighbours.isEmpty()) {
            turn.phase = Phase.LEFT;
            turn.finish(command, new Outcome.Done());
            return;
        }
        turn.leaving = Optional.of(new NodeState.Leaving(command, true, neighbours.size(), Optional.empty()));
        neighbours.forEach(p -> turn.send(p, farewell, new AwaitFarewell(p)));
    }

    /** A neighbour goes: take what it offers in its place, where it is still this member's neighbour. */
    static void neighbourDeparts(Turn turn, Peer leaver, Request.Departing departing) {
        if (!turn.phase.routes()) {
            return;
        }
        turn.remembered = turn.remembered.without(leaver.id());
        turn.view = turn.view.withoutShortcut(leaver.id());
        boolean wasHead = turn.successors().head().filter(leaver::sameMember).isPresent();
        boolean wasPredecessor =
                turn.view.predecessor().filter(leaver::sameMember).isPresent();
        if (wasPredecessor) {
            turn.predecessor(departing.predecessor().filter(p -> !p.sameMember(turn.self())));
            turn.departed = Optional.of(leaver);
        }
        if (wasHead) {
            turn.successors(turn.successors().rebuilt(departing.successors()));
        }
    }

    private static void resolved(Turn turn, Optional<String> refusal) {
        if (turn.leaving.isEmpty()) {
            return;
        }
        NodeState.Leaving leaving = turn.leaving.get();
        Optional<String> verdict = refusal.isPresent() ? refusal : leaving.refusal();
        if (leaving.awaited() > 1) {
            turn.leaving = Optional.of(
                    new NodeState.Leaving(leaving.command(), leaving.goodbye(), leaving.awaited() - 1, verdict));
            return;
        }
        turn.leaving = Optional.empty();
        turn.phase = leaving.goodbye() ? Phase.LEFT : turn.phase;
        if (verdict.isPresent()) {
            turn.phase = turn.phase == Phase.LEAVING ? Phase.MEMBER : turn.phase;
            turn.finish(leaving.command(), new Outcome.Declined(verdict.get()));
        } else {
            turn.finish(leaving.command(), new Outcome.Done());
        }
    }

    record AwaitConsent(Peer neighbour) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            Optional<String> refusal = reply instanceof Reply.Ack
                    ? Optional.empty()
                    : Optional.of(neighbour + " is "
                            + (reply instanceof Reply.Refused refused ? refused.reason() : "not itself"));
            resolved(turn, refusal);
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            resolved(turn, Optional.of(neighbour + " does not answer: " + failure.detail()));
        }
    }

    /** Whether the news arrived does not matter: an uninformed neighbour finds out by asking. */
    record AwaitFarewell(Peer neighbour) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            resolved(turn, Optional.empty());
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            resolved(turn, Optional.empty());
        }
    }
}
