package dev.chord.sim;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a process keeps on its disk, through all its lives. Batches are durable a while after they were given,
 * in that order, each as a whole; a crash loses those that are not, but for any number of the first of them.
 * What is read is what is durable. A disk can be slow, stall, be full, fail, not be readable, lose what it
 * has or go back to what it had.
 */
public final class SimulatedDisk {
    private static final int PAGE = 3;
    private static final Delay NO_MORE = Delay.fixed(0);

    private final Simulation simulation;
    private final Delay delay;
    private final LongSupplier timeOfDay;
    private final SplittableRandom random;
    private final Map<Long, Record> conflicts = new TreeMap<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final Deque<Runnable> reading = new ArrayDeque<>();
    private final List<Loose> loose = new ArrayList<>();
    private Consumer<Record> witness = record -> {};
    private DiskContents contents = new DiskContents(0);
    private Delay more = NO_MORE;
    private boolean stalled;
    private boolean full;
    private boolean unreadable;
    private boolean failing;
    private boolean failed;
    private Optional<RecordDisk.Batch> unsure = Optional.empty();
    private long lastDurable;
    private long lives;
    private long replaced;

    private record Waiting(RecordDisk.Batch batch, long ready, Consumer<RecordDisk.Durability> then) {}

    /** A change of a file, which waits for no other. */
    private static final class Loose {
        private final Runnable change;
        private final Consumer<RecordDisk.Durability> then;
        private boolean ready;

        Loose(Runnable change, Consumer<RecordDisk.Durability> then) {
            this.change = change;
            this.then = then;
        }
    }

    SimulatedDisk(Simulation simulation, Delay delay, String name) {
        this(simulation, delay, name, () -> 0);
    }

    /** @param timeOfDay of its machine, by which leases of records end */
    SimulatedDisk(Simulation simulation, Delay delay, String name, LongSupplier timeOfDay) {
        this.simulation = simulation;
        this.delay = delay;
        this.timeOfDay = timeOfDay;
        this.random = simulation.stream("store " + name);
    }

    /** Is told each record that is kept here from now on. */
    void watch(Consumer<Record> by) {
        witness = by;
    }

    // ---- what is there

    /** What is under a key. */
    public Optional<Record> get(Identifier key) {
        return contents.get(key);
    }

    public NavigableMap<Identifier, Record> all() {
        return contents.all();
    }

    /**
     * Records that lost to a version that did not know of them, as noticed here: each written on the other
     * side of a cut.
     */
    public List<Record> conflicts() {
        return List.copyOf(conflicts.values());
    }

    /** The blocks here, in the order of their digests. */
    public Set<Identifier> blocks() {
        return contents.blocks().files().keySet();
    }

    RecordDisk.Claims claims() {
        return contents.claims();
    }

    /** The highest epoch that this disk tells of. */
    public long epoch() {
        return contents.epoch();
    }

    /** What a process reads that lies here under a key; empty: it cannot be read. */
    public void read(Record.Place place, Consumer<Runnable> process, Consumer<Optional<List<Record>>> then) {
        open(process)
                .read(
                        List.of(place),
                        found -> then.accept(found.map(shelves -> shelves.get(0).live())));
    }

    /** As if a process had written this. */
    public void put(RecordDisk.Batch batch) {
        for (Record record : batch.records()) {
            get(record.key())
                    .flatMap(old -> Record.unknownLoser(old, record))
                    .ifPresent(loser -> conflicts.put(loser.operations().get(0), loser));
            if (contents.keep(record, timeOfDay.getAsLong())) {
                witness.accept(record);
            }
        }
        contents.save(batch);
    }

    // ---- lives

    /** A number greater than in every life before, as far as the disk tells. */
    long nextIncarnation() {
        return contents.nextIncarnation();
    }

    /** Another number for each process that works with this disk. */
    long nextLife() {
        return ++lives;
    }

    /** The process died: of what was not durable, some may be lost. */
    void crash() {
        lives++; // whoever waits for the disk is gone
        int survive = random.nextInt(waiting.size() + 1);
        if (failed) {
            unsure.filter(batch -> survive > waiting.size() / 2).ifPresent(this::put);
        } else if (!full) {
            waiting.stream().limit(survive).forEach(w -> put(w.batch));
        }
        if (!full) {
            loose.stream().filter(job -> random.nextBoolean()).forEach(job -> job.change.run());
        }
        loose.clear();
        waiting.clear();
        reading.clear();
        unsure = Optional.empty();
        failed = false;
        lastDurable = 0;
    }

    /** How often it was replaced: one with an empty disk is not the process that promised anything. */
    long births() {
        return contents.births();
    }

    // ---- what happens to it while no process works with it

    /** The disk was replaced by an empty one. */
    void wipe() {
        contents = new DiskContents(++replaced);
    }

    /** The database is gone, who the process was is not. */
    public void loseDatabase() {
        contents = contents.withoutDatabase();
    }

    /** A copy of all that is there now. */
    DiskContents contents() {
        return contents.copy();
    }

    /** It is as it was once, or as another one was. */
    void restore(DiskContents before) {
        contents = before.copy();
    }

    /** A byte of a record changes without a word. */
    public void corrupt(Record now) {
        contents.corrupt(now);
    }

    // ---- trouble that ends

    /** Everything takes so much longer. */
    public void slow(Delay by) {
        more = by;
    }

    /** Nothing is answered. */
    public void stall() {
        stalled = true;
    }

    /** Nothing is written. */
    public void fill() {
        full = true;
    }

    /** Nothing can be read but what is in memory. */
    public void hide() {
        unreadable = true;
    }

    /**
     * The next write fails, and it is not known what it did; after that nothing is written until the process
     * is started again.
     */
    public void fail() {
        failing = true;
    }

    /** Whether nothing written in this life any more. */
    public boolean failed() {
        return failed;
    }

    /** It is as it should be, but for what has failed. */
    public void recover() {
        more = NO_MORE;
        stalled = false;
        full = false;
        unreadable = false;
        failing = false;
        finish();
        while (!stalled && !reading.isEmpty()) {
            reading.remove().run();
        }
    }

    /** Whether all is as it should be. */
    public boolean well() {
        return more == NO_MORE && !stalled && !full && !unreadable && !failing && !failed;
    }

    private void finish() {
        while (!stalled && !waiting.isEmpty() && waiting.peek().ready <= simulation.now()) {
            Waiting first = waiting.remove();
            first.then.accept(write(first.batch));
        }
        for (Loose job : List.copyOf(loose)) {
            if (!stalled && job.ready && loose.remove(job)) {
                job.then.accept(change(job.change));
            }
        }
    }

    private RecordDisk.Durability change(Runnable change) {
        if (failing || failed) {
            failed = true;
            failing = false;
            return RecordDisk.Durability.UNKNOWN;
        }
        if (full) {
            return RecordDisk.Durability.NOT_DONE;
        }
        change.run();
        return RecordDisk.Durability.DURABLE;
    }

    private RecordDisk.Durability write(RecordDisk.Batch batch) {
        if (failing) {
            failing = false;
            failed = true;
            unsure = Optional.of(batch);
        }
        if (failed) {
            return RecordDisk.Durability.UNKNOWN;
        }
        if (full) {
            return RecordDisk.Durability.NOT_DONE;
        }
        put(batch);
        return RecordDisk.Durability.DURABLE;
    }

    /**
     * The disk as one life of a process sees it.
     *
     * @param process runs what it is told as long as it lives
     */
    RecordDisk open(Consumer<Runnable> process) {
        return new Life(process);
    }

    /** The same for its blocks. */
    SimulatedBlockDisk openBlocks(Consumer<Runnable> process) {
        return new SimulatedBlockDisk(new Life(process), () -> contents.blocks());
    }

    final class Life implements RecordDisk {
        private final Consumer<Runnable> process;
        private final long life = lives;

        Life(Consumer<Runnable> process) {
            this.process = process;
        }

        private long takes() {
            return delay.draw(random) + more.draw(random);
        }

        @Override
        public void persist(Batch batch, Consumer<Durability> then) {
            long at = Math.max(lastDurable, simulation.now() + takes());
            lastDurable = at;
            waiting.add(new Waiting(batch, at, done -> process.accept(() -> then.accept(done))));
            simulation.after(at - simulation.now(), SimulatedDisk.this::finish);
        }

        /** Changes a file; what a crash finds under way has happened or not. */
        void change(Runnable what, Consumer<Durability> then) {
            Loose job = new Loose(what, done -> process.accept(() -> then.accept(done)));
            loose.add(job);
            simulation.after(takes(), () -> {
                job.ready = true;
                finish();
            });
        }

        // Half of what is read is in memory.
        <T> void read(Supplier<T> look, Consumer<Optional<T>> then) {
            if (random.nextBoolean()) {
                then.accept(Optional.of(look.get()));
                return;
            }
            Runnable answer =
                    () -> process.accept(() -> then.accept(unreadable ? Optional.empty() : Optional.of(look.get())));
            simulation.after(takes(), () -> {
                if (life == lives && stalled) {
                    reading.add(answer);
                } else if (life == lives) {
                    answer.run();
                }
            });
        }

        @Override
        public void read(Collection<Record.Place> places, Consumer<Optional<List<Shelf>>> then) {
            List<Record.Place> order = List.copyOf(places);
            read(
                    () -> order.stream()
                            .map(place -> contents.shelf(place, timeOfDay.getAsLong()))
                            .toList(),
                    then);
        }

        @Override
        public void changes(Arc arc, long since, Consumer<Optional<Page>> then) {
            read(() -> contents.changes(arc::contains, since, PAGE, timeOfDay.getAsLong()), then);
        }

        @Override
        public void after(Optional<Identifier> key, Consumer<Optional<List<Record>>> then) {
            read(
                    () -> {
                        if (key.isEmpty()) {
                            contents.purge(timeOfDay.getAsLong());
                        }
                        return contents.after(key, PAGE, timeOfDay.getAsLong());
                    },
                    then);
        }

        @Override
        public void fingerprints(Arc arc, Consumer<Optional<Fingerprints>> then) {
            read(
                    () -> {
                        Fingerprints prints = new Fingerprints();
                        List<Record> here = new ArrayList<>(contents.within(arc::contains, timeOfDay.getAsLong()));
                        here.forEach(r -> prints.add(r.key(), r.id().print(r.version())));
                        return prints;
                    },
                    then);
        }
    }
}
