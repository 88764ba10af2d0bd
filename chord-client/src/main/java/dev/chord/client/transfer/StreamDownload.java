package dev.chord.client.transfer;

import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Drives a transfer whose target takes chunks when it likes: a turn whenever something has happened, on
 * some worker, and no thread in between. While nothing but the target is waited for nothing runs.
 */
final class StreamDownload {
    private static final long TICK_MILLIS = 20;

    private final Fetching fetching;
    private final Executor turns;
    private final Executor workers;
    private final ScheduledExecutorService clock;
    private final Consumer<Fetching> afterwards;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final AtomicBoolean ticking = new AtomicBoolean();
    private volatile boolean over;
    private volatile End end = failure -> {};

    /** Told once how it ended. */
    interface End {
        /** @param failure null: everything has been handed on */
        void ended(@org.jspecify.annotations.Nullable Throwable failure);
    }

    /** @param afterwards done on a worker when all has been handed on, and waited for by nobody */
    StreamDownload(Fetching fetching, Executor workers, ScheduledExecutorService clock, Consumer<Fetching> afterwards) {
        this.fetching = fetching;
        this.workers = workers;
        this.turns = MoreExecutors.newSequentialExecutor(workers);
        this.clock = clock;
        this.afterwards = afterwards;
        fetching.onEvent(this::wake);
    }

    void onEnd(End told) {
        end = told;
    }

    /** Something has happened: the target takes more, or a call is over. From any thread; returns at once. */
    void wake() {
        if (!over && wanted.compareAndSet(false, true)) {
            try {
                turns.execute(this::turn);
            } catch (RejectedExecutionException e) {
                finish(Downloader.closed(e));
            }
        }
    }

    /** Nobody wants the rest. */
    void cancel() {
        try {
            turns.execute(() -> finish(new ChordException(ErrorCode.UNFINISHED, "cancelled", "")));
        } catch (RejectedExecutionException e) {
            over = true;
        }
    }

    // In turn, on a worker.
    private void turn() {
        wanted.set(false);
        if (over) {
            return;
        }
        try {
            if (!fetching.turn()) {
                finish(null);
            } else if (fetching.waits() && ticking.compareAndSet(false, true)) {
                clock.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (UncheckedIOException e) {
            finish(e.getCause());
        } catch (RejectedExecutionException e) {
            finish(Downloader.closed(e));
        } catch (IOException | RuntimeException e) {
            finish(e);
        }
    }

    private void tick() {
        ticking.set(false);
        wake();
    }

    private void finish(@org.jspecify.annotations.Nullable Throwable failure) {
        if (over) {
            return;
        }
        over = true;
        fetching.stop();
        end.ended(failure);
        if (failure == null) {
            try {
                workers.execute(() -> afterwards.accept(fetching));
            } catch (RejectedExecutionException e) {
                // the sources' own count stays as it is: the bytes were verified all the same
            }
        }
    }
}
