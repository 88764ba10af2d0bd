package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The same deed on many files: many small ones at once, but no more in memory than for a few large ones. */
final class AtOnce {
    static final int MOST = 32;
    private static final int LARGE = 8 << 20; // what a transfer has in memory at most, but for a long line
    private static final int ROOM = 24 << 20;

    private AtOnce() {}

    /** The results in the order of the files. */
    static <T, R> List<R> each(Collection<T> files, int atOnce, ToLongFunction<T> size, Function<T, R> deed) {
        ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, Math.min(atOnce, files.size())));
        Semaphore room = new Semaphore(ROOM);
        try {
            List<Future<R>> futures = new ArrayList<>();
            for (T file : files) {
                int share = (int) Math.max(1, Math.min(size.applyAsLong(file), LARGE));
                futures.add(pool.submit(() -> {
                    room.acquire(share);
                    try {
                        return deed.apply(file);
                    } finally {
                        room.release(share);
                    }
                }));
            }
            List<R> results = new ArrayList<>();
            for (Future<R> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (ExecutionException | InterruptedException e) {
            throw new ChordException(ErrorCode.INTERNAL, "unexpected: " + e, "run again with -v", e);
        } finally {
            pool.shutdownNow();
        }
    }
}
