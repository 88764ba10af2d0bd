package dev.chord.sim;

import dev.chord.core.ring.Endpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Carries messages between processes: late, out of order, twice, or not at all. Cuts are one-way, between any
 * two processes, so that partitions of every shape can be made of them. Held messages wait, and are let go in
 * random order.
 */
public final class SimulatedNetwork {
    /**
     * How good the network is.
     *
     * @param loss the share of messages that vanish, 0 to 1
     * @param duplicates the share of messages that arrive twice, 0 to 1
     */
    public record Quality(Delay delay, double loss, double duplicates) {
        public static Quality perfect(Delay delay) {
            return new Quality(delay, 0, 0);
        }
    }

    private static final long RESENT_WITHIN = 6 * Simulation.SECOND;

    private record Link(Endpoint from, Endpoint to) {}

    private final Simulation simulation;
    private final SplittableRandom random;
    private final Set<Link> cuts = new HashSet<>();
    private boolean refusing;
    private final Set<Endpoint> held = new HashSet<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private final SplittableRandom resending;
    private final List<Runnable> unsent = new ArrayList<>();
    private boolean resends;
    private Quality quality;
    private long sent;

    SimulatedNetwork(Simulation simulation, Quality quality) {
        this.simulation = simulation;
        this.quality = quality;
        this.random = simulation.stream("network");
        this.resending = simulation.stream("resending");
    }

    /** Changes how good the network is from now on. */
    public void quality(Quality next) {
        quality = next;
    }

    public Quality quality() {
        return quality;
    }

    /** Messages sent so far. */
    public long sent() {
        return sent;
    }

    /** Stops what one process sends to another, in this direction only. */
    public void cut(Endpoint from, Endpoint to) {
        cuts.add(new Link(from, to));
    }

    /** Cuts two groups apart, in both directions. */
    public void partition(Collection<Endpoint> one, Collection<Endpoint> other) {
        for (Endpoint a : one) {
            for (Endpoint b : other) {
                cut(a, b);
                cut(b, a);
            }
        }
    }

    /**
     * From now on, until {@link #heal}, whoever calls across a cut hears at once that it does not
     * get through.
     */
    public void refuse() {
        refusing = true;
    }

    /**
     * From now on what is sent across a cut is not lost, but arrives in the seconds after {@link #heal}: as
     * over a connection that goes on sending until it gets through, whoever has given up meanwhile.
     */
    public void resend() {
        resends = true;
    }

    /** Ends every cut. */
    public void heal() {
        cuts.clear();
        refusing = false;
        unsent.forEach(message -> simulation.after(resending.nextLong(RESENT_WITHIN), message));
        unsent.clear();
    }

    boolean refuses(Endpoint from, Endpoint to) {
        return refusing && isCut(from, to);
    }

    public boolean isCut(Endpoint from, Endpoint to) {
        return !cuts.isEmpty() && cuts.contains(new Link(from, to));
    }

    /** Keeps back what goes to a process until {@link #release}. */
    public void hold(Endpoint to) {
        held.add(to);
    }

    /** Lets go all that was kept back, in random order. */
    public void release() {
        held.clear();
        List<Runnable> all = new ArrayList<>(waiting);
        waiting.clear();
        while (!all.isEmpty()) {
            Runnable message = all.remove(random.nextInt(all.size()));
            simulation.after(random.nextInt(1000), message);
        }
    }

    /**
     * Sends one message.
     *
     * @return when it will arrive; -1: it never will, or nobody can tell yet
     */
    long send(Endpoint from, Endpoint to, Runnable arrival) {
        sent++;
        if (resends && isCut(from, to)) {
            unsent.add(arrival);
            return -1;
        }
        if (isCut(from, to) || quality.loss > 0 && random.nextDouble() < quality.loss) {
            return -1;
        }
        if (held.contains(to)) {
            waiting.add(arrival);
            return -1;
        }
        long delay = quality.delay.draw(random);
        simulation.after(delay, arrival);
        if (quality.duplicates > 0 && random.nextDouble() < quality.duplicates) {
            simulation.after(delay + quality.delay.draw(random), arrival);
        }
        return simulation.now() + delay;
    }
}
