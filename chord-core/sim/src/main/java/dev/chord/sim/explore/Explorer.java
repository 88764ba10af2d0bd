package dev.chord.sim.explore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Visits every state of a small ring that can be reached, breadth first, so that the first violation found is
 * one with the shortest history. States that differ by a rotation of the circle are one.
 */
public final class Explorer {
    private static final int PROGRESS = 1 << 18;
    private static final int UNKNOWN = 0xff;

    private final ExploreModel model;
    private final long expected;
    private final int size;
    private final Components components;
    private final Judge judge;
    private final Moves moves;
    private StateSet states;
    // What the states of one depth lead to is judged in the next one, in the order in which it was found.
    private LongQueue current = new LongQueue();
    private LongQueue following = new LongQueue();
    private int depth;
    // What one state leads to: component by component, and packed.
    private int[] batch = new int[1 << 8];
    private long[] packed = new long[1 << 6];
    private int moved;
    private long transitions;
    private long touched; // written only: so that the touching is done
    private Optional<Finding> finding = Optional.empty();
    private int worst;

    private Explorer(ExploreModel model, long expected) {
        this.model = model;
        this.expected = expected;
        this.size = model.size();
        this.components = new Components(size, model.successors());
        this.judge = new Judge(components);
        this.moves = new Moves(model, components, judge);
        this.states = new StateSet(size, expected);
    }

    /**
     * Hears how far it is, now and then: states visited, and how many of them followed to the ideal ring; -1:
     * not yet.
     */
    public interface Progress {
        void at(long visited, long followed);
    }

    /** What was found wrong, and the shortest way there. */
    public record Finding(String invariant, List<String> trace) {}

    /**
     * The figures of an exploration.
     *
     * @param components different member states, calls in flight included
     * @param depth moves to the farthest state
     * @param rounds of maintenance until the ideal ring from the worst state; -1: not looked at
     */
    public record Report(
            ExploreModel model,
            long states,
            long transitions,
            int depth,
            int components,
            int rounds,
            long bytes,
            Optional<Finding> finding) {}

    /**
     * Explores what can be reached from the start.
     *
     * @param convergence whether to follow maintenance from every state to the ideal ring as well
     * @param expected states for which there is to be room from the start; 0 will do unless memory is short
     */
    public static Report explore(ExploreModel model, boolean convergence, long expected, Progress progress) {
        return new Explorer(model, expected).run(convergence, progress);
    }

    private Report run(boolean convergence, Progress progress) {
        int[] state = first();
        depth = -1; // before the first one
        put(state);
        settle(state, false);
        long visited = 0;
        while (!following.isEmpty() && finding.isEmpty()) {
            LongQueue done = current;
            current = following;
            following = done;
            depth++;
            while (!current.isEmpty() && finding.isEmpty()) {
                if (visited++ % PROGRESS == 0) {
                    progress.at(visited - 1, -1);
                }
                takeNext(state);
                visit(state);
            }
        }
        if (convergence && finding.isEmpty()) {
            converge(progress);
        }
        return new Report(
                model,
                states.count(),
                transitions,
                depth,
                components.count(),
                convergence ? worst : -1,
                states.bytes() + current.bytes() + following.bytes(),
                finding);
    }

    private int[] first() {
        int[] state = new int[model.size()];
        if (model.start() == 1) {
            state[0] = components.founder();
            return state;
        }
        int length = Math.min(model.successors(), model.start() - 1);
        for (int i = 0; i < model.start(); i++) {
            int[] successors = new int[length];
            for (int k = 0; k < length; k++) {
                successors[k] = Math.floorMod((i + k + 1) % model.start() - i, model.size());
            }
            int before = Math.floorMod((i + model.start() - 1) % model.start() - i, model.size());
            state[i] = components.settled(successors, before);
        }
        return state;
    }

    private void takeNext(int[] into) {
        for (int i = 0; i < states.words(); i++) {
            packed[i] = current.take();
        }
        states.unpack(packed, 0, into);
    }

    // All that can happen next, in two passes: so the places of many states in memory are asked for together.
    private void visit(int[] state) {
        int principals = judge.principals(state);
        moved = 0;
        moves.each(state, (kind, position, detail, next) -> {
            transitions++;
            if (Arrays.equals(next, state)) {
                return; // a fifth of all: somebody asked, and all was as it should be
            }
            put(next);
            // LossOfPrincipal (Zave): only its own failure makes a principal one no longer
            boolean lost = (principals & judge.skippedAnew(state, next) & judge.staying(next)) != 0;
            if (lost && needed() > 0 && finding.isEmpty()) {
                find("LossOfPrincipal", state, next);
            }
        });
        if (finding.isEmpty()) {
            settle(state, true);
        }
    }

    private void put(int[] state) {
        if ((moved + 1) * size > batch.length) {
            batch = Arrays.copyOf(batch, 2 * batch.length);
        }
        canonicalize(state, batch, moved++ * size);
    }

    private void settle(int[] from, boolean known) {
        packAll();
        touched += states.touch(packed, moved);
        int[] state = new int[size];
        for (int i = 0; i < moved && finding.isEmpty(); i++) {
            int at = i * states.words();
            if (states.add(packed, at, depth + 1)) {
                for (int w = 0; w < states.words(); w++) {
                    following.add(packed[at + w]);
                }
                System.arraycopy(batch, i * size, state, 0, size);
                Optional<String> violated = judge.violation(state, needed());
                violated.ifPresent(name -> find(name, known ? from : state, state));
            }
        }
        moved = 0;
    }

    private void packAll() {
        int most = 0;
        for (int i = 0; i < moved * size; i++) {
            most |= batch[i];
        }
        while (!states.fits(most)) {
            StateSet wide = states.wider();
            current = current.repacked(states, wide, size);
            following = following.repacked(states, wide, size);
            states = wide;
        }
        if (packed.length < moved * states.words()) {
            packed = new long[2 * moved * states.words()];
        }
        for (int i = 0; i < moved; i++) {
            states.pack(batch, i * size, packed, i * states.words());
        }
    }

    // In a ring of fewer than r + 1 there cannot be so many principals: then only the ring's shape is judged.
    private int needed() {
        boolean small = model.start() <= model.successors() || model.has(ExploreModel.Churn.SHRINK);
        return small ? 0 : model.successors() + 1;
    }

    // The smallest of all rotations.
    private static void canonicalize(int[] state, int[] into, int at) {
        int size = state.length;
        int best = 0;
        for (int rotation = 1; rotation < size; rotation++) {
            if (before(state, rotation, best)) {
                best = rotation;
            }
        }
        System.arraycopy(state, best, into, at, size - best);
        System.arraycopy(state, 0, into, at + size - best, best);
    }

    private static boolean before(int[] state, int rotation, int other) {
        int a = rotation;
        int b = other;
        for (int i = 0; i < state.length; i++) {
            if (state[a] != state[b]) {
                return state[a] < state[b];
            }
            a = a + 1 == state.length ? 0 : a + 1;
            b = b + 1 == state.length ? 0 : b + 1;
        }
        return false;
    }

    // ---- the way to a violation

    // Found backwards: of the states met one move earlier, one that leads to it.
    private void find(String invariant, int[] from, int[] last) {
        int[] state = canonical(from);
        List<String> trace = new ArrayList<>();
        trace.add(describe(last));
        if (!Arrays.equals(from, last)) {
            trace.add(describe(state));
        }
        for (int at = states.note(place(state)) - 1; at >= 0; at--) {
            state = leadingTo(state, at);
            trace.add(describe(state));
        }
        Collections.reverse(trace);
        finding = Optional.of(new Finding(invariant, trace));
    }

    private int[] canonical(int[] state) {
        int[] result = new int[size];
        canonicalize(state, result, 0);
        return result;
    }

    // Negative: it is not there.
    private long place(int[] canonical) {
        for (int component : canonical) {
            if (!states.fits(component)) {
                return -1; // met after all states were: on the way to the ideal ring
            }
        }
        long[] key = new long[states.words()];
        states.pack(canonical, 0, key, 0);
        return states.find(key, 0);
    }

    private int[] leadingTo(int[] later, int at) {
        int[] state = new int[size];
        boolean[] leads = new boolean[1];
        Moves search = new Moves(model, components, judge);
        for (long place = 0; place < states.places(); place++) {
            if (states.note(place) == at && states.get(place, state)) {
                search.each(state, (kind, position, detail, next) -> leads[0] |= Arrays.equals(canonical(next), later));
                if (leads[0]) {
                    return state;
                }
            }
        }
        throw new IllegalStateException("no way to " + describe(later));
    }

    private String describe(int[] state) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < state.length; i++) {
            if (state[i] != Components.NONE) {
                ShapeOf shape = components.shape(state[i]);
                text.append(i).append(':');
                if (shape.member) {
                    text.append(Arrays.toString(absolute(i, shape.successors)));
                    text.append('p').append(shape.predecessor < 0 ? "-" : "" + (i + shape.predecessor) % state.length);
                } else {
                    text.append(components.get(state[i]).state().phase());
                }
                int flights = components.get(state[i]).flights().size();
                text.append("?".repeat(flights)).append(' ');
            }
        }
        return text.toString().strip();
    }

    private int[] absolute(int i, int[] offsets) {
        return Arrays.stream(offsets).map(o -> (i + o) % model.size()).toArray();
    }

    // ---- liveness

    // How many rounds each state needs is noted where its depth was noted.
    private void converge(Progress progress) {
        int[] state = new int[size];
        for (long place = 0; place < states.places(); place++) {
            if (states.get(place, state)) {
                states.note(place, UNKNOWN);
            }
        }
        long[] path = new long[2 * size + model.successors() + 1];
        long followed = 0;
        for (long place = 0; place < states.places() && finding.isEmpty(); place++) {
            if (states.note(place) == UNKNOWN) {
                if (followed++ % PROGRESS == 0) {
                    progress.at(states.count(), followed - 1);
                }
                states.get(place, state);
                int needed = roundsFrom(place, state, path);
                worst = Math.max(worst, needed);
                if (needed >= path.length) {
                    states.get(place, state);
                    finding = wayTo("Converges", state);
                }
            }
        }
    }

    // The depths are needed again.
    private Optional<Finding> wayTo(String invariant, int[] state) {
        Explorer again = new Explorer(model, expected);
        again.run(false, (visited, followed) -> {});
        again.find(invariant, state, state);
        return again.finding;
    }

    // As many as the path has room for: perhaps never.
    private int roundsFrom(long start, int[] first, long[] path) {
        int[] state = first;
        long at = start;
        int length = 0;
        int known = 0;
        while (length < path.length) {
            if (at >= 0 && states.note(at) != UNKNOWN) {
                known = states.note(at);
                break;
            }
            if (judge.ideal(state)) {
                break;
            }
            path[length++] = at;
            round(state);
            state = canonical(state);
            at = place(state);
        }
        while (length > 0) {
            known++;
            length--;
            if (path[length] >= 0) {
                states.note(path[length], Math.min(known, UNKNOWN - 1));
            }
        }
        return known;
    }

    // Everything in flight arrives; then each member stabilizes and checks its predecessor.
    private void round(int[] state) {
        moves.deliverAll(state);
        for (int i = 0; i < state.length; i++) {
            moves.round(state, i);
        }
    }
}
