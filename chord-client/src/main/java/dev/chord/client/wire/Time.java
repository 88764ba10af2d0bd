package dev.chord.client.wire;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The time that passes for the client, and every way in which a thread of it lets time pass: so the same
 * program runs on a clock of its own in a simulation. Any thread.
 */
public interface Time {
    /** The system's time, and waiting as Java's own. */
    Time REAL = new Time() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void pause(long nanos) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }

        @Override
        public <T> T get(Future<T> future, long nanos)
                throws ExecutionException, TimeoutException, InterruptedException {
            return future.get(nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public <T> Inbox<T> inbox() {
            BlockingQueue<T> queue = new LinkedBlockingQueue<>();
            return new Inbox<>() {
                @Override
                public void add(T what) {
                    queue.add(what);
                }

                @Override
                public Optional<T> poll(long nanos) throws InterruptedException {
                    return Optional.ofNullable(queue.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS));
                }
            };
        }
    };

    /** No end of waiting but the future's own. */
    long FOREVER = Long.MAX_VALUE;

    /** Nanoseconds since anything, which only go forward; only differences mean something. */
    long nanos();

    /** Lets so many nanoseconds pass. */
    void pause(long nanos) throws InterruptedException;

    /** A future's value, as {@link Future#get(long, TimeUnit)} has it, after so many nanoseconds at most. */
    <T> T get(Future<T> future, long nanos) throws ExecutionException, TimeoutException, InterruptedException;

    /** An empty inbox. */
    <T> Inbox<T> inbox();

    /** Where answers of several come together, one by one, for one thread that waits for them. */
    interface Inbox<T> {
        /** From any thread; does not block. */
        void add(T what);

        /** The next one; empty: there was none for so many nanoseconds. */
        Optional<T> poll(long nanos) throws InterruptedException;
    }
}
