package dev.chord.client.wire;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting, with every end of it an error of the catalogue. Any thread; blocks it. */
public final class Await {
    /** In the system's time. */
    public static final Await REAL = new Await(Time.REAL);

    private final Time time;

    public Await(Time time) {
        this.time = time;
    }

    /**
     * The future's value.
     *
     * @param who is waited for, as the subject of "did not answer in time"
     * @throws ChordException what the future failed with; DEADLINE if time runs out; UNFINISHED
     *     if interrupted
     */
    public <T> T of(Future<T> future, Duration limit, String who) {
        try {
            return time.get(future, TimeUnit.MILLISECONDS.toNanos(limit.toMillis()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ChordException chord) {
                throw chord;
            }
            throw new ChordException(ErrorCode.INTERNAL, String.valueOf(e.getCause()), "run again with -v", e);
        } catch (TimeoutException e) {
            throw new ChordException(ErrorCode.DEADLINE, who + " did not answer in time", "try again", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * The reply to a call, whose own deadline is the limit.
     *
     * @throws StatusRuntimeException what the call failed with; CANCELLED if interrupted
     * @throws MalformedMessageException if the reply could not be read
     */
    public <T> T reply(Future<T> call) {
        try {
            return time.get(call, Time.FOREVER);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MalformedMessageException malformed) {
                throw malformed;
            }
            throw Status.fromThrowable(e).asRuntimeException(Status.trailersFromThrowable(e));
        } catch (TimeoutException e) {
            throw new IllegalStateException("a call without an end", e);
        } catch (InterruptedException e) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withDescription("interrupted").withCause(e).asRuntimeException();
        }
    }

    /**
     * The next of what comes in.
     *
     * @return empty: nothing did in time
     * @throws ChordException UNFINISHED if interrupted
     */
    public <T> Optional<T> next(Time.Inbox<T> inbox, long nanos) {
        try {
            return inbox.poll(nanos);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Lets time pass before something is tried again.
     *
     * @throws ChordException UNFINISHED if interrupted
     */
    public void pause(Duration length) {
        try {
            time.pause(length.toNanos());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static ChordException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
    }
}
