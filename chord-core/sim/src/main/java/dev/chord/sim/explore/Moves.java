package dev.chord.sim.explore;

import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.sim.explore.Component.Flight;
import dev.chord.sim.explore.ExploreModel.Churn;
import dev.chord.sim.explore.ExploreModel.Grain;
import java.util.List;
import java.util.Optional;

/** Everything that can happen next in a state of the whole ring. */
final class Moves {
    /** Kinds of moves. */
    enum Kind {
        STABILIZE,
        CHECK_PREDECESSOR,
        /** A request arrives; its answer leaves. */
        DELIVER,
        /** An answer arrives. */
        APPLY,
        JOIN,
        FAIL,
        LEAVE
    }

    /** Hears of each move and what it leads to; the array is reused. */
    interface Sink {
        void move(Kind kind, int position, int detail, int[] next);
    }

    private final Components components;
    private final Judge judge;
    private final int size;
    private final Grain grain;
    private final int mayBeLate;
    private final boolean joining;
    private final boolean failing;
    private final boolean departing;
    private final boolean shrinking;
    private final int[] next;
    private final LongMap deliveries = new LongMap();
    private final LongMap joiners = new LongMap();

    Moves(ExploreModel model, Components components, Judge judge) {
        this.components = components;
        this.judge = judge;
        this.size = model.size();
        this.grain = model.grain();
        this.mayBeLate = model.mayBeLate();
        this.joining = model.has(Churn.JOIN);
        this.failing = model.has(Churn.FAIL);
        this.departing = model.has(Churn.LEAVE);
        this.shrinking = model.has(Churn.SHRINK);
        this.next = new int[size];
    }

    void each(int[] state, Sink sink) {
        boolean quiet = nobodyComesOrGoes(state);
        int farewells = judge.farewells(state);
        for (int i = 0; i < size; i++) {
            if (state[i] == Components.NONE) {
                // An identifier comes back when what its last life said of itself last has arrived: with
                // incarnations, which are not in the model, such an answer would be void.
                if (joining && (farewells >> i & 1) == 0) {
                    joins(state, i, sink);
                }
            } else {
                moves(state, i, sink);
                goes(state, i, quiet, sink);
            }
        }
    }

    private void begin(int[] state) {
        System.arraycopy(state, 0, next, 0, size);
    }

    private void moves(int[] state, int i, Sink sink) {
        ShapeOf shape = components.shape(state[i]);
        for (int f = 0; f < shape.targets.length; f++) {
            begin(state);
            boolean answered = (shape.answered >> f & 1) == 1;
            arrive(next, i, f);
            pings(next);
            sink.move(answered ? Kind.APPLY : Kind.DELIVER, i, f, next);
        }
        // A member begins a round when the last one has ended, its notify included.
        if (shape.member && shape.roundOver) {
            tick(state, i, Event.Timer.STABILIZE);
            sink.move(Kind.STABILIZE, i, 0, next);
            tick(state, i, Event.Timer.CHECK_PREDECESSOR);
            sink.move(Kind.CHECK_PREDECESSOR, i, 0, next);
        }
    }

    // What a tick asks is answered at once: until then nothing but the asker's being busy would change.
    private void tick(int[] state, int i, Event.Timer timer) {
        begin(state);
        next[i] = components.tick(state[i], timer);
        if (next[i] != state[i]) {
            answerLast(next, i);
        }
        rest(next);
    }

    // What the grain does not tell apart from the move itself.
    private void rest(int[] state) {
        if (grain == Grain.COARSE) {
            deliverAll(state);
        } else {
            pings(state);
        }
    }

    // In Zave's models nothing is late: a member that rectifies asks its old predecessor in the same step.
    private void pings(int[] state) {
        for (int i = 0; i < size && late(state) > mayBeLate; i++) {
            int ping = components.shape(state[i]).ping;
            while (ping >= 0 && late(state) > mayBeLate) {
                arrive(state, i, ping);
                ping = components.shape(state[i]).ping;
            }
        }
    }

    private int late(int[] state) {
        int count = 0;
        for (int component : state) {
            count += components.shape(component).late;
        }
        return count;
    }

    private void answerLast(int[] state, int i) {
        ShapeOf shape = components.shape(state[i]);
        int last = shape.targets.length - 1;
        if (last >= 0 && (shape.answered >> last & 1) == 0) {
            arrive(state, i, last);
        }
    }

    /** Lets everything in flight arrive, in a fixed order. */
    void deliverAll(int[] state) {
        boolean moved = true;
        while (moved) {
            moved = false;
            for (int i = 0; i < size; i++) {
                if (components.shape(state[i]).targets.length > 0) {
                    arrive(state, i, 0);
                    moved = true;
                }
            }
        }
    }

    /** One member does its maintenance, and everything that follows from it. */
    void round(int[] state, int i) {
        for (Event.Timer timer : List.of(Event.Timer.STABILIZE, Event.Timer.CHECK_PREDECESSOR)) {
            if (components.shape(state[i]).member) {
                state[i] = components.tick(state[i], timer);
                deliverAll(state);
            }
        }
    }

    // What is in flight arrives: an answer at the asker, a request at whoever is there.
    private void arrive(int[] state, int i, int number) {
        ShapeOf shape = components.shape(state[i]);
        int target = (i + shape.targets[number]) % size;
        if ((shape.answered >> number & 1) == 1 || target == i || state[target] == Components.NONE) {
            state[i] = components.end(state[i], number);
            return;
        }
        boolean late = late(state) < mayBeLate;
        long key = (((long) state[i] << 3 | number) << 24 | state[target]) << 1 | (late ? 1 : 0);
        long known = deliveries.get(key);
        if (known < 0) {
            known = deliver(state[i], components.get(state[i]).flights().get(number), state[target], late);
            deliveries.put(key, known);
        }
        state[i] = (int) (known >>> 24);
        state[target] = (int) (known & 0xffffff);
    }

    // The asker's component and the one of whom it asked, after the request was answered; what it says may
    // be late.
    private long deliver(int asker, Flight flight, int asked, boolean late) {
        Request request = components.relative().shifted(flight.request(), -flight.target());
        int from = Math.floorMod(-flight.target(), size);
        Components.Step step = components.receive(asked, from, request);
        Reply reply = components.relative().shifted(step.reply().orElseThrow(), flight.target());
        boolean snapshot =
                flight.request() instanceof Request.GetNeighborhood || flight.request() instanceof Request.JoinThrough;
        int next = snapshot && late
                ? components.number(components.get(asker).replacing(flight, flight.answered(reply)))
                : components.end(asker, flight, Optional.of(reply));
        return (long) next << 24 | step.next();
    }

    // ---- coming and going

    private void joins(int[] state, int i, Sink sink) {
        for (int offset = 1; offset < size; offset++) {
            int m = (i + offset) % size;
            ShapeOf shape = components.shape(state[m]);
            int distance = Math.floorMod(i - m, size);
            if (shape.staying && (shape.successors.length == 0 || shape.successors[0] >= distance)) {
                begin(state);
                next[i] = joiner(state[m], offset);
                answerLast(next, i);
                rest(next);
                sink.move(Kind.JOIN, i, m, next);
            }
        }
    }

    private int joiner(int member, int offset) {
        long key = (long) member << 3 | offset;
        long known = joiners.get(key);
        if (known < 0) {
            Reply at = components.get(member).state().neighborhood();
            known = components.joiner(
                    offset, (Reply.Neighborhood) components.relative().shifted(at, offset));
            joiners.put(key, known);
        }
        return (int) known;
    }

    private void goes(int[] state, int i, boolean quiet, Sink sink) {
        ShapeOf shape = components.shape(state[i]);
        if (failing && (!shape.member || maySpare(state, i))) {
            begin(state);
            next[i] = Components.NONE;
            sink.move(Kind.FAIL, i, 0, next);
        }
        boolean may = shrinking && quiet || departing && maySpare(state, i);
        if (may && shape.staying && shape.successors.length > 0) {
            begin(state);
            next[i] = components.command(state[i], new Command.Leave());
            rest(next);
            sink.move(Kind.LEAVE, i, 0, next);
        }
    }

    private boolean nobodyComesOrGoes(int[] state) {
        for (int i = 0; i < size; i++) {
            if (state[i] != Components.NONE && !components.shape(state[i]).staying) {
                return false;
            }
        }
        return true;
    }

    /**
     * The protocol's failure assumption (Zave): nobody is left without a live successor, and r + 1 principals
     * remain. Lists in flight count as well, and one who is leaving is as good as gone.
     */
    private boolean maySpare(int[] state, int i) {
        int principals = judge.principals(state);
        boolean spare = (principals >> i & 1) == 0
                || Integer.bitCount(principals) > components.settings().successors() + 1;
        return spare && judge.eachListNames(state, judge.staying(state) & ~(1 << i), i);
    }
}
