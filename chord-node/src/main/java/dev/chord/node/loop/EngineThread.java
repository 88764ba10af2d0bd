package dev.chord.node.loop;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The one thread on which an engine lives, and its alarm clock. Others hand things over to it; none of them
 * waits for a lock.
 */
public final class EngineThread implements Executor, AutoCloseable {
    private static final int MAILBOX = 8192;

    private final Consumer<Throwable> faults;
    private final ThreadPoolExecutor thread;
    private final ScheduledExecutorService timer;

    /** @param faults told of whatever is thrown there; the thread goes on */
    public EngineThread(String name, Consumer<Throwable> faults) {
        this.faults = faults;
        this.thread = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), DaemonThreads.named(name));
        this.timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.named(name + "-timer"));
    }

    /**
     * Does something there soon.
     *
     * @throws ChordException UNFINISHED at once if too much is waiting, or the node is stopping
     */
    public void hand(Runnable what) {
        if (thread.getQueue().size() >= MAILBOX || !accepts(what)) {
            throw new ChordException(ErrorCode.UNFINISHED, "this node is too busy, or stopping", "try again");
        }
    }

    /** The same with an answer: completed there, or exceptionally if it cannot be done. */
    public <T> CompletableFuture<T> call(Consumer<Consumer<T>> what) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            hand(() -> {
                try {
                    what.accept(answer::complete);
                } catch (RuntimeException | Error e) {
                    answer.completeExceptionally(e);
                    throw e;
                }
            });
        } catch (ChordException e) {
            answer.completeExceptionally(e);
        }
        return answer;
    }

    /** What an engine waits for must not be lost: it is taken however much is waiting. */
    @Override
    public void execute(Runnable what) {
        if (!accepts(what)) {
            throw new RejectedExecutionException("stopping");
        }
    }

    /** The same; tells whether it will be done, which it is unless the node stops. */
    public boolean accepts(Runnable what) {
        try {
            thread.execute(() -> guarded(what));
            return true;
        } catch (RejectedExecutionException e) {
            return false; // closed
        }
    }

    /** Does something there after a while, in microseconds. */
    public void after(long delay, Runnable what) {
        try {
            timer.schedule(() -> accepts(what), delay, TimeUnit.MICROSECONDS);
        } catch (RejectedExecutionException e) {
            return; // stopping: nobody waits for it any more
        }
    }

    /** Does something now, on the thread that calls; what it throws is told like all else. */
    public void guarded(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException | Error e) {
            faults.accept(e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        thread.shutdownNow();
    }
}
