package dev.chord.node.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;

/** Everything a node keeps on disk. */
public final class NodeStore implements AutoCloseable {
    private final Database database;
    private final BlockStore blocks;
    private final RecordStore records;
    private final SharedFileStore shared;
    private final Notebook notebook;

    public NodeStore(Path root, double reserve, Clock clock) throws IOException {
        List<String> schema = Stream.of(RecordStore.SCHEMA, SharedFileStore.SCHEMA, Notebook.SCHEMA)
                .flatMap(List::stream)
                .toList();
        blocks = new BlockStore(root, reserve);
        database = new Database(root.resolve("records.db"), schema);
        records = new RecordStore(database, clock);
        shared = new SharedFileStore(database);
        notebook = new Notebook(database);
    }

    public BlockStore blocks() {
        return blocks;
    }

    public RecordStore records() {
        return records;
    }

    public SharedFileStore shared() {
        return shared;
    }

    public Notebook notebook() {
        return notebook;
    }

    @Override
    public void close() {
        database.close();
    }
}
