package dev.chord.sim.burn;

import dev.chord.core.ring.RingSettings;
import dev.chord.sim.Delay;
import dev.chord.sim.SimulatedNetwork.Quality;
import dev.chord.sim.Simulation;
import dev.chord.sim.SimulationSettings;
import dev.chord.sim.burn.BurnPlan.Happening;
import dev.chord.sim.burn.BurnPlan.Size;
import dev.chord.sim.burn.BurnPlan.World;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Draws a plan from a seed. */
final class BurnDraw {
    private static final long MILLI = Simulation.MILLISECOND;
    private static final long SECOND = Simulation.SECOND;
    private static final long CHOICES = 1L << 40;
    private static final int SIDES = 64; // of a choice of a name, what tells who asks for it

    private static final List<List<Deed>> LOADS = List.of(
            List.of(
                    Deed.READ,
                    Deed.READ,
                    Deed.READ,
                    Deed.WRITE,
                    Deed.WRITE,
                    Deed.COMPARE_AND_SET,
                    Deed.DELETE,
                    Deed.PUT_BLOCK),
            List.of(Deed.READ, Deed.WRITE, Deed.COMPARE_AND_SET, Deed.COMPARE_AND_SET, Deed.COMPARE_AND_SET),
            List.of(Deed.READ, Deed.WRITE, Deed.WRITE, Deed.WRITE, Deed.DELETE));

    private static final List<Deed> COMINGS = List.of(Deed.CRASH, Deed.LOSE_DISK, Deed.JOIN, Deed.LEAVE);
    private static final List<Deed> DISKS =
            List.of(Deed.SLOW_DISK, Deed.STALL_DISK, Deed.FULL_DISK, Deed.UNREADABLE_DISK, Deed.BROKEN_DISK);
    private static final List<Deed> MISLEADING = List.of(
            Deed.PAUSE,
            Deed.FREEZE_ALL,
            Deed.PARTITION,
            Deed.CUT_ONE_WAY,
            Deed.CUT_PAIRS,
            Deed.HOLD,
            Deed.BLACKOUT,
            Deed.CRASH_SEVERAL);

    private final long seed;
    private final Size size;
    private final SplittableRandom random;
    private final List<Happening> events = new ArrayList<>();

    BurnDraw(long seed, Size size) {
        this.seed = seed;
        this.size = size;
        this.random = new SplittableRandom(seed ^ 0x6275726EL);
    }

    BurnPlan plan() {
        int initial = 3 + random.nextInt(Math.max(1, size.nodes() - 3));
        int hosts = initial + 1 + random.nextInt(3);
        int vnodes = random.nextInt(4) == 0 ? 2 : 1;
        SimulationSettings settings = settings();
        int[] names = {2, 12, 12, 40};
        World world = new World(hosts, initial, vnodes, names[random.nextInt(names.length)]);
        List<Deed> load = LOADS.get(Math.max(0, random.nextInt(4) - 1));
        operations(load);
        faults(load);
        events.sort(Comparator.comparingLong(Happening::time));
        return new BurnPlan(seed, world, settings, List.copyOf(events), Set.of());
    }

    private SimulationSettings settings() {
        long stabilize = (150 + random.nextInt(400)) * MILLI;
        Delay delay = random.nextBoolean()
                ? Delay.uniform(MILLI / 2, (1 + random.nextInt(40)) * MILLI)
                : Delay.exponential((1 + random.nextInt(25)) * MILLI);
        boolean lossy = random.nextInt(3) == 0;
        double loss = lossy ? random.nextDouble() * 0.03 : 0;
        double duplicates = random.nextInt(3) == 0 ? random.nextDouble() * 0.1 : 0;
        RingSettings ring = new RingSettings(BurnPlan.CIRCLE, 3 + random.nextInt(5), 3, 2, 1 + random.nextInt(3));
        boolean oneHop = (seed & 3) == 3;
        return new SimulationSettings(
                oneHop ? ring.withOneHop() : ring,
                SimulationSettings.SimulatedTimers.every(stabilize, 1000 * MILLI),
                new Quality(delay, loss, duplicates),
                random.nextBoolean(),
                Delay.uniform(0, random.nextInt(30) * MILLI));
    }

    private void add(long time, Deed deed) {
        add(time, deed, random.nextLong(CHOICES));
    }

    private void add(long time, Deed deed, long choice) {
        events.add(new Happening(time, deed, choice));
    }

    private <T> T oneOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    // ---- operations

    private void operations(List<Deed> load) {
        long gap = (200 + random.nextInt(1800)) * MILLI;
        long time = 15 * SECOND;
        while (time < size.seconds() * SECOND) {
            int burst = random.nextInt(8) == 0 ? 4 : 1;
            for (int i = 0; i < burst; i++) {
                add(time + random.nextLong(20 * MILLI), oneOf(load));
            }
            time += Delay.exponential(gap).draw(random) + 1;
        }
    }

    // One name, whoever asks for it.
    private long name() {
        return random.nextLong(CHOICES) / SIDES * SIDES;
    }

    // Operations that are under way when a process dies, and what is seen of them afterwards.
    private void underWay(long crash) {
        long name = name();
        for (int i = 0; i < 10; i++) {
            Deed deed = i % 2 == 0 ? Deed.WRITE : Deed.READ;
            long before = crash - random.nextLong(60 * MILLI);
            add(before, deed, i < 6 ? name + random.nextInt(SIDES) : random.nextLong(CHOICES));
        }
        for (int i = 1; i <= 6; i++) {
            long after = crash + i * (300L + random.nextInt(1500)) * MILLI;
            add(after, i % 3 == 0 ? Deed.WRITE : Deed.READ, name + random.nextInt(SIDES));
        }
    }

    // One name, every few milliseconds, from everywhere.
    private void rush(long around, List<Deed> load) {
        long name = name();
        long gap = (1 + random.nextInt(6)) * MILLI;
        long time = around - random.nextLong(SECOND / 5);
        for (int i = 0; i < 100; i++) {
            add(time, oneOf(load), name + random.nextInt(SIDES));
            time += random.nextLong(2 * gap);
        }
    }

    // One name, from every side, as long as a cut lasts and a little longer.
    private void onEverySide(long from, long lasts, List<Deed> load) {
        long name = name();
        for (int i = 0; i < 20; i++) {
            add(from + random.nextLong(lasts + 3 * SECOND), oneOf(load), name + random.nextInt(SIDES));
        }
    }

    // ---- faults

    private List<Deed> kinds() {
        boolean misleading = random.nextBoolean();
        boolean disks = random.nextBoolean();
        List<Deed> kinds = new ArrayList<>();
        COMINGS.stream().filter(deed -> random.nextInt(3) != 0).forEach(kinds::add);
        MISLEADING.stream().filter(deed -> misleading && random.nextInt(5) < 2).forEach(kinds::add);
        DISKS.stream().filter(deed -> disks && random.nextInt(5) < 2).forEach(kinds::add);
        if (random.nextInt(3) == 0) {
            kinds.add(Deed.SET_CLOCK);
        }
        return kinds.isEmpty() ? List.of(Deed.CRASH) : kinds;
    }

    private long lasts() {
        boolean longer = random.nextInt(6) == 0;
        return (200 + random.nextInt(longer ? 40_000 : 12_000)) * MILLI;
    }

    private void faults(List<Deed> load) {
        List<Deed> kinds = kinds();
        int rushes = random.nextInt(3);
        long gap = (4 + random.nextInt(25)) * SECOND;
        long time = 20 * SECOND;
        while (time < (size.seconds() - 10) * SECOND) {
            Deed deed = oneOf(kinds);
            add(time, deed);
            long lasts = lasts();
            if (deed.end() != deed) {
                add(time + lasts, deed.end());
            }
            if (deed.end() == Deed.RESTART || deed == Deed.BLACKOUT || deed == Deed.CRASH_SEVERAL) {
                underWay(time);
            } else if (deed.end() == Deed.HEAL || deed.end() == Deed.DISKS_WELL) {
                onEverySide(time, lasts, load);
            }
            if (rushes > 0 && random.nextInt(3) == 0) {
                rushes--;
                rush(time, load);
            }
            time += Delay.exponential(gap).draw(random) + 1;
        }
    }

    /** Other faults, which do not change what else is drawn. */
    List<Happening> beyond(Set<Deed> deeds) {
        BurnDraw other = new BurnDraw(seed ^ 0x6265796F6EL, size);
        List<Deed> kinds = List.copyOf(new TreeSet<>(deeds));
        long time = 25 * SECOND;
        while (!kinds.isEmpty() && time < (size.seconds() - 10) * SECOND) {
            Deed deed = other.oneOf(kinds);
            if (deed.end() == Deed.RESTART) {
                time = other.forgets(time, deed);
            } else {
                other.add(time, deed);
                if (deed.end() != deed) {
                    other.add(time + other.lasts(), deed.end());
                }
            }
            time += (5 + other.random.nextInt(20)) * SECOND;
        }
        return other.events;
    }

    // While some are cut off one forgets what it was given and has promised since, and comes back on another
    // side of a cut. All the time somebody asks for one name.
    private long forgets(long time, Deed deed) {
        long first = 4 * SECOND + random.nextLong(6 * SECOND);
        long end = time + first + 6 * SECOND + random.nextLong(6 * SECOND);
        if (deed == Deed.ROLL_BACK_DISK) {
            add(time - random.nextLong(SECOND), Deed.BACKUP);
        }
        add(time, Deed.PARTITION);
        add(time + first, deed);
        add(time + first + 1, Deed.HEAL);
        add(time + first + 2, Deed.PARTITION);
        add(time + first + 3, deed.end());
        add(end, Deed.HEAL);
        long name = name();
        for (int i = 0; i < 60; i++) {
            Deed asked = i % 2 == 0 ? Deed.READ : Deed.WRITE;
            add(time + random.nextLong(end - time + 3 * SECOND), asked, name + random.nextInt(SIDES));
        }
        return end;
    }
}
