package dev.chord.sim.explore;

import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.placement.Ownership;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Chord;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.protocol.Table;
import dev.chord.core.protocol.Transition;
import dev.chord.core.ring.FingerTable;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import dev.chord.sim.explore.Component.Flight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All components met so far, numbered, and what {@link Chord#step} makes of them, remembered: the protocol
 * runs once for each different member state and event, however many states of the whole ring contain them.
 * Number 0 is no member.
 *
 * <p>Of a member's state only what the shape of the ring depends on is kept: phase, successor list,
 * predecessor, waiting notifier, what its calls in flight are for, leaving and joining. Who owns which keys,
 * fingers, hand-over, and the memory of misses and of peers from earlier days are wiped after each step. A
 * member without these does no less: a missing peer is asked again, another joiner is admitted.
 */
final class Components {
    /** No member there. */
    static final int NONE = 0;

    /** What one step led to, and the answer it gave, if it was asked something. */
    record Step(int next, Optional<Reply> reply) {}

    /** Rounds of rest that never end: the search for other rings is not part of the model. */
    private static final int NO_REUNION = 2;

    private final Relative relative;
    private final RingSettings settings;
    private final List<Component> all = new ArrayList<>();
    private ShapeOf[] shapes = new ShapeOf[64];
    private final Map<Component, Integer> numbers = new HashMap<>();
    private final LongMap ends = new LongMap();
    private final LongMap ticks = new LongMap();

    Components(int size, int successors) {
        this.relative = new Relative(size);
        this.settings = new RingSettings(new IdentifierCircle(8), successors, 1, 2, 1);
        Component nobody = new Component(NodeState.outside(relative.peer(0), settings), List.of(), false);
        add(nobody);
    }

    Relative relative() {
        return relative;
    }

    RingSettings settings() {
        return settings;
    }

    int count() {
        return all.size();
    }

    Component get(int number) {
        return all.get(number);
    }

    ShapeOf shape(int number) {
        return shapes[number];
    }

    int number(Component component) {
        return numbers.computeIfAbsent(component, c -> {
            add(c);
            return all.size() - 1;
        });
    }

    private void add(Component component) {
        if (all.size() == shapes.length) {
            shapes = Arrays.copyOf(shapes, 2 * shapes.length);
        }
        shapes[all.size()] = new ShapeOf(relative, component);
        all.add(component);
    }

    // ---- first states

    int founder() {
        NodeState outside = NodeState.outside(relative.peer(0), settings);
        return after(new Component(outside, List.of(), false), new Event.Asked(1, new Command.Found(1)))
                .next();
    }

    /** A member of an ideal ring: its successors and predecessor by offset. */
    int settled(int[] successors, int predecessor) {
        List<Peer> list = new ArrayList<>();
        for (int offset : successors) {
            list.add(relative.peer(offset));
        }
        RingView alone = RingView.alone(relative.peer(0), settings.successors());
        RingView view = alone.withSuccessors(alone.successors().rebuilt(list))
                .withPredecessor(Optional.of(relative.peer(predecessor)));
        return number(normal(new Component(NodeState.settled(settings, view), List.of(), false)));
    }

    /**
     * One who asks the member so far clockwise to let it in. The search for that member is not part of
     * the model.
     */
    int joiner(int through, Reply.Neighborhood seed) {
        NodeState state = NodeState.outside(relative.peer(0), settings);
        Peer member = relative.peer(through);
        Command join = new Command.Join(List.of(member.endpoint()));
        Transition asked = Chord.step(state, new Event.Asked(1, join));
        Transition found = answered(asked, seed);
        Transition ready = answered(found, new Reply.Step(seed, List.of()));
        return number(normal(withFlights(new Component(ready.state(), List.of(), false), ready.actions())));
    }

    private static Transition answered(Transition before, Reply reply) {
        long request = before.actions().stream()
                .filter(a -> a instanceof Action.Send)
                .map(a -> ((Action.Send) a).requestId())
                .findFirst()
                .orElseThrow();
        return Chord.step(before.state(), new Event.Answered(request, reply));
    }

    // ---- steps

    int tick(int number, Event.Timer timer) {
        long key = (long) number << 2 | timer.ordinal();
        long known = ticks.get(key);
        if (known < 0) {
            known = after(get(number), new Event.Tick(timer)).next();
            ticks.put(key, known);
        }
        return (int) known;
    }

    Step receive(int number, int from, Request request) {
        return after(get(number), new Event.Received(1, Optional.of(relative.peer(from)), request));
    }

    int command(int number, Command command) {
        return after(get(number), new Event.Asked(1, command)).next();
    }

    /** The end of a call that was answered, or else fails. */
    int end(int number, int flight) {
        long key = (long) number << 3 | flight;
        long known = ends.get(key);
        if (known < 0) {
            Flight call = get(number).flights().get(flight);
            known = end(number, call, call.reply());
            ends.put(key, known);
        }
        return (int) known;
    }

    int end(int number, Flight call, Optional<Reply> reply) {
        Component rest = get(number).without(call);
        Event event = reply.<Event>map(r -> new Event.Answered(call.id(), r))
                .orElseGet(() -> new Event.Failed(call.id(), new Event.Failure("dead", true)));
        return after(rest, event).next();
    }

    private Step after(Component before, Event event) {
        Transition transition = Chord.step(before.state(), event);
        Optional<Reply> reply = Optional.empty();
        Component next = new Component(transition.state(), before.flights(), before.leaving());
        next = withFlights(next, transition.actions());
        for (Action action : transition.actions()) {
            if (action instanceof Action.Respond respond) {
                reply = Optional.of(respond.reply());
            } else if (action instanceof Action.Finish finish && finish.outcome() instanceof Outcome.Done) {
                next = finished(next);
            }
        }
        boolean gone = next.leaving() && next.flights().isEmpty()
                || next.state().phase() == Phase.OUTSIDE && next.flights().isEmpty();
        return new Step(gone ? NONE : number(normal(next)), reply);
    }

    // Consent to leave: it says goodbye at once, for there is no data here. Goodbye said: it is about to go.
    private Component finished(Component component) {
        if (component.state().phase() == Phase.LEAVING) {
            Transition depart = Chord.step(component.state(), new Event.Asked(2, new Command.Depart()));
            return withFlights(new Component(depart.state(), component.flights(), true), depart.actions());
        }
        return component;
    }

    private Component withFlights(Component component, List<Action> actions) {
        List<Flight> flights = new ArrayList<>(component.flights());
        for (Action action : actions) {
            if (action instanceof Action.Send send) {
                int target = relative.offset(peerAt(send));
                flights.add(new Flight(send.requestId(), target, send.request(), Optional.empty()));
            }
        }
        return component.with(List.copyOf(flights));
    }

    private Peer peerAt(Action.Send send) {
        return relative.peer(Integer.parseInt(send.to().host().substring(1)));
    }

    // Only what matters is left, and requests are numbered anew from 1.
    private Component normal(Component component) {
        List<Long> ids = component.state().pending().keys();
        List<Flight> flights = new ArrayList<>();
        for (Flight flight : component.flights()) {
            flights.add(new Flight(ids.indexOf(flight.id()) + 1L, flight.target(), flight.request(), flight.reply()));
        }
        return new Component(shapeOnly(component.state()), List.copyOf(flights), component.leaving());
    }

    private static <V> Table<Long, V> renumbered(Table<Long, V> table) {
        Table<Long, V> next = Table.empty();
        for (V value : table.values()) {
            next = next.with(next.size() + 1L, value);
        }
        return next;
    }

    private NodeState shapeOnly(NodeState state) {
        RingView view = state.view().withFingers(FingerTable.empty());
        return new NodeState(
                settings,
                state.phase(),
                view,
                Ownership.NONE,
                state.notifier(),
                Optional.empty(),
                state.joining(),
                state.leaving(),
                Optional.empty(),
                Optional.empty(),
                renumbered(state.pending()),
                Table.empty(),
                Table.empty(),
                Table.empty(),
                Table.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                NO_REUNION,
                NO_REUNION,
                false,
                0,
                0,
                state.pending().size() + 1L);
    }
}
