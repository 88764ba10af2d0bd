package dev.chord.client.transfer;

import java.util.concurrent.TimeUnit;

/**
 * How many chunks are asked for at once: a few, and on a long line twice what fits into it (the rate times
 * the shortest time that a chunk took), within a share of the heap. Belongs to the thread that fetches.
 */
final class FlowWindow {
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int SHORTEST_OF_ROUNDS = 50; // then the line may have changed
    private static final int SHARE_OF_HEAP = 4;
    private static final int TIMES_THE_LINE = 2;

    private final int least;
    private final int most;
    private final int chunkSize;
    private int chunks;
    private long shortestNanos = Long.MAX_VALUE;
    private long began;
    private long bytes;
    private int rounds;

    /**
     * @param least chunks at once in any case
     * @param heap bytes that this program may use
     */
    FlowWindow(int least, int chunkSize, long heap, long now) {
        this.least = least;
        this.chunkSize = Math.max(1, chunkSize);
        this.most = (int) Math.max(least, Math.min(64L << 20, heap / SHARE_OF_HEAP) / this.chunkSize);
        this.chunks = least;
        this.began = now;
    }

    int chunks() {
        return chunks;
    }

    /** A chunk has come, so long after it was asked for. */
    void delivered(int size, long took, long now) {
        bytes += size;
        shortestNanos = Math.min(shortestNanos, Math.max(1, took));
        if (now - began < ROUND_NANOS) {
            return;
        }
        double inLine = (double) bytes / (now - began) * shortestNanos;
        long wanted = (long) Math.ceil(TIMES_THE_LINE * inLine / chunkSize);
        chunks = (int) Math.max(least, Math.min(most, wanted));
        began = now;
        bytes = 0;
        if (++rounds % SHORTEST_OF_ROUNDS == 0) {
            shortestNanos = Long.MAX_VALUE;
        }
    }
}
