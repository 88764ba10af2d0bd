package dev.chord.sim.explore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Visits every state of a small ring that can be reached, breadth first, so that the first violation found is one with the
 * shortest history. States that differ by a rotation of the circle are one.
 */
public final class Explorer {
    private static final int PROGRESS = 1 << 18;

    private final ExploreModel model;
    private final Components components;
    private final Judge judge;
    private final Moves moves;
    private final StateSet states;
    private final Map<Integer, Integer> rounds = new HashMap<>();
    private final int[] canonical;
    private int[] parents = new int[1 << 16];
    private long transitions;
    private Optional<Finding> finding = Optional.empty();
    private int worst;

    private Explorer(ExploreModel model) {
        this.model = model;
        this.components = new Components(model.size(), model.successors());
        this.judge = new Judge(components);
        this.moves = new Moves(model, components, judge);
        this.states = new StateSet(model.size());
        this.canonical = new int[model.size()];
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
     * Explores.
     *
     * @param convergence whether to follow maintenance from every state to the ideal ring as well
     * @param progress hears how many states have been visited, now and then
     */
    public static Report explore(ExploreModel model, boolean convergence, LongConsumer progress) {
        return new Explorer(model).run(convergence, progress);
    }

    private Report run(boolean convergence, LongConsumer progress) {
        int[] state = first();
        visit(state, -1);
        int depth = 0;
        int levelEnd = 1;
        for (int at = 0; at < states.count() && finding.isEmpty(); at++) {
            if (at == levelEnd) {
                depth++;
                levelEnd = states.count();
            }
            if (at % PROGRESS == 0) {
                progress.accept(at);
            }
            int from = at;
            states.get(at, state);
            int principals = judge.principals(state);
            moves.each(state, (kind, position, detail, next) -> moved(from, principals, next));
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
                states.bytes() + 4L * parents.length,
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

    private void moved(int from, int principals, int[] next) {
        transitions++;
        if (finding.isPresent()) {
            return;
        }
        // LossOfPrincipal (Zave): only its own failure makes a principal one no longer
        int lost = principals & ~judge.principals(next) & judge.staying(next);
        if (lost != 0 && needed() > 0) {
            find("LossOfPrincipal", from, next);
        } else {
            visit(next, from);
        }
    }

    // In a ring of fewer than r + 1 there cannot be so many principals: then only the ring's shape is judged.
    private int needed() {
        boolean small = model.start() <= model.successors() || model.has(ExploreModel.Churn.SHRINK);
        return small ? 0 : model.successors() + 1;
    }

    private void visit(int[] state, int from) {
        canonicalize(state);
        int number = states.add(canonical);
        if (number < 0) {
            int fresh = -1 - number;
            if (fresh == parents.length) {
                parents = Arrays.copyOf(parents, parents.length * 3 / 2);
            }
            parents[fresh] = from;
            judge.violation(canonical, needed()).ifPresent(name -> find(name, from, canonical));
        }
    }

    // The smallest of all rotations.
    private void canonicalize(int[] state) {
        int size = state.length;
        int best = 0;
        for (int rotation = 1; rotation < size; rotation++) {
            for (int i = 0; i < size; i++) {
                int a = state[(i + rotation) % size];
                int b = state[(i + best) % size];
                if (a != b) {
                    best = a < b ? rotation : best;
                    break;
                }
            }
        }
        for (int i = 0; i < size; i++) {
            canonical[i] = state[(i + best) % size];
        }
    }

    private void find(String invariant, int from, int[] last) {
        if (finding.isEmpty()) {
            List<String> trace = new ArrayList<>();
            trace.add(describe(last));
            int[] state = new int[model.size()];
            for (int at = from; at >= 0; at = parents[at]) {
                states.get(at, state);
                trace.add(describe(state));
            }
            Collections.reverse(trace);
            finding = Optional.of(new Finding(invariant, trace));
        }
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

    private void converge(LongConsumer progress) {
        int[] state = new int[model.size()];
        int bound = 2 * model.size() + model.successors();
        for (int at = 0; at < states.count() && finding.isEmpty(); at++) {
            states.get(at, state);
            if (at % PROGRESS == 0) {
                progress.accept(at);
            }
            int from = at;
            int needed = roundsFrom(at, bound);
            worst = Math.max(worst, needed);
            if (needed > bound) {
                find("Converges", from, state);
            }
        }
    }

    private int roundsFrom(int number, int bound) {
        int[] state = new int[model.size()];
        states.get(number, state);
        List<Integer> path = new ArrayList<>();
        int at = number;
        int known = 0;
        while (path.size() <= bound) {
            Integer before = at >= 0 ? rounds.get(at) : null;
            if (before != null) {
                known = before;
                break;
            }
            if (judge.ideal(state)) {
                break;
            }
            path.add(at);
            round(state);
            canonicalize(state);
            System.arraycopy(canonical, 0, state, 0, state.length);
            at = states.find(state);
        }
        for (int i = path.size() - 1; i >= 0; i--) {
            known++;
            if (path.get(i) >= 0) {
                rounds.put(path.get(i), known);
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
