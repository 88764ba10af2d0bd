package dev.chord.sim;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/**
 * Events by time, and by order of arrival among those of one time: so a run has one order only.
 *
 * <p>A timing wheel (Varghese and Lauck, SOSP 1987): a bucket for each slice of the time ahead, sorted when
 * its turn comes; what lies farther ahead than the wheel reaches waits in a heap. The next events are known a
 * little before they happen, so that what they need can be brought near together ({@link Foreseen}): in a
 * large ring each event is at another member, and waiting for its memory takes longer than the event.
 */
final class EventQueue {
    /** An event that can say beforehand what it will look at. */
    interface Foreseen extends Runnable {
        /** What it will happen to, as far as is known now. */
        Subject subject();
    }

    /** What events happen to. */
    interface Subject {
        /** How many times {@link #look} has to be called to have seen everything. */
        int PASSES = 3;

        /**
         * Looks a step farther from itself with each pass, and changes nothing. The value means nothing; it
         * keeps the looking from being left out.
         */
        int look(int pass);
    }

    private static final int SLICE_SHIFT = 11; // microseconds to slices of 2 ms
    private static final long WITHIN = (1 << SLICE_SHIFT) - 1;
    private static final int SLICES = 1 << 16; // the wheel reaches 134 s ahead
    private static final int AHEAD = 32;
    private static final int MAX_AHEAD = 16;
    private static final int NONE = -1;
    private static final Runnable NOTHING = () -> {};

    private record Far(long time, long order, Runnable event) {}

    // The wheel: of each slice the event added last; each event leads to the one before it. A link is that
    // one's number, and in the lowest bits how far into the slice the event itself is.
    private final int[] last = new int[SLICES];
    private final BitSet filled = new BitSet(SLICES);
    private long[] links = new long[1024];
    private Runnable[] events = new Runnable[1024];
    private int free = NONE;
    private int used;
    private int inWheel;
    private int[] taken = new int[64];
    private long[] keys = new long[64];

    private final PriorityQueue<Far> far =
            new PriorityQueue<>(Comparator.comparingLong(Far::time).thenComparingLong(Far::order));
    private long nextOrder;

    // What happens next, in order: everything before slice `next`.
    private long[] dueTimes = new long[64];
    private Runnable[] due = new Runnable[64];
    private int dueFrom;
    private int dueTo;
    private long next;
    private Subject[] subjects = new Subject[64];
    private int looked; // written only: so that the looking is done

    EventQueue() {
        Arrays.fill(last, NONE);
    }

    void add(long time, Runnable event) {
        long slice = time >> SLICE_SHIFT;
        if (slice < next) {
            insertDue(time, event);
        } else if (slice < next + SLICES) {
            insert(slice, time, event);
        } else {
            far.add(new Far(time, nextOrder++, event));
        }
    }

    boolean isEmpty() {
        return size() == 0;
    }

    int size() {
        return dueTo - dueFrom + inWheel + far.size();
    }

    /** The time of the first event. */
    long nextTime() {
        if (dueFrom == dueTo) {
            advance();
        }
        return dueTimes[dueFrom];
    }

    Runnable poll() {
        if (dueFrom == dueTo) {
            advance();
        }
        Runnable first = due[dueFrom];
        due[dueFrom++] = NOTHING;
        return first;
    }

    private void insert(long slice, long time, Runnable event) {
        int entry = free;
        if (entry != NONE) {
            free = (int) links[entry];
        } else {
            entry = used++;
            if (entry == links.length) {
                links = Arrays.copyOf(links, 2 * entry);
                events = Arrays.copyOf(events, 2 * entry);
            }
        }
        int bucket = (int) slice & SLICES - 1;
        int earlier = last[bucket];
        links[entry] = (long) earlier << SLICE_SHIFT | time & WITHIN;
        events[entry] = event;
        if (earlier == NONE) {
            filled.set(bucket);
        }
        last[bucket] = entry;
        inWheel++;
    }

    // Behind those of the same time, which were added earlier.
    private void insertDue(long time, Runnable event) {
        room();
        int at = dueTo++;
        while (at > dueFrom && dueTimes[at - 1] > time) {
            dueTimes[at] = dueTimes[at - 1];
            due[at] = due[at - 1];
            at--;
        }
        dueTimes[at] = time;
        due[at] = event;
    }

    private void room() {
        if (dueTo == due.length) {
            int size = dueTo - dueFrom;
            int length = 2 * size > due.length ? 2 * due.length : due.length;
            long[] moreTimes = new long[length];
            Runnable[] more = new Runnable[length];
            System.arraycopy(dueTimes, dueFrom, moreTimes, 0, size);
            System.arraycopy(due, dueFrom, more, 0, size);
            dueTimes = moreTimes;
            due = more;
            dueFrom = 0;
            dueTo = size;
        }
    }

    // Takes the next slices with something in them out of the wheel.
    private void advance() {
        if (isEmpty()) {
            throw new NoSuchElementException("no event");
        }
        dueFrom = 0;
        dueTo = 0;
        if (inWheel == 0) {
            moveTo(far.element().time() >> SLICE_SHIFT);
        }
        long end = Long.MAX_VALUE;
        for (long slice = firstFilled(); slice < end; slice = inWheel == 0 ? end : firstFilled()) {
            moveTo(slice);
            take((int) slice & SLICES - 1);
            moveTo(slice + 1);
            end = dueTo >= AHEAD ? slice : Math.min(end, slice + MAX_AHEAD);
        }
        lookAhead();
    }

    // Step by step for all of them: what is one step away from many can be fetched from memory at the same
    // time, what is several steps away from one cannot.
    private void lookAhead() {
        int count = 0;
        if (subjects.length < dueTo) {
            subjects = new Subject[due.length];
        }
        for (int i = 0; i < dueTo; i++) {
            if (due[i] instanceof Foreseen event) {
                subjects[count++] = event.subject();
            }
        }
        int sum = 0;
        for (int pass = 0; pass < Subject.PASSES; pass++) {
            for (int i = 0; i < count; i++) {
                sum += subjects[i].look(pass);
            }
        }
        looked += sum;
    }

    // What is no longer too far ahead gets into its slice before anything is added to that one directly.
    private void moveTo(long slice) {
        next = slice;
        while (!far.isEmpty() && far.element().time() >> SLICE_SHIFT < next + SLICES) {
            Far first = far.remove();
            insert(first.time() >> SLICE_SHIFT, first.time(), first.event());
        }
    }

    private long firstFilled() {
        int from = (int) next & SLICES - 1;
        int bucket = filled.nextSetBit(from);
        return next + ((bucket < 0 ? filled.nextSetBit(0) : bucket) - from & SLICES - 1);
    }

    // By time, and among those of one time the one added first comes first.
    private void take(int bucket) {
        int count = 0;
        int entry = last[bucket];
        while (entry != NONE) {
            if (count == taken.length) {
                taken = Arrays.copyOf(taken, 2 * count);
                keys = Arrays.copyOf(keys, 2 * count);
            }
            long link = links[entry];
            // those of one time come in the opposite order out of the list
            keys[count] = (link & WITHIN) << Integer.SIZE | Integer.MAX_VALUE - count;
            taken[count++] = entry;
            entry = (int) (link >> SLICE_SHIFT);
        }
        Arrays.sort(keys, 0, count);
        long start = next << SLICE_SHIFT;
        for (int i = 0; i < count; i++) {
            int first = taken[Integer.MAX_VALUE - (int) keys[i]];
            room();
            dueTimes[dueTo] = start | keys[i] >>> Integer.SIZE;
            due[dueTo++] = events[first];
            events[first] = NOTHING;
            links[first] = free;
            free = first;
        }
        last[bucket] = NONE;
        filled.clear(bucket);
        inWheel -= count;
    }
}
