package dev.chord.sim;

/**
 * The clocks of one machine: one that only goes forward, and stands still while the machine sleeps, and the
 * time of day, which can be set. Both go at the machine's rate.
 */
public final class SimulatedClock {
    private static final long SOME_DAY = 1_700_000_000L * Simulation.SECOND;

    private final Simulation simulation;
    private final double rate;
    private boolean asleep;
    private long since;
    private long slept;
    private long set;

    /** @param rate how much passes here in a virtual second */
    SimulatedClock(Simulation simulation, double rate) {
        this.simulation = simulation;
        this.rate = rate;
    }

    /** Microseconds that have passed while it was awake. */
    long forward() {
        long now = asleep ? since : simulation.now();
        return (long) ((now - slept) * rate);
    }

    /** Microseconds since 1970. */
    long timeOfDay() {
        return SOME_DAY + (long) (simulation.now() * rate) + set;
    }

    /** How much virtual time passes in a time of this clock. */
    long virtual(long micros) {
        return (long) Math.ceil(micros / rate);
    }

    /** Somebody sets the time of day, forward or back. */
    public void set(long by) {
        set += by;
    }

    void sleep() {
        if (!asleep) {
            asleep = true;
            since = simulation.now();
        }
    }

    void wake() {
        if (asleep) {
            asleep = false;
            slept += simulation.now() - since;
        }
    }
}
