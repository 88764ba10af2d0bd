package dev.chord.node.share;

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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The same deed on many files: many small ones at once, but no more in memory than for a few large ones. */
public final class AtOnce {
    public static final int MOST = 128;
    private static final int LARGE = 8 << 20; // what a transfer has in memory at most, but for a long line
    private static final int ROOM = 24 << 20;

    private AtOnce() {}

    /** The results in the order of the files. */
    public static <T, R> List<R> each(Collection<T> files, int atOnce, ToLongFunction<T> size, Function<T, R> deed) {
        List<R> results = new ArrayList<>();
        each(files, atOnce, size, deed, results::add);
        return results;
    }

    /**
     * The same, told one by one as they come, in the order of the files, on the thread that calls.
     *
     * @param told if it throws, what has not begun is not begun any more
     */
    public static <T, R> void each(
            Collection<T> files, int atOnce, ToLongFunction<T> size, Function<T, R> deed, Consumer<R> told) {
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
            for (Future<R> future : futures) {
                told.accept(future.get());
            }
        } catch (ExecutionException | InterruptedException e) {
            if (e.getCause() instanceof ChordException chord) {
                throw chord;
            }
            throw new ChordException(ErrorCode.INTERNAL, "unexpected: " + e, "run again with -v", e);
        } finally {
            pool.shutdownNow();
        }
    }
}
