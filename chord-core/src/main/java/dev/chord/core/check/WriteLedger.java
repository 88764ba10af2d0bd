package dev.chord.core.check;

import dev.chord.core.records.Record;
import dev.chord.core.records.WriteWindow;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where each write of one name went. One that was acknowledged does not vanish without a word: it lasts, or
 * was overwritten by one that knew of it, or, written on the side of a cut that lost, was told of as lost, or
 * was overwritten by one of these.
 */
public final class WriteLedger {
    // What each write found when it was carried out: more than once, if that happened on both sides of a cut.
    private final Map<Long, Set<Long>> overwrote = new HashMap<>();
    private final Set<Long> deletions = new HashSet<>();

    /** An owner has carried out a write. */
    public void carriedOut(Record record) {
        long operation = record.operations().get(0);
        overwrote.computeIfAbsent(operation, o -> new HashSet<>()).addAll(record.operations());
        if (record.deleted()) {
            deletions.add(operation);
        }
    }

    /**
     * The acknowledged writes of which nothing is known any more.
     *
     * @param last what the name stands for in the end
     * @param told what was told of as lost, of this name and others
     */
    public Set<Long> unaccounted(Set<Long> acknowledged, Record last, Collection<Record> told) {
        if (!WriteWindow.isWhole(last.operations())) {
            return Set.of(); // too many writes of one name to tell who knew of whom: so nothing was told either
        }
        Deque<Long> open = new ArrayDeque<>(last.operations());
        told.forEach(record -> open.addAll(record.operations()));
        Set<Long> accounted = new HashSet<>();
        while (!open.isEmpty()) {
            long operation = open.remove();
            if (accounted.add(operation)) {
                open.addAll(overwrote.getOrDefault(operation, Set.of()));
                // which of several deletions lasts is all the same
                open.addAll(deletions.contains(operation) ? deletions : Set.of());
            }
        }
        Set<Long> left = new TreeSet<>(acknowledged);
        left.removeAll(accounted);
        return left;
    }
}
