package dev.chord.sim.explore;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.sim.DiskContents;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The disk of an explored process: it answers reads at once and batches in their order, each when it is
 * told to.
 */
final class ExploredDisk implements RecordDisk {
    private static final int PAGE = 4;

    private final Consumer<Record> witness;
    private final Runnable asked;
    private final DiskContents contents = new DiskContents(0);
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    private record Waiting(Batch batch, Consumer<Durability> then) {}

    /**
     * @param witness is told each record that is kept
     * @param asked is told of each batch that waits from now on
     */
    ExploredDisk(Consumer<Record> witness, Runnable asked) {
        this.witness = witness;
        this.asked = asked;
    }

    DiskContents contents() {
        return contents;
    }

    boolean isIdle() {
        return waiting.isEmpty();
    }

    /** As if a process had written this. */
    void put(Batch batch) {
        for (Record record : batch.records()) {
            if (contents.keep(record, 0)) {
                witness.accept(record);
            }
        }
        contents.save(batch);
    }

    /** Does what has waited longest. */
    void finish() {
        Waiting first = waiting.poll();
        if (first != null) {
            put(first.batch);
            first.then.accept(Durability.DURABLE);
        }
    }

    /** Nobody works with it any more: all that it was asked for is done, or nothing. */
    void crash(boolean done) {
        if (done) {
            waiting.forEach(w -> put(w.batch));
        }
        waiting.clear();
    }

    @Override
    public void persist(Batch batch, Consumer<Durability> then) {
        waiting.add(new Waiting(batch, then));
        asked.run();
    }

    @Override
    public void read(Collection<Record.Place> places, Consumer<Optional<List<Shelf>>> then) {
        then.accept(Optional.of(places.stream().map(p -> contents.shelf(p, 0)).toList()));
    }

    @Override
    public void changes(Arc arc, long since, Consumer<Optional<Page>> then) {
        then.accept(Optional.of(contents.changes(arc::contains, since, PAGE, 0)));
    }

    @Override
    public void after(Optional<Identifier> key, Consumer<Optional<List<Record>>> then) {
        then.accept(Optional.of(contents.after(key, PAGE, 0)));
    }

    @Override
    public void fingerprints(Arc arc, Consumer<Optional<Fingerprints>> then) {
        Fingerprints prints = new Fingerprints();
        contents.within(arc::contains, 0).forEach(r -> prints.add(r.key(), r.id().print(r.version())));
        then.accept(Optional.of(prints));
    }
}
