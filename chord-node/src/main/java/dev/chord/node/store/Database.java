package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.Await;
import dev.chord.client.wire.DaemonThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The SQLite file of a node: WAL, synchronous FULL. One thread writes, and commits together whatever has
 * queued up meanwhile, so many writers share one fsync. Readers have a connection of their own, and so have
 * those who look through much, so that no list holds up the reading of a record.
 */
public final class Database implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Database.class);
    private static final int QUEUE = 4096;
    private static final int BATCH = 512;
    private static final Duration WRITE_LIMIT = Duration.ofSeconds(10);

    private final Connection writer;
    private final Connection reader;
    private final Connection scanner;
    private final BlockingQueue<Job<?>> queue = new LinkedBlockingQueue<>(QUEUE);
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean degraded;

    /** Work on a connection. */
    public interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private record Job<T>(Work<T> work, CompletableFuture<T> result) {
        Runnable run(Connection connection) throws SQLException {
            T value = work.on(connection);
            return () -> result.complete(value);
        }
    }

    /**
     * Opens or makes the file and checks it.
     *
     * @throws ChordException INTEGRITY if the file is damaged
     */
    public Database(Path file, List<String> schema) {
        SqliteLibrary.load(file.toAbsolutePath().resolveSibling(".").normalize());
        try {
            PrivateFiles.touch(file); // SQLite gives the files beside it the mode of this one
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        }
        try {
            writer = open(file);
            reader = open(file);
            scanner = open(file);
            check(file);
            try (Statement statement = writer.createStatement()) {
                for (String sql : schema) {
                    define(statement, sql);
                }
            }
            writer.setAutoCommit(false);
        } catch (SQLException e) {
            throw translate(e);
        }
        thread = DaemonThreads.named("chord-database").newThread(this::writeLoop);
        thread.start();
    }

    private static Connection open(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(10_000);
        return config.createConnection("jdbc:sqlite:" + file);
    }

    // SQLite adds a column to a table of an earlier version, but cannot be told to do so only if it is
    // not there.
    private static void define(Statement statement, String sql) throws SQLException {
        try {
            statement.executeUpdate(sql);
        } catch (SQLException e) {
            if (!String.valueOf(e.getMessage()).contains("duplicate column name")) {
                throw e;
            }
        }
    }

    private void check(Path file) throws SQLException {
        try (Statement statement = reader.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA quick_check(1)")) {
            if (!result.next() || !"ok".equals(result.getString(1))) {
                throw new ChordException(
                        ErrorCode.INTEGRITY,
                        "the database " + file + " is damaged: " + result.getString(1),
                        "move the data directory away and start anew: the ring has copies");
            }
        }
    }

    /**
     * Writes in the next common commit; the future completes when it is durable.
     *
     * @throws ChordException UNFINISHED at once if too much is queued; INTERNAL once the disk has failed
     */
    public <T> CompletableFuture<T> write(Work<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        if (degraded) {
            throw new ChordException(
                    ErrorCode.INTERNAL,
                    "the store refuses writes after a disk failure",
                    "check the disk, restart the node");
        }
        if (closed || !queue.offer(new Job<>(work, result))) {
            throw new ChordException(ErrorCode.UNFINISHED, "the store is busy", "try again");
        }
        return result;
    }

    /** For what is there in a moment. */
    public <T> T read(Work<T> work) {
        return read(reader, work);
    }

    /** The same for what may take long: it waits for others of its kind alone. */
    public <T> T scan(Work<T> work) {
        return read(scanner, work);
    }

    private static <T> T read(Connection on, Work<T> work) {
        synchronized (on) {
            try {
                return work.on(on);
            } catch (SQLException e) {
                throw translate(e);
            }
        }
    }

    private void writeLoop() {
        try {
            while (!closed) {
                List<Job<?>> batch = new ArrayList<>();
                batch.add(queue.take());
                queue.drainTo(batch, BATCH - 1);
                commit(batch);
            }
        } catch (InterruptedException e) {
            // closing; what is queued fails below
        }
        List<Job<?>> rest = new ArrayList<>();
        queue.drainTo(rest);
        rest.forEach(job -> fail(job, new ChordException(ErrorCode.UNFINISHED, "the node is stopping", "try again")));
    }

    private void commit(List<Job<?>> batch) {
        List<Runnable> completions = new ArrayList<>();
        try {
            for (Job<?> job : batch) {
                completions.add(job.run(writer));
            }
            writer.commit();
            completions.forEach(Runnable::run);
        } catch (SQLException | RuntimeException e) {
            rollback();
            ChordException why = e instanceof SQLException sql ? translate(sql) : internal(e);
            degraded |= e instanceof SQLiteException sqlite && diskFailed(sqlite);
            if (batch.size() == 1 || degraded) {
                batch.forEach(job -> fail(job, why)); // what a disk has once failed to write is not tried again
            } else {
                batch.forEach(job -> commit(List.of(job))); // so that one bad job fails alone
            }
        }
    }

    // A full disk is another matter: there is room again some time.
    private static boolean diskFailed(SQLiteException e) {
        return switch (e.getResultCode()) {
            case SQLITE_IOERR, SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE ->
                true;
            default -> false;
        };
    }

    /** Whether the disk has failed: then nothing is written any more until a restart. */
    public boolean degraded() {
        return degraded;
    }

    private void rollback() {
        try {
            writer.rollback();
        } catch (SQLException e) {
            log.error("rollback failed", e);
        }
    }

    private static void fail(Job<?> job, ChordException why) {
        job.result().completeExceptionally(why);
    }

    private static ChordException internal(Exception e) {
        return e instanceof ChordException chord
                ? chord
                : new ChordException(ErrorCode.INTERNAL, "writing a record failed: " + e, "this is a bug", e);
    }

    static ChordException translate(SQLException e) {
        boolean full = e instanceof SQLiteException sqlite && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
        return full
                ? new ChordException(ErrorCode.NO_SPACE, "the disk is full", "free space or add nodes", e)
                : new ChordException(ErrorCode.INTERNAL, "the database failed: " + e.getMessage(), "check the disk", e);
    }

    /** What was written, once it is durable. */
    static <T> T await(Future<T> written) {
        return Await.REAL.of(written, WRITE_LIMIT, "this node's disk");
    }

    private static void close(Connection reading) throws SQLException {
        synchronized (reading) {
            reading.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(5000);
            close(reader);
            close(scanner);
            writer.close();
        } catch (SQLException e) {
            log.warn("closing the database", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
