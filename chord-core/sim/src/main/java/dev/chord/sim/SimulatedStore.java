package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Claim;
import dev.chord.core.placement.WriteWindow;
import dev.chord.core.version.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What a process keeps on its disk. A write is seen by the process at once and is durable a while later; a crash loses any
 * of the writes that are not durable yet, and not in order: so an older one may be gone and a newer one there.
 */
public final class SimulatedStore {
    /**
     * A record; a block is one that is never written again.
     *
     * @param value what the client wrote, different for every write
     * @param operations the numbers of the last writes that made it
     */
    public record Stored(Version version, long value, boolean deleted, List<Long> operations) {
        public Stored(Version version, long value, boolean deleted) {
            this(version, value, deleted, List.of());
        }
    }

    private record Write(Identifier key, Stored record) {}

    private final Simulation simulation;
    private final Delay disk;
    private final SplittableRandom random;
    private final Map<Identifier, Stored> seen = new TreeMap<>();
    private final Map<Identifier, Stored> durable = new TreeMap<>();
    private final List<Write> unsynced = new ArrayList<>();
    private long epoch;
    private long incarnation;
    private long crashes;
    private long lives;
    private long births;
    private ArcMap<Claim> claims = new ArcMap<>(Claim.NONE);
    private final Map<Identifier, Long> givenUp = new TreeMap<>();
    private final Map<Long, Stored> conflicts = new TreeMap<>();

    SimulatedStore(Simulation simulation, Delay disk, String name) {
        this.simulation = simulation;
        this.disk = disk;
        this.random = simulation.stream("store " + name);
    }

    public Optional<Stored> get(Identifier key) {
        return Optional.ofNullable(seen.get(key));
    }

    /** All keys, in order. */
    public List<Identifier> keys() {
        return new ArrayList<>(seen.keySet());
    }

    public Map<Identifier, Stored> all() {
        return seen;
    }

    /** Records that lost to a version that did not know of them, as noticed here: each written on the other side of a cut. */
    public List<Stored> conflicts() {
        return List.copyOf(conflicts.values());
    }

    private void noteConflict(Stored one, Stored other) {
        Stored winner = one.version().newerThan(other.version()) ? one : other;
        Stored loser = winner == one ? other : one;
        boolean same = winner.version().equals(loser.version()) || winner.deleted() && loser.deleted();
        if (!same && WriteWindow.isUnknown(loser.operations(), winner.operations())) {
            conflicts.put(loser.operations().get(0), loser);
        }
    }

    /** Keeps a record unless a newer one is kept already; tells once that is durable. */
    void merge(Identifier key, Stored record, Runnable whenDurable) {
        Stored old = seen.get(key);
        if (old != null) {
            noteConflict(old, record);
        }
        long life = crashes;
        if (old != null && !record.version().newerThan(old.version())) {
            boolean settled = old.equals(durable.get(key));
            simulation.after(settled ? 0 : disk.draw(random), () -> {
                if (life == crashes) {
                    whenDurable.run();
                }
            });
            return;
        }
        seen.put(key, record);
        Write write = new Write(key, record);
        unsynced.add(write);
        simulation.after(disk.draw(random), () -> {
            if (life == crashes) {
                unsynced.remove(write);
                persist(write);
                whenDurable.run();
            }
        });
    }

    private void persist(Write write) {
        Stored old = durable.get(write.key);
        if (old == null || write.record.version().newerThan(old.version())) {
            durable.put(write.key, write.record);
        }
    }

    /** Lets a record go, unless it has changed since. */
    void drop(Identifier key, Stored asKnown) {
        if (asKnown.equals(seen.get(key))) {
            seen.remove(key);
            durable.remove(key);
        }
    }

    /** The highest epoch of ownership this process has heard of. */
    long epoch() {
        return epoch;
    }

    /** Remembers, durably, that there is such an epoch. */
    void heardOf(long other) {
        epoch = Math.max(epoch, other);
    }

    /** A number greater than in every life before. */
    long nextIncarnation() {
        return ++incarnation;
    }

    /** Another number for each process that works with this disk. */
    long nextLife() {
        return ++lives;
    }

    /** The process died: of what was not durable, any part may be lost. */
    void crash() {
        crashes++; // whoever waits for the disk is gone
        unsynced.stream().filter(w -> random.nextBoolean()).forEach(this::persist);
        unsynced.clear();
        seen.clear();
        seen.putAll(durable);
    }

    /** The disk was replaced by an empty one. */
    void wipe() {
        unsynced.clear();
        seen.clear();
        durable.clear();
        epoch = 0;
        births++;
        claims = new ArcMap<>(Claim.NONE);
        givenUp.clear();
    }

    /** How often it was replaced: one with an empty disk is not the process that promised anything. */
    long births() {
        return births;
    }

    /** What was promised, and is known, of tenures; durable at once. */
    ArcMap<Claim> claims() {
        return claims;
    }

    /** The processes that are gone for good, each as a holder of tenures up to an epoch. */
    Map<Identifier, Long> givenUp() {
        return givenUp;
    }
}
