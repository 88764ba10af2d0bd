package dev.chord.sim;

import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the operations on one name could have happened one after the other, each between its start and its end, and each
 * seeing what the ones before it left (Herlihy and Wing, TOPLAS 1990). A search with memory of what was tried (Wing and
 * Gong, JPDC 1993; Lowe, 2017); different values for every write keep it short.
 */
public final class Linearizability {
    private record Visited(BitSet done, long value) {}

    private final List<Operation> operations;
    private final Set<Visited> visited = new HashSet<>();
    private final BitSet done;

    private Linearizability(List<Operation> operations) {
        this.operations = operations;
        this.done = new BitSet(operations.size());
    }

    /**
     * Judges the operations on one name, which begins absent.
     *
     * @return why there is no such order; empty if there is one
     */
    public static Optional<String> violation(List<Operation> ofOneKey) {
        if (explained(ofOneKey)) {
            return Optional.empty();
        }
        // The first answer that cannot be explained says more than the whole story.
        List<Long> ends = ofOneKey.stream()
                .map(Operation::end)
                .filter(e -> e != History.NEVER)
                .sorted()
                .toList();
        for (long end : ends) {
            List<Operation> story = until(end, ofOneKey);
            if (!explained(story)) {
                List<Operation> tail = story.subList(Math.max(0, story.size() - 8), story.size());
                return Optional.of("what ended at " + end + " has no explanation; the last operations: " + tail);
            }
        }
        return Optional.of("no order explains " + ofOneKey);
    }

    // What was known at a time: what had not ended then may have happened or not.
    private static List<Operation> until(long time, List<Operation> all) {
        return all.stream()
                .filter(o -> o.start() <= time && o.result() != Result.FAILED)
                .filter(o -> o.writes() || o.end() <= time)
                .map(o -> o.end() <= time ? o : o.unknown())
                .sorted(Comparator.comparingLong(Operation::start))
                .toList();
    }

    private static boolean explained(List<Operation> ofOneKey) {
        List<Operation> relevant = ofOneKey.stream()
                .filter(o -> o.result() == Result.OK || o.result() == Result.CONFLICT || matters(o, ofOneKey))
                .sorted(Comparator.comparingLong(Operation::start))
                .toList();
        return new Linearizability(relevant).from(History.ABSENT);
    }

    // An unknown write whose value nobody saw may as well not have happened. A delete leaves no value to be seen, and a
    // conflict does not tell what was there.
    private static boolean matters(Operation operation, List<Operation> all) {
        return operation.result() == Result.UNKNOWN
                && operation.writes()
                && (operation.kind() == Kind.DELETE || all.stream().anyMatch(o -> mayShow(o, operation)));
    }

    private static boolean mayShow(Operation witness, Operation write) {
        return witness.kind() == Kind.READ && witness.value() == write.value()
                || witness.kind() == Kind.COMPARE_AND_SET && witness.expected() == write.value()
                || witness.result() == Result.CONFLICT && witness.end() >= write.start();
    }

    private boolean from(long value) {
        if (allDone()) {
            return true;
        }
        if (!visited.add(new Visited((BitSet) done.clone(), value))) {
            return false;
        }
        long earliestEnd = earliestEnd();
        for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
            Operation next = operations.get(i);
            if (next.start() > earliestEnd) {
                break; // sorted by start: it, and all later ones, began after one that is not done yet had ended
            }
            Optional<Long> after = apply(next, value);
            if (after.isPresent()) {
                done.set(i);
                if (from(after.get())) {
                    return true;
                }
                done.clear(i);
            }
        }
        return false;
    }

    private boolean allDone() {
        for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
            if (operations.get(i).result() != Result.UNKNOWN) {
                return false;
            }
        }
        return true;
    }

    private long earliestEnd() {
        long earliest = History.NEVER;
        for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
            earliest = Math.min(earliest, operations.get(i).end());
        }
        return earliest;
    }

    // The value after the operation, if it can happen now.
    private static Optional<Long> apply(Operation operation, long value) {
        boolean conflict = operation.result() == Result.CONFLICT;
        return switch (operation.kind()) {
            case READ -> operation.value() == value ? Optional.of(value) : Optional.empty();
            case WRITE -> Optional.of(operation.value());
            case DELETE -> Optional.of(History.ABSENT);
            case COMPARE_AND_SET -> {
                if (conflict) {
                    yield operation.expected() != value ? Optional.of(value) : Optional.empty();
                }
                yield operation.expected() == value ? Optional.of(operation.value()) : Optional.empty();
            }
        };
    }
}
