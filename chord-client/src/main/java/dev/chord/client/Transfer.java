package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.transfer.TransferControl;
import dev.chord.client.wire.DaemonThreads;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * A download under way. It can be paused, which ends its calls and keeps what has come, resumed, and
 * cancelled; begun again, in this process or another, it goes on where it was. Thread-safe.
 */
public final class Transfer {
    private static final long SAMPLE_NANOS = 500_000_000;
    private static final double NEWEST = 0.4;

    private final TransferControl control;
    private final CompletableFuture<Downloaded> result = new CompletableFuture<>();
    private long bytes;
    private long total;
    private long sampledBytes;
    private long sampledAt = System.nanoTime();
    private double rate;

    /** How a download stands. */
    public enum State {
        RUNNING,
        PAUSED,
        DONE,
        FAILED,
        CANCELLED
    }

    /**
     * A download at one moment.
     *
     * @param total 0: not known yet
     * @param bytesPerSecond lately
     * @param left how long it takes at that rate; empty: who knows
     * @param waitingFor what it waits for; empty: nothing
     */
    public record Status(
            State state, long bytes, long total, long bytesPerSecond, Optional<Duration> left, String waitingFor) {}

    Transfer(TransferControl control) {
        this.control = control;
    }

    /** Lets {@code work} run in a thread of its own; it is given where to tell how far it is. */
    void start(Function<Progress, Downloaded> work, Progress listener) {
        DaemonThreads.named("chord-download")
                .newThread(() -> {
                    try {
                        result.complete(work.apply((done, all) -> {
                            moved(done, all);
                            listener.moved(done, all);
                        }));
                    } catch (RuntimeException e) {
                        result.completeExceptionally(e);
                    }
                })
                .start();
    }

    private synchronized void moved(long done, long all) {
        bytes = done;
        total = all;
        sample();
    }

    private synchronized void sample() {
        long now = System.nanoTime();
        long elapsed = now - sampledAt;
        if (elapsed >= SAMPLE_NANOS) {
            double lately = 1e9 * (bytes - sampledBytes) / elapsed;
            rate = rate == 0 ? lately : (1 - NEWEST) * rate + NEWEST * lately;
            sampledBytes = bytes;
            sampledAt = now;
        }
    }

    /** Ends the calls; what has come is kept. */
    public void pause() {
        control.pause();
    }

    public void resume() {
        control.resume();
    }

    /** Ends it; what has come stays beside the target, for another try. */
    public void cancel() {
        control.cancel();
    }

    public synchronized Status status() {
        sample();
        State state = state();
        boolean moving = state == State.RUNNING && rate > 1 && total > bytes;
        Optional<Duration> left =
                moving ? Optional.of(Duration.ofMillis((long) (1000 * (total - bytes) / rate))) : Optional.empty();
        return new Status(state, bytes, total, (long) rate, left, result.isDone() ? "" : control.waitingFor());
    }

    private State state() {
        if (result.isDone()) {
            boolean failed = result.isCompletedExceptionally();
            return !failed ? State.DONE : control.cancelled() ? State.CANCELLED : State.FAILED;
        }
        return control.paused() ? State.PAUSED : State.RUNNING;
    }

    /**
     * Waits for its end.
     *
     * @throws ChordException as {@link RingFiles#download}; UNFINISHED if it was cancelled
     */
    public Downloaded await() {
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "the download itself goes on", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new ChordException(ErrorCode.INTERNAL, "the download failed", "", e);
        }
    }

    /** Its end; cancelling this future, or any that is derived from it, cancels the transfer. */
    public CompletableFuture<Downloaded> future() {
        Stoppable<Downloaded> end = new Stoppable<>(control::cancel);
        result.whenComplete((done, failure) -> {
            if (failure == null) {
                end.complete(done);
            } else {
                end.completeExceptionally(failure);
            }
        });
        return end;
    }
}
