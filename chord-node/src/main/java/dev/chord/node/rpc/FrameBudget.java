package dev.chord.node.rpc;

/**
 * How many frames that carry nothing one connection may send. Each costs something; time and bytes that are
 * really moved earn it back, so whoever moves much may talk much. What a caller needs is a small part of it,
 * and a flood of any kind uses it up within a second: SETTINGS, PING, RST_STREAM, PRIORITY, WINDOW_UPDATE,
 * empty DATA, CONTINUATION, types that nobody knows. Not thread-safe.
 */
final class FrameBudget {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GO_AWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;

    private static final double MOST = 4000;
    private static final double PER_NANO = 200 / 1e9;
    private static final double PER_BYTE = 1.0 / 1024;

    private double left = MOST;
    private long last;

    /** @param now in nanoseconds, from any beginning */
    FrameBudget(long now) {
        last = now;
    }

    /** A frame has come; whether the connection may go on. */
    boolean came(int type, int flags, int length, long now) {
        left = Math.min(MOST, left + (now - last) * PER_NANO) - cost(type, flags, length);
        last = now;
        return left >= 0;
    }

    private static int cost(int type, int flags, int length) {
        return switch (type) {
            case DATA -> length == 0 && (flags & END_STREAM) == 0 ? 20 : 0;
            case HEADERS -> 0; // of calls there is a bound of its own
            case SETTINGS -> 40;
            case GO_AWAY -> 400;
            case CONTINUATION -> 20;
            case WINDOW_UPDATE -> 1;
            case PING -> 4;
            default -> 10;
        };
    }

    /** A call was broken off here for what its caller did. */
    boolean brokenOff(long now) {
        return came(RST_STREAM, 0, 0, now);
    }

    /** Bytes of calls have been moved, in or out. */
    void moved(long bytes) {
        left = Math.min(MOST, left + bytes * PER_BYTE);
    }
}
