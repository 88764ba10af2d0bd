package dev.chord.client.transfer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * How many chunks of all streams together may be on their way into the ring, so that many streams need no
 * more memory than a few.
 */
final class ChunkTurns {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final Executor executor;
    private int free;

    /**
     * Nobody's turn yet.
     *
     * @param most chunks at once
     * @param executor runs those who had to wait
     */
    ChunkTurns(int most, Executor executor) {
        this.free = most;
        this.executor = executor;
    }

    /**
     * Runs this when it is its turn: here and now, or later elsewhere. Whoever takes a turn gives it back.
     */
    void take(Runnable go) {
        synchronized (this) {
            if (free == 0) {
                waiting.add(go);
                return;
            }
            free--;
        }
        go.run();
    }

    void giveBack() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                free++;
                return;
            }
        }
        try {
            executor.execute(next);
        } catch (RejectedExecutionException e) {
            giveBack(); // the connection is being closed, and nobody waits for anything any more
        }
    }
}
