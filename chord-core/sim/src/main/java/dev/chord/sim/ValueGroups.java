package dev.chord.sim;

import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values of one name that stand together in every order of its operations: one that was compared with, and
 * the one that was set instead. What writes them and what saw them has a first end and a last beginning
 * (Gibbons and Korach, SIAM J. Comput. 1997).
 */
final class ValueGroups {
    private final Map<Long, Long> parents = new HashMap<>();
    private final Map<Long, Long> ends = new HashMap<>();
    private final Map<Long, Long> starts = new HashMap<>();

    private final Map<Long, Long> written = new HashMap<>(); // when the write of each value began
    private final Map<Long, Long> met = new HashMap<>(); // the first end of what needed it

    /** An operation that happened. */
    void add(Operation operation) {
        boolean reads = operation.needs() && operation.needed() != History.ABSENT;
        boolean writes = operation.changes() && operation.value() != History.ABSENT;
        if (reads) {
            note(operation.needed(), operation);
            met.merge(operation.needed(), operation.end(), Math::min);
        }
        if (writes) {
            note(operation.value(), operation);
            written.put(operation.value(), operation.start());
        }
        if (reads && writes && operation.kind() == Kind.COMPARE_AND_SET) {
            unite(of(operation.needed()), of(operation.value()));
        }
    }

    private void note(long value, Operation operation) {
        long group = of(value);
        ends.merge(group, operation.end(), Math::min);
        starts.merge(group, operation.start(), Math::max);
    }

    private void unite(long one, long other) {
        if (one != other) {
            parents.put(other, one);
            ends.merge(one, ends.remove(other), Math::min);
            starts.merge(one, starts.remove(other), Math::max);
        }
    }

    private long of(long value) {
        long at = value;
        for (Long parent = parents.get(at); parent != null; parent = parents.get(at)) {
            Long above = parents.get(parent);
            if (above != null) {
                parents.put(at, above);
            }
            at = parent;
        }
        return at;
    }

    boolean same(long one, long other) {
        return of(one) == of(other);
    }

    /** When the first operation of a value's group ended. */
    long firstEnd(long value) {
        Long end = ends.get(of(value));
        return end == null ? History.NEVER : end;
    }

    /** When the last one began. */
    long lastStart(long value) {
        Long start = starts.get(of(value));
        return start == null ? 0 : start;
    }

    /** Whether some value was seen before it was written, or of two groups each would have to come first. */
    boolean contradict() {
        boolean unwritten = met.entrySet().stream()
                .anyMatch(seen -> written.getOrDefault(seen.getKey(), History.NEVER) > seen.getValue());
        if (unwritten) {
            return true;
        }
        List<Long> byEnd = new ArrayList<>(ends.keySet());
        byEnd.sort(Comparator.comparing(ends::get));
        // of those so far the two in which something begins last
        long[] last = new long[byEnd.size() + 1];
        long[] second = new long[byEnd.size() + 1];
        for (int i = 0; i < byEnd.size(); i++) {
            long start = starts.getOrDefault(byEnd.get(i), 0L);
            last[i + 1] = Math.max(last[i], start);
            second[i + 1] = Math.max(second[i], Math.min(last[i], start));
        }
        List<Long> times = byEnd.stream().map(ends::get).toList();
        for (int i = 0; i < byEnd.size(); i++) {
            long start = starts.getOrDefault(byEnd.get(i), 0L);
            int place = Collections.binarySearch(times, start);
            int before = place < 0 ? -place - 1 : firstAt(times, place);
            long other = i < before && last[before] == start ? second[before] : last[before];
            if (before > 0 && other > times.get(i)) {
                return true;
            }
        }
        return false;
    }

    private static int firstAt(List<Long> times, int place) {
        int first = place;
        while (first > 0 && times.get(first - 1).equals(times.get(place))) {
            first--;
        }
        return first;
    }
}
