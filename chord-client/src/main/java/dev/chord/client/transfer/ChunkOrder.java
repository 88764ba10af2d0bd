package dev.chord.client.transfer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Chunks that have come before their turn, for a target that wants them in order. Belongs to one thread at
 * a time.
 */
final class ChunkOrder {
    private final Downloader.ChunkTarget target;
    private final Map<Integer, ByteBuffer> early = new HashMap<>();
    private final Deque<Integer> expected = new ArrayDeque<>();

    ChunkOrder(Downloader.ChunkTarget target) {
        this.target = target;
    }

    /** A chunk is asked for; in rising order. */
    void expect(int index) {
        expected.add(index);
    }

    void came(int index, ByteBuffer data) {
        early.put(index, data);
        hand();
    }

    /** Hands on what is next, as long as it is there and the target takes it. */
    void hand() {
        while (!expected.isEmpty() && target.ready()) {
            ByteBuffer data = early.remove(expected.peek());
            if (data == null) {
                return;
            }
            try {
                target.chunk(expected.remove(), List.of(data));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** How many chunks are kept here. */
    int kept() {
        return early.size();
    }

    /** Whether everything that was asked for has been handed on. */
    boolean isEmpty() {
        return expected.isEmpty();
    }
}
