package dev.chord.node.gateway;

import java.util.concurrent.TimeUnit;

/**
 * How long work waits here for a thread and a processor, as requests notice themselves, and for how long the
 * next ones are put off because of it. Whoever asks the gateway again and again could keep all processors at
 * work, and what the ring asks of this node, and what it asks of the ring, would wait behind that. The later
 * this node is, the longer it lets requests wait, so that it stays only a little late.
 *
 * <p>Thread-safe; times are nanoseconds of one clock that only rises.
 */
final class Lateness {
    private static final long TOLERATED = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long PUT_OFF_FOR_EACH = 200;
    private static final long MOST_PUT_OFF = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long FORGOTTEN_AFTER = TimeUnit.SECONDS.toNanos(1);
    private static final double NEWEST = 0.1;

    private double waited;
    private long noticed;

    /** Work that was handed over some time ago begins now. */
    synchronized void began(long now, long handedOver) {
        double before = stale(now) ? 0 : waited;
        waited = (1 - NEWEST) * before + NEWEST * (now - handedOver);
        noticed = now;
    }

    /** For how long a request that comes now is put off; 0 unless this node is late. */
    synchronized long putOff(long now) {
        if (stale(now) || waited <= TOLERATED) {
            return 0;
        }
        return (long) Math.min(MOST_PUT_OFF, PUT_OFF_FOR_EACH * (waited - TOLERATED));
    }

    private boolean stale(long now) {
        return now - noticed > FORGOTTEN_AFTER;
    }
}
