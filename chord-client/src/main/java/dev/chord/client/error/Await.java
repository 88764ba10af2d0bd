package dev.chord.client.error;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for a future, with every end of it an error of the catalogue. */
public final class Await {
    private Await() {}

    /**
     * The future's value.
     *
     * @param who is waited for, as the subject of "did not answer in time"
     * @throws ChordException what the future failed with; DEADLINE if time runs out; UNFINISHED if interrupted
     */
    public static <T> T of(Future<T> future, Duration limit, String who) {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ChordException chord) {
                throw chord;
            }
            throw new ChordException(ErrorCode.INTERNAL, String.valueOf(e.getCause()), "run again with -v", e);
        } catch (TimeoutException e) {
            throw new ChordException(ErrorCode.DEADLINE, who + " did not answer in time", "try again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }

    /**
     * Lets time pass before something is tried again.
     *
     * @throws ChordException UNFINISHED if interrupted
     */
    public static void pause(Duration length) {
        try {
            TimeUnit.NANOSECONDS.sleep(length.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }
}
