package dev.chord.core.check;

import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.records.Record;
import dev.chord.core.records.Write;
import dev.chord.core.version.Version;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What must hold of records, by name, over what disks have and what writers and readers were told. Pure
 * functions of their arguments; whoever watches a ring, or a simulation of one, calls them.
 */
public final class RecordInvariants {
    private RecordInvariants() {}

    private static Optional<Violation> unless(boolean holds, String invariant, String detail) {
        return holds ? Optional.empty() : Optional.of(new Violation(invariant, detail));
    }

    // ---- what disks have

    /**
     * {@code OneWritePerVersion}: no two writes have the same version. Two records of one version were made
     * by the same write, and stand for the same.
     */
    public static Optional<Violation> oneWritePerVersion(Record one, Record other) {
        boolean sameVersion = one.id().equals(other.id()) && one.version().equals(other.version());
        boolean same = one.sameContent(other)
                && one.digest().operation() == other.digest().operation();
        return unless(
                !sameVersion || same, "OneWritePerVersion", told(one) + " and " + told(other) + " have one version");
    }

    /**
     * {@code ReplicasAgree}: those that should hold a record hold the same version of it, which stands for
     * the same.
     */
    public static Optional<Violation> replicasAgree(List<Optional<Record>> copies) {
        boolean agree = copies.stream()
                .allMatch(copy -> copy.isPresent()
                        ? copies.get(0)
                                .filter(first ->
                                        first.version().equals(copy.get().version()) && first.sameContent(copy.get()))
                                .isPresent()
                        : copies.get(0).isEmpty());
        return unless(
                agree,
                "ReplicasAgree",
                copies.stream()
                        .map(copy -> copy.map(RecordInvariants::told).orElse("nothing"))
                        .toList()
                        .toString());
    }

    /**
     * {@code NoAcknowledgedWriteLost}: what was acknowledged is held by one of those that should hold it, or
     * a newer version is.
     *
     * @param holders what each of them has under the key
     */
    public static Optional<Violation> lasts(Record acknowledged, Collection<Record> holders) {
        boolean there = holders.stream()
                .anyMatch(held -> held.version().newerThan(acknowledged.version())
                        || held.version().equals(acknowledged.version()) && held.sameContent(acknowledged));
        return unless(
                there,
                "NoAcknowledgedWriteLost",
                told(acknowledged) + " under " + acknowledged.key() + ", there is "
                        + holders.stream().map(RecordInvariants::told).toList());
    }

    // ---- what is answered

    /**
     * {@code RefusedIsNowhere}: a write of which somebody was told that it has not happened was never kept by
     * any disk.
     */
    public static Optional<Violation> refusedIsNowhere(Set<Long> refused, Set<Long> everKept) {
        Set<Long> both = new HashSet<>(refused);
        both.retainAll(everKept);
        return unless(both.isEmpty(), "RefusedIsNowhere", "refused and kept all the same: " + both);
    }

    /**
     * {@code WrittenIsOwn}: who is told that a write lasts is told the version of that write, and what
     * it wrote.
     */
    public static Optional<Violation> writtenIsOwn(Write asked, Record told) {
        boolean own = asked.operation() == told.digest().operation()
                && !told.version().equals(Version.NONE)
                && asked.record().sameContent(told);
        return unless(
                own,
                "WrittenIsOwn",
                told(asked.record()) + " by write " + asked.operation() + " was told as " + told(told));
    }

    /** A version that somebody was shown, or was told that a write has, between two moments. */
    public record Seen(long start, long end, Version version, boolean written) {}

    /**
     * {@code LaterIsNewer}: who begins to look after somebody else was shown a version is shown no older one,
     * and who begins to write then makes a newer one.
     *
     * @param seen of one record
     */
    public static Optional<Violation> laterIsNewer(Collection<Seen> seen) {
        List<Seen> byStart = seen.stream()
                .sorted((a, b) -> Long.compare(a.start(), b.start()))
                .toList();
        List<Seen> byEnd =
                seen.stream().sorted((a, b) -> Long.compare(a.end(), b.end())).toList();
        int ended = 0;
        Optional<Seen> newest = Optional.empty();
        for (Seen now : byStart) {
            while (ended < byEnd.size() && byEnd.get(ended).end() < now.start()) {
                Seen before = byEnd.get(ended++);
                newest = newest.filter(n -> !before.version().newerThan(n.version()))
                        .or(() -> Optional.of(before));
            }
            boolean older = newest.filter(n -> n.version().newerThan(now.version())
                            || now.written() && n.version().equals(now.version()))
                    .isPresent();
            if (older) {
                return unless(false, "LaterIsNewer", newest.orElseThrow() + " and then " + now);
            }
        }
        return Optional.empty();
    }

    private static String told(Record record) {
        return record + " by write " + record.digest().operation();
    }

    /** Remembers what every version stood for when it was first seen. Not thread-safe. */
    public static final class Versions {
        private final Map<Record.Id, Map<Version, Record>> known = new HashMap<>();

        /** Judges {@link #oneWritePerVersion} of a record and all that were seen before. */
        public Optional<Violation> seen(Record record) {
            Record before =
                    known.computeIfAbsent(record.id(), id -> new HashMap<>()).putIfAbsent(record.version(), record);
            return before == null ? Optional.empty() : oneWritePerVersion(before, record);
        }
    }
}
