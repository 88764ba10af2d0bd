package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.Collection;

/**
 * The leases of a process, by the clocks of its machine. As a holder it goes by the one that only ever goes
 * forward, which may stand still while the machine sleeps: then it binds itself for longer. As an owner it
 * goes by whichever of that and the time of day went further since it last looked: so a machine that slept
 * does not rely on what it was promised before, and one whose time of day is changed asks once more. Belongs
 * to one engine.
 */
final class LeaseBook {
    private final RecordHost host;
    private final Leases leases;
    private final long start;
    private long lastForward;
    private long lastTimeOfDay;
    private long fastest;

    LeaseBook(RecordHost host, long length) {
        this.host = host;
        this.leases = new Leases(length);
        this.start = host.now();
        this.lastForward = start;
        this.lastTimeOfDay = host.timeOfDay();
    }

    private long forward() {
        return host.now() - start;
    }

    // ---- as a holder

    void give(Arc arc) {
        leases.give(arc, forward());
    }

    /** For how long what was given still binds. */
    long left(Collection<Arc> arcs) {
        return leases.left(arcs, forward());
    }

    // ---- as an owner

    /** The time at which a holder is asked. */
    long asking() {
        long forwardNow = host.now();
        long timeOfDayNow = host.timeOfDay();
        fastest += Math.max(forwardNow - lastForward, timeOfDayNow - lastTimeOfDay);
        lastForward = forwardNow;
        lastTimeOfDay = timeOfDayNow;
        return fastest;
    }

    void hold(Arc arc, long epoch, long asked) {
        leases.hold(arc, epoch, asked);
    }

    boolean holds(Identifier key, long epoch) {
        return leases.holds(key, epoch, asking());
    }
}
