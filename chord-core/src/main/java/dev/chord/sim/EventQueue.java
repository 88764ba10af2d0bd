package dev.chord.sim;

import java.util.Arrays;
import java.util.NoSuchElementException;

/** Events by time, and by order of arrival among those of one time: so a run has one order only. A binary heap. */
final class EventQueue {
    private static final int FIRST_CAPACITY = 1024;

    private long[] times = new long[FIRST_CAPACITY];
    private long[] orders = new long[FIRST_CAPACITY];
    private Runnable[] events = new Runnable[FIRST_CAPACITY];
    private int size;
    private long nextOrder;

    void add(long time, Runnable event) {
        if (size == times.length) {
            int capacity = 2 * size;
            times = Arrays.copyOf(times, capacity);
            orders = Arrays.copyOf(orders, capacity);
            events = Arrays.copyOf(events, capacity);
        }
        long order = nextOrder++;
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (!before(time, order, parent)) {
                break;
            }
            move(parent, at);
            at = parent;
        }
        put(at, time, order, event);
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** The time of the first event. */
    long nextTime() {
        if (size == 0) {
            throw new NoSuchElementException("no event");
        }
        return times[0];
    }

    Runnable poll() {
        if (size == 0) {
            throw new NoSuchElementException("no event");
        }
        Runnable first = events[0];
        int last = --size;
        long time = times[last];
        long order = orders[last];
        Runnable event = events[last];
        events[last] = first; // keeps the array free of nulls; overwritten by the next event
        int at = 0;
        int child = 1;
        while (child < last) {
            if (child + 1 < last && before(times[child + 1], orders[child + 1], child)) {
                child++;
            }
            if (before(time, order, child)) {
                break;
            }
            move(child, at);
            at = child;
            child = 2 * at + 1;
        }
        put(at, time, order, event);
        return first;
    }

    private boolean before(long time, long order, int other) {
        return time < times[other] || time == times[other] && order < orders[other];
    }

    private void move(int from, int to) {
        put(to, times[from], orders[from], events[from]);
    }

    private void put(int at, long time, long order, Runnable event) {
        times[at] = time;
        orders[at] = order;
        events[at] = event;
    }
}
