package dev.chord.node.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Group commit of names: whoever comes while directories are being synced waits, and all who wait are served
 * by one round. On a journaling file system the first directory of a round carries the journal's commit for
 * all of them.
 */
final class DirectorySyncs {
    private final StoreIo io;
    private Round next = new Round();
    private boolean running;

    /** Those who wait for the same round. */
    private static final class Round {
        private final Set<Path> directories = new LinkedHashSet<>();
        private Optional<IOException> failure = Optional.empty();
        private boolean done;
    }

    DirectorySyncs(StoreIo io) {
        this.io = io;
    }

    /** Returns once every name that is in the directory now is durable. */
    void sync(Path directory) throws IOException {
        Round mine;
        synchronized (this) {
            mine = next;
            mine.directories.add(directory);
            while (running && !mine.done) {
                await();
            }
            if (mine.done) {
                rethrow(mine);
                return;
            }
            running = true;
            next = new Round();
        }
        try {
            for (Path waiting : mine.directories) {
                io.syncDirectory(waiting);
            }
        } catch (IOException e) {
            mine.failure = Optional.of(e);
        } finally {
            synchronized (this) {
                mine.done = true;
                running = false;
                notifyAll();
            }
        }
        rethrow(mine);
    }

    private void await() throws IOException {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the disk", e);
        }
    }

    private static void rethrow(Round round) throws IOException {
        if (round.failure.isPresent()) {
            throw new IOException("a directory could not be synced", round.failure.get());
        }
    }
}
