package dev.chord.sim;

import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What clients did and saw, in virtual time: the evidence from which {@link Linearizability} judges a run.
 */
public final class History {
    /** The value of a name that does not exist. */
    public static final long ABSENT = 0;

    /** The value of a conflict that does not tell what is there. */
    public static final long UNTOLD = -1;

    /** The end of an operation that may still take effect. */
    public static final long NEVER = Long.MAX_VALUE;

    /** What was asked for. */
    public enum Kind {
        READ,
        WRITE,
        DELETE,
        COMPARE_AND_SET,
        /** A read that was answered by other holders because the owner was silent. */
        READ_COPIES
    }

    /** How it ended, as the client knows it. */
    public enum Result {
        OK,
        /** The current value was another one: nothing was written. */
        CONFLICT,
        /** It may have happened, or may still happen. */
        UNKNOWN,
        /** It did not happen. */
        FAILED
    }

    /**
     * One operation.
     *
     * @param value what a write wrote, a read saw, a conflict told; {@link #ABSENT} for a delete, and where
     *     nothing was found
     * @param expected of a compare-and-set
     */
    public record Operation(Kind kind, Identifier key, long value, long expected, long start, long end, Result result) {
        boolean writes() {
            return kind != Kind.READ && kind != Kind.READ_COPIES;
        }

        /** Whether it leaves its value behind. */
        boolean changes() {
            return writes() && result != Result.CONFLICT;
        }

        /** Whether it can only happen where a certain value is. */
        boolean needs() {
            return kind == Kind.READ || kind == Kind.COMPARE_AND_SET && !isUntold();
        }

        /** That value. */
        long needed() {
            return kind == Kind.READ || result == Result.CONFLICT ? value : expected;
        }

        /** A conflict of which only is known what was not there. */
        boolean isUntold() {
            return result == Result.CONFLICT && value == UNTOLD;
        }

        /** Whether it can happen where this value is. */
        boolean fits(long now) {
            boolean conflict = result == Result.CONFLICT;
            return (!needs() || needed() == now) && (!conflict || expected != now);
        }

        /** The same as if an owner had answered. */
        public Operation asRead() {
            return kind == Kind.READ_COPIES ? new Operation(Kind.READ, key, value, expected, start, end, result) : this;
        }

        /** The same, as long as it has not ended. */
        Operation unknown() {
            return new Operation(kind, key, value, expected, start, NEVER, Result.UNKNOWN);
        }

        @Override
        public String toString() {
            return kind + "(" + key + ", " + value + (kind == Kind.COMPARE_AND_SET ? " for " + expected : "") + ") "
                    + start + ".." + (end == NEVER ? "?" : end) + " " + result;
        }
    }

    private final Map<Identifier, List<Operation>> byKey = new TreeMap<>();
    private long count;

    /** Takes in how an operation ended. */
    public void add(Operation operation) {
        byKey.computeIfAbsent(operation.key(), key -> new ArrayList<>()).add(operation);
        count++;
    }

    /** The operations on each key. */
    public Map<Identifier, List<Operation>> byKey() {
        return byKey;
    }

    public long count() {
        return count;
    }

    /** How many operations ended so. */
    public long count(Result result) {
        return byKey.values().stream()
                .flatMap(List::stream)
                .filter(o -> o.result() == result)
                .count();
    }
}
