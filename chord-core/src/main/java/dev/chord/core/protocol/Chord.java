package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.placement.Ownership;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingView;
import java.util.List;
import java.util.Optional;

/**
 * The Chord protocol as one pure function: state and event in, next state and actions out. It never throws,
 * whatever the event, and keeps every state well formed. This class only dispatches; each operation has a
 * class of its own.
 *
 * <p>The ring maintenance is the corrected one (P. Zave, "Reasoning about identifier spaces: how to make
 * Chord correct", IEEE TSE 2017): a list is rebuilt whole in the step that adopts its head, and nobody is
 * adopted who has not just answered.
 */
public final class Chord {
    private Chord() {}

    /** What becomes of a member when an event happens to it. */
    public static Transition step(NodeState state, Event event) {
        if (event instanceof Event.Received received && tellsNothing(state, received)) {
            Reply reply = answer(state, received.request());
            return new Transition(state, List.of(new Action.Respond(received.ticket(), reply)));
        }
        return whole(state, event);
    }

    /**
     * A member that waits for no answer to a request any more, and does nothing about that: for a host that
     * could not even tell it of a failure. Whatever waited for that answer begins anew with its timer.
     */
    public static NodeState abandoned(NodeState state, long requestId) {
        Turn turn = new Turn(state);
        turn.ended(requestId);
        return turn.snapshot();
    }

    /** The same without the short way. */
    static Transition whole(NodeState state, Event event) {
        Turn turn = new Turn(state);
        if (event instanceof Event.Tick tick) {
            tick(turn, tick.timer());
        } else if (event instanceof Event.Received received) {
            receive(turn, received);
        } else if (event instanceof Event.Answered answered) {
            Optional<Pending> waiting = turn.ended(answered.requestId());
            if (waiting.isPresent()) {
                waiting.get().answered(turn, answered.reply());
            }
        } else if (event instanceof Event.Failed failed) {
            turn.ended(failed.requestId()).ifPresent(waiting -> waiting.failed(turn, failed.failure()));
        } else if (event instanceof Event.ArcTaken taken) {
            KeyHandoff.taken(turn, taken);
        } else if (event instanceof Event.Asked asked) {
            command(turn, asked.commandId(), asked.command());
        }
        Rectify.resume(turn);
        KeyHandoff.reconcile(turn);
        Dissemination.look(turn);
        return turn.end();
    }

    // A third of all events: then a whole turn would come to the same, and take longer.
    private static boolean tellsNothing(NodeState state, Event.Received received) {
        Request request = received.request();
        boolean question = request instanceof Request.GetNeighborhood
                || request instanceof Request.Ping
                || request instanceof Request.FindStep;
        return question && state.phase() == Phase.MEMBER && !CheckPredecessor.isNews(state, received.from());
    }

    private static Reply answer(NodeState state, Request question) {
        return question instanceof Request.FindStep find ? Lookups.step(state, find) : state.neighborhood();
    }

    private static void tick(Turn turn, Event.Timer timer) {
        switch (timer) {
            case STABILIZE -> {
                Join.tick(turn);
                Stabilize.tick(turn);
                KeyHandoff.tick(turn);
                Dissemination.tick(turn);
            }
            case CHECK_PREDECESSOR -> {
                CheckPredecessor.tick(turn);
                Reunion.tick(turn);
            }
            case FIX_FINGERS -> FixFingers.tick(turn);
        }
    }

    private static void receive(Turn turn, Event.Received received) {
        Request request = received.request();
        received.from().ifPresent(from -> {
            CheckPredecessor.heard(turn, from);
            Join.heard(turn, from);
        });
        if (request instanceof Request.JoinThrough join) {
            Join.admit(turn, received.ticket(), join.joiner());
        } else if (request instanceof Request.Notify notify) {
            Rectify.notified(turn, notify.notifier());
            turn.respond(received.ticket(), new Reply.Ack());
        } else if (request instanceof Request.PrepareLeave prepare) {
            received.from()
                    .ifPresentOrElse(
                            leaver -> turn.respond(received.ticket(), Leave.asked(turn, leaver, prepare)),
                            () -> turn.respond(received.ticket(), new Reply.Refused("only a member can leave")));
        } else if (request instanceof Request.Departing departing) {
            received.from().ifPresent(leaver -> Leave.neighbourDeparts(turn, leaver, departing));
            turn.respond(received.ticket(), new Reply.Ack());
        } else if (request instanceof Request.ListMembers list) {
            turn.respond(received.ticket(), Dissemination.members(turn, list.limit()));
        } else if (request instanceof Request.Announce news) {
            turn.respond(received.ticket(), Dissemination.heard(turn, news));
        } else {
            turn.respond(received.ticket(), answer(turn.snapshot(), request));
        }
    }

    private static void command(Turn turn, long id, Command command) {
        if (command instanceof Command.FindSuccessor find) {
            Lookups.start(turn, find.key(), new NodeState.Purpose.ForCommand(id));
        } else if (command instanceof Command.Found found) {
            found(turn, id, found.epoch());
        } else if (command instanceof Command.Join join) {
            Join.start(turn, id, join.seeds());
        } else if (command instanceof Command.Recover recover) {
            Join.recover(turn, recover.remembered());
            turn.finish(id, new Outcome.Done());
        } else if (command instanceof Command.Leave) {
            Leave.start(turn, id);
        } else if (command instanceof Command.CancelLeave) {
            Leave.cancel(turn);
            turn.finish(id, new Outcome.Done());
        } else if (command instanceof Command.Depart) {
            Leave.depart(turn, id);
        } else if (command instanceof Command.StartGiving giving) {
            KeyHandoff.startGiving(turn, id, giving);
        } else if (command instanceof Command.StopGiving stop) {
            turn.ownership = stop.given() ? turn.ownership.given() : turn.ownership.stopGiving();
            turn.finish(id, new Outcome.Done());
        } else if (command instanceof Command.Renounce) {
            turn.ownership = new Ownership(Optional.empty(), Optional.empty(), turn.ownership.epoch());
            turn.finish(id, new Outcome.Done());
        }
    }

    private static void found(Turn turn, long id, long epoch) {
        if (turn.phase != Phase.OUTSIDE && turn.phase != Phase.ISOLATED) {
            turn.finish(id, new Outcome.Declined("already in a ring"));
            return;
        }
        Peer self = turn.self();
        turn.phase = Phase.MEMBER;
        turn.view = RingView.alone(self, turn.settings().successors());
        turn.ownership = turn.ownership.taken(new Arc(self.id(), self.id()), epoch);
        turn.finish(id, new Outcome.Done());
    }
}
