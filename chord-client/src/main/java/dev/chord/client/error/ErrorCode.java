package dev.chord.client.error;

/**
 * What can go wrong, the same words on the command line, over gRPC and in Java; the number is the exit code.
 */
public enum ErrorCode {
    INTERNAL(1, false),
    USAGE(2, false),
    NOT_FOUND(3, false),
    PARTIAL(4, true),
    UNREACHABLE(5, true),
    INTEGRITY(6, false),
    UNFINISHED(7, true),
    CANNOT_RESUME(8, false),
    NO_SPACE(9, false),
    NOT_PERMITTED(10, false),
    CONFLICT(11, false),
    FEWER_COPIES(12, true),
    UNHEALTHY(13, true),
    WOULD_LOSE_DATA(14, false),
    INCOMPATIBLE(15, false),
    /** The deadline passed: whether the operation took place is unknown. */
    DEADLINE(16, true);

    private final int exitCode;
    private final boolean retryable;

    ErrorCode(int exitCode, boolean retryable) {
        this.exitCode = exitCode;
        this.retryable = retryable;
    }

    /** The exit code of the command line. */
    public int exitCode() {
        return exitCode;
    }

    /** Whether the same call may succeed later. */
    public boolean retryable() {
        return retryable;
    }
}
