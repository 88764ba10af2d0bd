package dev.chord.node.store;

import dev.chord.client.wire.RecordChecks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Everything a node keeps on disk. */
public final class NodeStore implements AutoCloseable {
    static final List<String> SCHEMA = Stream.of(
                    RecordStore.SCHEMA,
                    Quarantine.SCHEMA,
                    ClaimStore.SCHEMA,
                    NameIndex.SCHEMA,
                    NameConflicts.SCHEMA,
                    SmallBlocks.SCHEMA,
                    BlockCopies.SCHEMA,
                    Condemned.SCHEMA,
                    SharedFileStore.SCHEMA,
                    Notebook.SCHEMA,
                    Uptime.SCHEMA)
            .flatMap(List::stream)
            .toList();

    private final Database database;
    private final BlockStore blocks;
    private final RecordStore records;
    private final Quarantine quarantine;
    private final ClaimStore claims;
    private final SharedFileStore shared;
    private final Notebook notebook;
    private final Uptime uptime;
    private final UploadStore uploads;

    public NodeStore(StoreIo io, Path root, StoreLimits limits, Clock clock) throws IOException {
        database = new Database(root.resolve("records.db"), SCHEMA);
        blocks = new BlockStore(io, root, database, limits);
        quarantine = new Quarantine(database);
        quarantine.fill();
        records = new RecordStore(database, clock, RecordChecks::isWhole);
        claims = new ClaimStore(database);
        shared = new SharedFileStore(database, blocks.room());
        notebook = new Notebook(database);
        uptime = new Uptime(database, clock);
        uploads = new UploadStore(blocks.room(), root.resolve("incoming"), clock);
    }

    public BlockStore blocks() {
        return blocks;
    }

    public RecordStore records() {
        return records;
    }

    /** Records that are on the disk and shown to nobody. */
    public Quarantine quarantine() {
        return quarantine;
    }

    /** What this node has promised. */
    public ClaimStore claims() {
        return claims;
    }

    /**
     * The records as the disk of an engine.
     *
     * @param engine the thread on which all is answered
     */
    public StoredRecords recordDisk(Executor engine) {
        return new StoredRecords(database, records, engine);
    }

    public SharedFileStore shared() {
        return shared;
    }

    public Notebook notebook() {
        return notebook;
    }

    public Uptime uptime() {
        return uptime;
    }

    /** What clients of this node send, on its way to the ring. */
    public UploadStore uploads() {
        return uploads;
    }

    /** Whether the disk has failed: then nothing is written any more until a restart. */
    public boolean degraded() {
        return blocks.degraded() || database.degraded();
    }

    @Override
    public void close() {
        uploads.close();
        notebook.flush().completeOnTimeout(false, 1, TimeUnit.SECONDS).join();
        database.close();
    }
}
