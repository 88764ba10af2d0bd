package dev.chord.sim.burn;

import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.RingSettings;
import dev.chord.sim.Delay;
import dev.chord.sim.SimulatedNetwork.Quality;
import dev.chord.sim.Simulation;
import dev.chord.sim.SimulationSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What will be done to a ring, drawn from a seed: how large it is, how bad the network, and which faults and operations
 * come when. Each seed switches kinds of faults on and off as well (swarm testing, Groce et al., ISSTA 2012), because a run
 * with every kind of fault hides what only a few kinds together show.
 *
 * @param hosts places for processes, of which the first few are there from the beginning
 */
public record BurnPlan(
        long seed, int hosts, int initial, int vnodes, SimulationSettings settings, List<Happening> events) {
    /** One thing that is done. */
    public record Happening(long time, Deed deed, long choice) {
        @Override
        public String toString() {
            return String.format("%.3f s %s (%d)", time / (double) Simulation.SECOND, deed, choice);
        }
    }

    /** Kinds of things that are done. */
    public enum Deed {
        READ(false),
        WRITE(false),
        DELETE(false),
        COMPARE_AND_SET(false),
        PUT_BLOCK(false),
        /** kill -9 */
        CRASH(false),
        RESTART(false),
        /** A crash, and an empty disk instead of the old one. */
        LOSE_DISK(false),
        /** Every process is killed at the same moment; all come back at once, with what their disks had. */
        BLACKOUT(true),
        JOIN(false),
        LEAVE(false),
        /** SIGSTOP */
        PAUSE(true),
        RESUME(false),
        PARTITION(true),
        CUT_ONE_WAY(true),
        HEAL(false),
        HOLD(true),
        RELEASE(false);

        private final boolean misleads;

        Deed(boolean misleads) {
            this.misleads = misleads;
        }

        /** Whether it makes a live process look dead, or ends that. */
        boolean disturbs() {
            return misleads || this == HEAL || this == RELEASE || this == RESUME;
        }
    }

    /** How long, and how large at most. */
    public record Size(int nodes, long seconds) {
        public static final Size DEFAULT = new Size(9, 300);
    }

    /** Identifiers are small, so that traces can be read. */
    static final IdentifierCircle CIRCLE = new IdentifierCircle(12);

    private static final long MILLI = Simulation.MILLISECOND;

    /** The plan of a seed. */
    public static BurnPlan draw(long seed, Size size) {
        SplittableRandom random = new SplittableRandom(seed ^ 0x6275726EL);
        int initial = 3 + random.nextInt(Math.max(1, size.nodes() - 3));
        int hosts = initial + 1 + random.nextInt(3);
        int vnodes = random.nextInt(4) == 0 ? 2 : 1;
        long stabilize = (150 + random.nextInt(400)) * MILLI;
        Delay delay = random.nextBoolean()
                ? Delay.uniform(MILLI / 2, (1 + random.nextInt(40)) * MILLI)
                : Delay.exponential((1 + random.nextInt(25)) * MILLI);
        boolean lossy = random.nextInt(3) == 0;
        double loss = lossy ? random.nextDouble() * 0.03 : 0;
        double duplicates = random.nextInt(3) == 0 ? random.nextDouble() * 0.1 : 0;
        RingSettings ring = new RingSettings(CIRCLE, 3 + random.nextInt(5), 3, 2, 1 + random.nextInt(3));
        boolean oneHop = (seed & 3) == 3;
        SimulationSettings settings = new SimulationSettings(
                oneHop ? ring.withOneHop() : ring,
                SimulationSettings.SimulatedTimers.every(stabilize, 1000 * MILLI),
                new Quality(delay, loss, duplicates),
                random.nextBoolean(),
                Delay.uniform(0, random.nextInt(30) * MILLI));
        List<Happening> events = new ArrayList<>();
        operations(random, size, events);
        faults(random, size, events);
        events.sort(Comparator.comparingLong(Happening::time));
        return new BurnPlan(seed, hosts, initial, vnodes, settings, List.copyOf(events));
    }

    private static void operations(SplittableRandom random, Size size, List<Happening> events) {
        long gap = (200 + random.nextInt(1800)) * MILLI;
        Deed[] kinds = {
            Deed.READ, Deed.READ, Deed.READ, Deed.WRITE, Deed.WRITE, Deed.COMPARE_AND_SET, Deed.DELETE, Deed.PUT_BLOCK
        };
        long time = 15 * Simulation.SECOND;
        while (time < size.seconds() * Simulation.SECOND) {
            int burst = random.nextInt(8) == 0 ? 4 : 1;
            for (int i = 0; i < burst; i++) {
                events.add(new Happening(
                        time + random.nextLong(20 * MILLI),
                        kinds[random.nextInt(kinds.length)],
                        random.nextLong(1L << 40)));
            }
            time += Delay.exponential(gap).draw(random) + 1;
        }
    }

    private static void faults(SplittableRandom random, Size size, List<Happening> events) {
        boolean misleading = random.nextBoolean();
        List<Deed> kinds = new ArrayList<>();
        for (Deed deed : List.of(Deed.CRASH, Deed.LOSE_DISK, Deed.JOIN, Deed.LEAVE)) {
            if (random.nextInt(3) != 0) {
                kinds.add(deed);
            }
        }
        for (Deed deed : List.of(Deed.PAUSE, Deed.PARTITION, Deed.CUT_ONE_WAY, Deed.HOLD, Deed.BLACKOUT)) {
            if (misleading && random.nextBoolean()) {
                kinds.add(deed);
            }
        }
        if (kinds.isEmpty()) {
            kinds.add(Deed.CRASH);
        }
        long gap = (4 + random.nextInt(25)) * Simulation.SECOND;
        long time = 20 * Simulation.SECOND;
        while (time < (size.seconds() - 10) * Simulation.SECOND) {
            Deed deed = kinds.get(random.nextInt(kinds.size()));
            events.add(new Happening(time, deed, random.nextLong(1L << 40)));
            if (deed == Deed.CRASH || deed == Deed.LOSE_DISK || deed == Deed.BLACKOUT) {
                underWay(random, time, events);
            }
            Deed end = endOf(deed);
            if (end != deed) {
                long lasts = (200 + random.nextInt(12_000)) * MILLI;
                events.add(new Happening(time + lasts, end, random.nextLong(1L << 40)));
            }
            time += Delay.exponential(gap).draw(random) + 1;
        }
    }

    // Operations that are under way when a process dies, and what is seen of them afterwards.
    private static void underWay(SplittableRandom random, long crash, List<Happening> events) {
        long name = random.nextLong(1L << 40) / 64 * 64;
        for (int i = 0; i < 10; i++) {
            Deed deed = i % 2 == 0 ? Deed.WRITE : Deed.READ;
            long before = crash - random.nextLong(60 * MILLI);
            events.add(new Happening(before, deed, i < 6 ? name + random.nextInt(64) : random.nextLong(1L << 40)));
        }
        for (int i = 1; i <= 6; i++) {
            long after = crash + i * (300 + random.nextInt(1500)) * MILLI;
            Deed deed = i % 3 == 0 ? Deed.WRITE : Deed.READ;
            events.add(new Happening(after, deed, name + random.nextInt(64)));
        }
    }

    private static Deed endOf(Deed deed) {
        return switch (deed) {
            case CRASH, LOSE_DISK -> Deed.RESTART;
            case PAUSE -> Deed.RESUME;
            case PARTITION, CUT_ONE_WAY -> Deed.HEAL;
            case HOLD -> Deed.RELEASE;
            default -> deed;
        };
    }

    /** The same in a world in which the holders of an arc agree on who they are. */
    public BurnPlan withQuorum() {
        return new BurnPlan(seed, hosts, initial, vnodes, settings.withQuorum(), events);
    }

    /** The same world with fewer events. */
    public BurnPlan with(List<Happening> fewer) {
        return new BurnPlan(seed, hosts, initial, vnodes, settings, List.copyOf(fewer));
    }
}
