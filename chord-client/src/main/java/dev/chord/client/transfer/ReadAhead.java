package dev.chord.client.transfer;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many chunks a stream may fetch before they are asked for: several while there are few streams, one
 * while there are many.
 */
final class ReadAhead {
    private static final int IN_ALL = 8;
    private static final int MOST = 4;

    private final AtomicInteger streams = new AtomicInteger();

    void begin() {
        streams.incrementAndGet();
    }

    void end() {
        streams.decrementAndGet();
    }

    int chunks() {
        return Math.max(1, Math.min(MOST, IN_ALL / Math.max(1, streams.get())));
    }
}
