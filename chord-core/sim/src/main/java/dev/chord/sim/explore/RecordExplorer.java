package dev.chord.sim.explore;

import dev.chord.core.check.RingInvariants.Violation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Every run of a small world of record engines, within the bounds of a model. An engine changes and cannot be
 * copied: so a run is made anew from its beginning wherever the search goes back (Godefroid, "Model Checking
 * for Programming Languages using VeriSoft", POPL 1997). Where two runs have come to the same state it goes
 * on from one of them; that is told by what each process and the clients have heard, each in its order, and
 * by what is on its way: engines that have heard the same are the same.
 */
public final class RecordExplorer {
    private static final long TELL = 100_000;

    private final RecordModel model;
    private final LongConsumer progress;
    private final LongMap visited = new LongMap();
    private final Deque<RecordMove> path = new ArrayDeque<>();
    private long states = 1;
    private long transitions;
    private long ends;
    private int depth;

    private RecordExplorer(RecordModel model, LongConsumer progress) {
        this.model = model;
        this.progress = progress;
    }

    /**
     * What was found.
     *
     * @param ends states in which nothing more can happen
     * @param depth of the longest run, in moves
     */
    public record Report(long states, long transitions, long ends, int depth, Optional<Finding> finding) {}

    /** A violation, and the moves that lead to it. */
    public record Finding(Violation violation, List<String> trace) {}

    /**
     * Explores until the end, or to the first violation.
     *
     * @param progress told now and then how many states have been visited
     */
    public static Report explore(RecordModel model, LongConsumer progress) {
        return new RecordExplorer(model, progress).explore();
    }

    private Report explore() {
        RecordWorld world = new RecordWorld(model);
        visited.put(world.digest(), 1);
        Deque<Deque<RecordMove>> open = new ArrayDeque<>(); // for each state of the path, what has not been tried
        open.push(new ArrayDeque<>(world.moves()));
        boolean here = true;
        while (!open.isEmpty()) {
            RecordMove move = open.peek().poll();
            if (move == null) {
                open.pop();
                path.pollLast();
                here = false;
                continue;
            }
            if (!here) {
                world = again();
                here = true;
            }
            world.make(move);
            transitions++;
            path.addLast(move);
            Optional<Violation> violation = world.judged();
            if (violation.isPresent()) {
                return report(Optional.of(new Finding(violation.get(), trace())));
            }
            if (isNew(world.digest())) {
                List<RecordMove> moves = world.moves();
                ends += moves.isEmpty() ? 1 : 0;
                depth = Math.max(depth, path.size());
                open.push(new ArrayDeque<>(moves));
            } else {
                path.removeLast();
                here = false;
            }
        }
        return report(Optional.empty());
    }

    private boolean isNew(long digest) {
        boolean found = visited.get(digest) < 0;
        if (found) {
            visited.put(digest, 1);
            states++;
            if (states % TELL == 0) {
                progress.accept(states);
            }
        }
        return found;
    }

    private RecordWorld again() {
        RecordWorld world = new RecordWorld(model);
        path.forEach(world::make);
        return world;
    }

    private List<String> trace() {
        RecordWorld world = new RecordWorld(model);
        List<String> lines = new ArrayList<>();
        for (RecordMove move : path) {
            lines.add(world.told(move));
            world.make(move);
        }
        return lines;
    }

    private Report report(Optional<Finding> finding) {
        return new Report(states, transitions, ends, depth, finding);
    }
}
