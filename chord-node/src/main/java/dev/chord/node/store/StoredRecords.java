package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RecordCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.RecordKind;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database as the disk of a record engine. The database's thread commits what many batches want together;
 * a thread of its own reads what is not in memory. All answers are given on the engine's thread.
 */
public final class StoredRecords implements RecordDisk, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoredRecords.class);
    private static final int PAGE = 500;

    private final Database database;
    private final RecordStore records;
    private final Executor engine;
    private final ExecutorService reader;

    StoredRecords(Database database, RecordStore records, Executor engine) {
        this.database = database;
        this.records = records;
        this.engine = engine;
        this.reader = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), DaemonThreads.named("chord-records-reader"));
    }

    @Override
    public void persist(Batch batch, Consumer<Durability> then) {
        List<dev.chord.proto.v1.Record> brought = RecordCodec.out(batch.records());
        Optional<byte[]> claims = batch.claims().map(c -> RecordCodec.out(c).toByteArray());
        try {
            database.write(connection -> {
                        records.keep(connection, brought);
                        if (claims.isPresent()) {
                            ClaimStore.save(connection, claims.get());
                        }
                        records.heardOf(connection, batch.epoch());
                        records.drop(connection, batch.drops());
                        return true;
                    })
                    .whenComplete((done, failure) -> {
                        if (failure == null) {
                            committed(batch, brought);
                        }
                        answer(() -> then.accept(failure == null ? Durability.DURABLE : durability(failure)));
                    });
        } catch (ChordException e) {
            answer(() -> then.accept(durability(e)));
        }
    }

    private void committed(Batch batch, List<dev.chord.proto.v1.Record> brought) {
        records.heard(batch.epoch());
        if (!brought.isEmpty()) {
            records.changed(brought);
        }
        if (!batch.drops().isEmpty()) {
            records.dropped();
        }
    }

    // A disk that has failed once may have taken what it was given last.
    private Durability durability(Throwable failure) {
        Throwable inner = failure instanceof CompletionException ? failure.getCause() : failure;
        Throwable cause = inner == null ? failure : inner;
        log.debug("the disk does not take a batch: {}", cause.getMessage());
        boolean refused = cause instanceof ChordException chord
                && (chord.code() == ErrorCode.NO_SPACE || chord.code() == ErrorCode.UNFINISHED);
        return refused ? Durability.NOT_DONE : Durability.UNKNOWN;
    }

    private void answer(Runnable what) {
        try {
            engine.execute(what);
        } catch (RejectedExecutionException e) {
            log.debug("stopping: nobody waits for the disk any more");
        }
    }

    // ---- reading

    private <T> void read(Supplier<T> work, Consumer<Optional<T>> then) {
        try {
            reader.execute(() -> {
                Optional<T> found = look(work);
                answer(() -> then.accept(found));
            });
        } catch (RejectedExecutionException e) {
            log.debug("stopping: nothing is read any more");
        }
    }

    private static <T> Optional<T> look(Supplier<T> work) {
        try {
            return Optional.of(work.get());
        } catch (ChordException | MalformedMessageException e) {
            log.warn("records cannot be read: {}", e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public void read(Collection<Record.Place> places, Consumer<Optional<List<Shelf>>> then) {
        List<Record.Place> order = List.copyOf(places);
        Optional<List<Shelf>> known = remembered(order);
        if (known.isPresent()) {
            then.accept(known);
        } else {
            read(() -> order.stream().map(this::shelf).toList(), then);
        }
    }

    // Only places all of whose records have no end are in memory: then none of them can have ended. Where
    // nothing is live something may be whose time has ended, and its version counts.
    private Optional<List<Shelf>> remembered(List<Record.Place> places) {
        Shelf[] shelves = new Shelf[places.size()];
        for (int i = 0; i < shelves.length; i++) {
            Record.Place place = places.get(i);
            Optional<List<dev.chord.proto.v1.Record>> here = records.remembered(place.key(), kind(place));
            if (here.isEmpty() || here.get().isEmpty()) {
                return Optional.empty();
            }
            shelves[i] = shelf(RecordCodec.in(here.get()), Map.of());
        }
        return Optional.of(List.of(shelves));
    }

    private Shelf shelf(Record.Place place) {
        Map<String, Version> versions = records.versions(place);
        return shelf(RecordCodec.in(records.read(place.key(), kind(place))), versions);
    }

    private static Shelf shelf(List<Record> live, Map<String, Version> all) {
        Map<String, Version> versions = new HashMap<>(all);
        live.forEach(r -> versions.put(r.label(), r.version()));
        return new Shelf(live, versions);
    }

    private static RecordKind kind(Record.Place place) {
        RecordKind kind = RecordKind.forNumber(place.kind());
        return kind == null ? RecordKind.UNRECOGNIZED : kind;
    }

    @Override
    public void changes(Arc arc, long since, Consumer<Optional<Page>> then) {
        read(
                () -> {
                    RecordStore.Page page = records.changes(arc, since, PAGE);
                    return new Page(RecordCodec.in(page.records()), page.position());
                },
                then);
    }

    @Override
    public void after(Optional<Identifier> key, Consumer<Optional<List<Record>>> then) {
        read(() -> RecordCodec.in(records.after(key, PAGE)), then);
    }

    @Override
    public void fingerprints(Arc arc, Consumer<Optional<Fingerprints>> then) {
        read(() -> records.fingerprints(arc), then);
    }

    @Override
    public void close() {
        reader.shutdownNow();
    }
}
