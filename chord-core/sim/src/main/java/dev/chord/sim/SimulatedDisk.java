package dev.chord.sim;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What a process keeps on its disk, through all its lives. Batches are durable a while after they were given, in that order, each as a
 * whole; a crash loses those that are not, but for any number of the first of them. What is read is what is durable.
 */
public final class SimulatedDisk {
    private static final int PAGE = 3;

    private final Simulation simulation;
    private final Delay delay;
    private final SplittableRandom random;
    private final NavigableMap<Identifier, Record> records = new TreeMap<>();
    private final Map<Identifier, Long> positions = new TreeMap<>();
    private final Map<Long, Record> conflicts = new TreeMap<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private RecordDisk.Claims claims = RecordDisk.Claims.NONE;
    private long epoch;
    private long position;
    private long lastDurable;
    private long incarnation;
    private long lives;
    private long births;

    private record Waiting(RecordDisk.Batch batch, Consumer<RecordDisk.Durability> then) {}

    SimulatedDisk(Simulation simulation, Delay delay, String name) {
        this.simulation = simulation;
        this.delay = delay;
        this.random = simulation.stream("store " + name);
    }

    // ---- what is there

    /** What is under a key. */
    public Optional<Record> get(Identifier key) {
        return Optional.ofNullable(records.get(key));
    }

    public NavigableMap<Identifier, Record> all() {
        return records;
    }

    /** Records that lost to a version that did not know of them, as noticed here: each written on the other side of a cut. */
    public List<Record> conflicts() {
        return List.copyOf(conflicts.values());
    }

    RecordDisk.Claims claims() {
        return claims;
    }

    /** The highest epoch that this disk tells of. */
    public long epoch() {
        return epoch;
    }

    /** As if a process had written this. */
    public void put(RecordDisk.Batch batch) {
        for (Record record : batch.records()) {
            Optional<Record> old = get(record.key());
            old.flatMap(o -> Record.unknownLoser(o, record))
                    .ifPresent(loser -> conflicts.put(loser.operations().get(0), loser));
            if (record.replaces(old)) {
                records.put(record.key(), record);
                positions.put(record.key(), ++position);
                epoch = Math.max(epoch, record.version().epoch());
            }
        }
        batch.claims().ifPresent(now -> claims = now);
        epoch = Math.max(epoch, batch.epoch());
        for (Record.Digest digest : batch.drops()) {
            Identifier key = digest.id().place().key();
            if (get(key).filter(r -> r.version().equals(digest.version())).isPresent()) {
                records.remove(key);
                positions.remove(key);
            }
        }
    }

    // ---- lives

    /** A number greater than in every life before. */
    long nextIncarnation() {
        return ++incarnation;
    }

    /** Another number for each process that works with this disk. */
    long nextLife() {
        return ++lives;
    }

    /** The process died: of what was not durable, some may be lost. */
    void crash() {
        lives++; // whoever waits for the disk is gone
        int survive = random.nextInt(waiting.size() + 1);
        waiting.stream().limit(survive).forEach(w -> put(w.batch));
        waiting.clear();
    }

    /** The disk was replaced by an empty one. */
    void wipe() {
        waiting.clear();
        records.clear();
        positions.clear();
        claims = RecordDisk.Claims.NONE;
        epoch = 0;
        births++;
    }

    /** How often it was replaced: one with an empty disk is not the process that promised anything. */
    long births() {
        return births;
    }

    /**
     * The disk as one life of a process sees it.
     *
     * @param process runs what it is told as long as it lives
     */
    RecordDisk open(Consumer<Runnable> process) {
        return new Life(process);
    }

    private final class Life implements RecordDisk {
        private final Consumer<Runnable> process;
        private final long life = lives;

        Life(Consumer<Runnable> process) {
            this.process = process;
        }

        @Override
        public void persist(Batch batch, Consumer<Durability> then) {
            long at = Math.max(lastDurable, simulation.now() + delay.draw(random));
            lastDurable = at;
            waiting.add(new Waiting(batch, then));
            simulation.after(at - simulation.now(), () -> {
                if (life == lives) {
                    Waiting first = waiting.remove();
                    put(first.batch);
                    process.accept(() -> first.then.accept(Durability.DURABLE));
                }
            });
        }

        // Half of what is read is in memory.
        private void read(Runnable look) {
            if (random.nextBoolean()) {
                look.run();
            } else {
                simulation.after(delay.draw(random), () -> {
                    if (life == lives) {
                        process.accept(look);
                    }
                });
            }
        }

        @Override
        public void read(Collection<Record.Place> places, Consumer<Optional<List<Shelf>>> then) {
            read(() -> then.accept(
                    Optional.of(places.stream().map(SimulatedDisk.this::shelf).toList())));
        }

        @Override
        public void changes(Arc arc, long since, Consumer<Optional<Page>> then) {
            read(() -> then.accept(Optional.of(page(arc, since))));
        }

        @Override
        public void after(Optional<Identifier> key, Consumer<Optional<List<Record>>> then) {
            read(() -> {
                Map<Identifier, Record> rest =
                        key.map(k -> records.tailMap(k, false)).orElse(records);
                then.accept(Optional.of(rest.values().stream().limit(PAGE).toList()));
            });
        }

        @Override
        public void fingerprints(Arc arc, Consumer<Optional<Fingerprints>> then) {
            read(() -> {
                Fingerprints prints = new Fingerprints();
                within(arc::contains).forEach(r -> prints.add(r.key(), r.id().print(r.version())));
                then.accept(Optional.of(prints));
            });
        }
    }

    private RecordDisk.Shelf shelf(Record.Place place) {
        List<Record> here =
                get(place.key()).filter(r -> r.kind() == place.kind()).stream().toList();
        return here.isEmpty()
                ? new RecordDisk.Shelf(here, Map.of())
                : new RecordDisk.Shelf(
                        here, Map.of(here.get(0).label(), here.get(0).version()));
    }

    private List<Record> within(Predicate<Identifier> keys) {
        return records.values().stream().filter(r -> keys.test(r.key())).toList();
    }

    private long position(Identifier key) {
        return positions.getOrDefault(key, 0L);
    }

    private RecordDisk.Page page(Arc arc, long since) {
        List<Record> changed = within(key -> arc.contains(key) && position(key) > since).stream()
                .sorted(Comparator.comparing(r -> position(r.key())))
                .limit(PAGE)
                .toList();
        List<Record> page = new ArrayList<>(changed);
        long last = page.isEmpty() ? since : position(page.get(page.size() - 1).key());
        return new RecordDisk.Page(page, last);
    }
}
