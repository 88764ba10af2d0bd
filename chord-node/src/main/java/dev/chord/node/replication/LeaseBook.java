package dev.chord.node.replication;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Leases;
import java.time.Clock;
import java.util.Collection;
import java.util.function.LongSupplier;

/**
 * The leases of this process, by the clocks of this machine. As a holder it goes by the one that only ever goes forward, which may
 * stand still while the machine sleeps: then it binds itself for longer. As an owner it goes by whichever of that and the time of day
 * went further since it last looked: so a machine that slept does not rely on what it was promised before, and one whose time of day
 * is changed asks once more. Thread-safe.
 */
final class LeaseBook {
    static final long MILLIS = 1000;

    private final LongSupplier forward;
    private final Clock timeOfDay;
    private final Leases leases = new Leases(MILLIS);
    private final long start;
    private long lastForward;
    private long lastTimeOfDay;
    private long fastest;

    LeaseBook() {
        this(() -> System.nanoTime() / 1_000_000, Clock.systemUTC());
    }

    /** @param forward milliseconds since anything */
    LeaseBook(LongSupplier forward, Clock timeOfDay) {
        this.forward = forward;
        this.timeOfDay = timeOfDay;
        this.start = forward.getAsLong();
        this.lastForward = start;
        this.lastTimeOfDay = timeOfDay.millis();
    }

    private long forward() {
        return forward.getAsLong() - start;
    }

    // ---- as a holder

    synchronized void give(Arc arc) {
        leases.give(arc, forward());
    }

    /** For how many milliseconds what was given still binds. */
    synchronized long left(Collection<Arc> arcs) {
        return leases.left(arcs, forward());
    }

    // ---- as an owner

    /** The time at which a holder is asked. */
    synchronized long now() {
        long forwardNow = forward.getAsLong();
        long timeOfDayNow = timeOfDay.millis();
        fastest += Math.max(forwardNow - lastForward, timeOfDayNow - lastTimeOfDay);
        lastForward = forwardNow;
        lastTimeOfDay = timeOfDayNow;
        return fastest;
    }

    synchronized void hold(Arc arc, long epoch, long asked) {
        leases.hold(arc, epoch, asked);
    }

    synchronized boolean holds(Identifier key, long epoch) {
        return leases.holds(key, epoch, now());
    }
}
