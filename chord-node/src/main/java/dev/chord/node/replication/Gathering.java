package dev.chord.node.replication;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Peer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The answers of several peers to one question, counted by the thread that waits for them: those that come late do not keep it once
 * there are enough.
 */
final class Gathering<T> {
    static final Duration MOMENT = Duration.ofMillis(200);

    private record Answer<T>(Peer peer, Optional<T> what) {}

    private final BlockingQueue<Answer<T>> answers = new LinkedBlockingQueue<>();

    /** Hears the answers one after the other. */
    interface Count<T> {
        /** Returns whether those so far are enough. */
        boolean enough(Peer peer, Optional<T> answer);
    }

    /** A peer has answered, or will not; from any thread. */
    void heard(Peer peer, Optional<T> answer) {
        answers.add(new Answer<>(peer, answer));
    }

    /**
     * Tells the count of each answer, in this thread, until all have come, or time is up.
     *
     * @param rest how long to wait for the others once it is enough
     */
    void count(int expected, Duration limit, Duration rest, Count<T> count) {
        long end = System.nanoTime() + limit.toNanos();
        boolean enough = false;
        try {
            for (int left = expected; left > 0; left--) {
                Answer<T> answer = answers.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (answer == null) {
                    return;
                }
                if (count.enough(answer.peer(), answer.what()) && !enough) {
                    enough = true;
                    end = Math.min(end, System.nanoTime() + rest.toNanos());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }
}
