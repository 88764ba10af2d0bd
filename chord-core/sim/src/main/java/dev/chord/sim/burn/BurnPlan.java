package dev.chord.sim.burn;

import dev.chord.core.id.IdentifierCircle;
import dev.chord.sim.Simulation;
import dev.chord.sim.SimulationSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * What will be done to a ring, drawn from a seed: how large it is, how bad the network, and which faults and
 * operations come when. Each seed switches kinds of faults on and off as well (swarm testing, Groce et al.,
 * ISSTA 2012), because a run with every kind of fault hides what only a few kinds together show.
 *
 * @param strict invariants that are judged though today's rules do not hold them
 */
public record BurnPlan(
        long seed, World world, SimulationSettings settings, List<Happening> events, Set<String> strict) {
    /**
     * What there is.
     *
     * @param hosts places for processes, of which the first few are there from the beginning
     * @param names that are read and written
     */
    public record World(int hosts, int initial, int vnodes, int names) {}

    /** One thing that is done. */
    public record Happening(long time, Deed deed, long choice) {
        @Override
        public String toString() {
            return String.format("%.3f s %s (%d)", time / (double) Simulation.SECOND, deed, choice);
        }
    }

    /** How long, and how large at most. */
    public record Size(int nodes, long seconds) {
        public static final Size DEFAULT = new Size(9, 300);
    }

    /** Identifiers are small, so that traces can be read. */
    static final IdentifierCircle CIRCLE = new IdentifierCircle(12);

    /** The plan of a seed. */
    public static BurnPlan draw(long seed, Size size) {
        return new BurnDraw(seed, size).plan();
    }

    /** The same in a world in which the holders of an arc agree on who they are. */
    public BurnPlan withQuorum() {
        return new BurnPlan(seed, world, settings.withQuorum(), events, strict);
    }

    /** The same world with other events. */
    public BurnPlan with(List<Happening> others) {
        return new BurnPlan(seed, world, settings, List.copyOf(others), strict);
    }

    /** The same, and besides these are done, which today's rules may not survive. */
    public BurnPlan beyond(Set<Deed> deeds, Size size) {
        List<Happening> all = new ArrayList<>(events);
        all.addAll(new BurnDraw(seed, size).beyond(deeds));
        all.sort(Comparator.comparingLong(Happening::time));
        return with(all);
    }

    /** The same, and these invariants are judged as well, which today's rules do not hold. */
    public BurnPlan judging(Set<String> invariants) {
        return new BurnPlan(seed, world, settings, events, Set.copyOf(invariants));
    }
}
