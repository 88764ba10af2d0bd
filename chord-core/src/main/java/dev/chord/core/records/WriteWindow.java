package dev.chord.core.records;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The writes that a process may still carry out as an owner, so that each takes effect once however often it
 * is asked for, and however long a question is on its way. Whoever writes shows a stamp that this process
 * gave it. One from before the tenure in which it would be written is refused, for somebody else may have
 * carried the write out since; so is one from so long ago that it is not remembered any more what was carried
 * out after it. Goes by no clock. Not thread-safe.
 *
 * <p>A question whose sender has given up can arrive long after: a connection that was cut sends again what
 * was lost. (Lee et al., "Implementing Linearizability at Large Scale and Low Latency", SOSP 2015, meet the
 * same need with records of completed calls.)
 */
public final class WriteWindow {
    /**
     * How many writes a record itself remembers, for those who own it next: more than come to one while its
     * writer asks again.
     */
    public static final int OF_A_RECORD = 32;

    private static final int TENURES = 1024;

    private final long incarnation;
    private final int size;
    private final Set<Long> carriedOut = new LinkedHashSet<>(); // the last operations
    private final Map<Long, Long> tenures = new LinkedHashMap<>(); // the count when each was first written in
    private long count;

    /**
     * What a process tells those that want to write there.
     *
     * @param incarnation of the process, another one each time it starts
     * @param count of what has happened there
     */
    public record Stamp(long incarnation, long count) {}

    /** What is to become of a write. */
    public enum Word {
        /** It can be carried out. */
        FREE,
        /** It has been carried out. */
        DONE,
        /** Not with the stamp that was shown: with a fresh one it can be asked for again. */
        STALE
    }

    /**
     * @param incarnation drawn at random
     * @param size how many writes are remembered
     */
    public WriteWindow(long incarnation, int size) {
        this.incarnation = incarnation;
        this.size = size;
    }

    /** To be shown with the next write. */
    public Stamp stamp() {
        return new Stamp(incarnation, count);
    }

    /**
     * Whether a write may be carried out.
     *
     * @param operation its number
     * @param shown the same each time it is asked for here, until that is stale; empty: none
     * @param tenure epoch of the one in which it would be written; each tenure that this process begins
     *     has another
     */
    public Word ask(long operation, Optional<Stamp> shown, long tenure) {
        long since = since(tenure);
        boolean remembered = shown.filter(s -> s.incarnation() == incarnation)
                .filter(s -> s.count() >= since && s.count() <= count && s.count() >= count - size)
                .isPresent();
        if (!remembered) {
            return Word.STALE;
        }
        if (!carriedOut.contains(operation)) {
            return Word.FREE;
        }
        carriedOut(operation); // the stamp may be newer than when it was
        return Word.DONE;
    }

    // Whoever has a stamp of that count, or a later one, has it from the time of this tenure.
    private long since(long tenure) {
        Long known = tenures.get(tenure);
        if (known != null) {
            return known;
        }
        count++;
        tenures.put(tenure, count);
        if (tenures.size() > TENURES) {
            tenures.remove(tenures.keySet().iterator().next());
        }
        return count;
    }

    /** What a record remembers after one more write. */
    public static List<Long> after(long operation, List<Long> before) {
        List<Long> now = new ArrayList<>(List.of(operation));
        now.addAll(before.subList(0, Math.min(before.size(), OF_A_RECORD - 1)));
        return List.copyOf(now);
    }

    /**
     * Whether a record whose last writes these are names every write that made it: a list that is full has
     * forgotten its beginning.
     */
    public static boolean isWhole(List<Long> operations) {
        return !operations.isEmpty() && operations.size() < OF_A_RECORD;
    }

    /**
     * Whether a record lost to a newer version that did not know of it: then it was not overwritten, somebody
     * wrote the name on the other side of a cut.
     */
    public static boolean isUnknown(List<Long> loser, List<Long> winner) {
        return !loser.isEmpty() && isWhole(winner) && !winner.contains(loser.get(0));
    }

    /**
     * It has been carried out, here or by somebody else: enough holders have it. Of one that has failed
     * nothing is remembered.
     */
    public void carriedOut(long operation) {
        carriedOut.remove(operation);
        carriedOut.add(operation);
        count++;
        if (carriedOut.size() > size) {
            carriedOut.remove(carriedOut.iterator().next());
        }
    }
}
