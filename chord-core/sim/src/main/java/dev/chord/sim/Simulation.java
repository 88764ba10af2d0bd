package dev.chord.sim;

import java.util.SplittableRandom;

/**
 * Virtual time: events happen one after the other, in the order of their times, as fast as the machine
 * allows. Everything random comes from streams that are forked from one seed by the name of the component
 * that uses them: so what one component draws does not depend on what another one does, and the same seed
 * gives the same run, step by step.
 */
public final class Simulation {
    /** Microseconds in a second: times here are in microseconds. */
    public static final long SECOND = 1_000_000;

    public static final long MILLISECOND = 1_000;

    private final long seed;
    private final EventQueue queue = new EventQueue();
    private long now;

    public Simulation(long seed) {
        this.seed = seed;
    }

    /** Virtual microseconds since the beginning. */
    public long now() {
        return now;
    }

    /** A stream of random values of its own for a component. */
    public SplittableRandom stream(String component) {
        long name = 0;
        for (int i = 0; i < component.length(); i++) {
            name = name * 0x100000001B3L + component.charAt(i);
        }
        return new SplittableRandom(new SplittableRandom(seed ^ name).nextLong());
    }

    /** Makes an event happen after so many microseconds, at least 0. */
    public void after(long delay, Runnable event) {
        queue.add(now + Math.max(0, delay), event);
    }

    /** Lets the next event happen. Returns whether there was one. */
    public boolean step() {
        if (queue.isEmpty()) {
            return false;
        }
        now = queue.nextTime();
        queue.poll().run();
        return true;
    }

    /** Lets everything happen up to and including a time, which it is afterwards. */
    public void runUntil(long time) {
        while (!queue.isEmpty() && queue.nextTime() <= time) {
            step();
        }
        now = Math.max(now, time);
    }
}
