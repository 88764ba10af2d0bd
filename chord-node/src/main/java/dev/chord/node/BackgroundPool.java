package dev.chord.node;

import dev.chord.client.error.ChordException;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.node.telemetry.Refusals;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for work that nobody waits for, with a bound on what may be waiting; a failure ends that task
 * alone, is told once and then counted.
 */
final class BackgroundPool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BackgroundPool.class);
    private static final int QUEUE = 256;

    private final ExecutorService pool;
    private final Refusals refusals;

    BackgroundPool(int threads, String name, Refusals refusals) {
        this.refusals = refusals;
        pool = new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUE), DaemonThreads.named(name));
    }

    /** Runs a task soon; false: too much to do, or closed. */
    boolean accepts(Runnable task) {
        try {
            pool.execute(() -> run(task));
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (ChordException e) {
            log.debug("put off: {}", e.getMessage());
        } catch (RuntimeException e) {
            if (pool.isShutdown()) {
                log.debug("a background task ended with the node: {}", e.getMessage());
            } else {
                refusals.failed("a background task", e);
            }
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
