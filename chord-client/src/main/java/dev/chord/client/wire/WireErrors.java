package dev.chord.client.wire;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.error.Hints;
import dev.chord.core.bounds.Disarmed;
import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.Refusal;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** Errors on the wire: a gRPC status, with code and hint of the catalogue in the trailers. */
public final class WireErrors {
    private static final Metadata.Key<String> CODE = Metadata.Key.of("chord-code", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> HINT = Metadata.Key.of("chord-hint", Metadata.ASCII_STRING_MARSHALLER);

    private static final int LONGEST = 500;

    private WireErrors() {}

    /** What a server answers. */
    public static StatusRuntimeException toStatus(ChordException e) {
        Metadata trailers = new Metadata();
        trailers.put(CODE, e.code().name());
        trailers.put(HINT, ascii(e.hint()));
        return status(e.code()).withDescription(e.getMessage()).asRuntimeException(trailers);
    }

    /** The same as part of an answer. */
    public static Refusal toRefusal(ChordException e) {
        return Refusal.newBuilder()
                .setCode(e.code().name())
                .setMessage(String.valueOf(e.getMessage()))
                .setHint(e.hint())
                .build();
    }

    public static ChordException fromRefusal(Refusal refusal) {
        ErrorCode code = named(refusal.getCode());
        return new ChordException(code, shown(refusal.getMessage()), Hints.of(code));
    }

    private static Status status(ErrorCode code) {
        return switch (code) {
            case USAGE -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case UNREACHABLE, UNHEALTHY, PARTIAL, UNFINISHED, FEWER_COPIES -> Status.UNAVAILABLE;
            case INTEGRITY, CANNOT_RESUME -> Status.DATA_LOSS;
            case NO_SPACE -> Status.RESOURCE_EXHAUSTED;
            case NOT_PERMITTED -> Status.PERMISSION_DENIED;
            case CONFLICT, WOULD_LOSE_DATA, INCOMPATIBLE -> Status.FAILED_PRECONDITION;
            case DEADLINE -> Status.DEADLINE_EXCEEDED;
            case INTERNAL -> Status.INTERNAL;
        };
    }

    /** Whether the peer itself says so; otherwise it was not reached, or not heard. */
    public static boolean isAnswer(Throwable failure) {
        Metadata trailers = Status.trailersFromThrowable(failure);
        return trailers != null && isAnswer(trailers);
    }

    /** The same of how a call ended. */
    static boolean isAnswer(Metadata trailers) {
        return trailers.containsKey(CODE);
    }

    /** Throws what a failed call means to the caller; for where a value is expected. */
    public static <T> T raise(Throwable failure, Endpoint peer) {
        throw fromStatus(failure, peer);
    }

    /** What a failed call means to the caller. */
    public static ChordException fromStatus(Throwable failure, Endpoint peer) {
        if (failure instanceof ChordException chord) {
            return chord;
        }
        if (failure instanceof MalformedMessageException malformed) {
            return new ChordException(
                    ErrorCode.INCOMPATIBLE, peer + " answered " + malformed.getMessage(), "compare versions", failure);
        }
        Status status = Status.fromThrowable(failure);
        Metadata trailers = Status.trailersFromThrowable(failure);
        String text = describe(status);
        if (trailers != null && trailers.get(CODE) != null) {
            ErrorCode code = named(String.valueOf(trailers.get(CODE)));
            return new ChordException(code, text, Hints.of(code), failure);
        }
        return switch (status.getCode()) {
            case UNAVAILABLE ->
                new ChordException(
                        ErrorCode.UNREACHABLE,
                        peer + " cannot be reached: " + text,
                        "is the node running there?",
                        failure);
            case DEADLINE_EXCEEDED ->
                new ChordException(
                        ErrorCode.DEADLINE,
                        peer + " did not answer in time; whether it acted is unknown",
                        "try again, or give more --timeout",
                        failure);
            case RESOURCE_EXHAUSTED ->
                new ChordException(
                        ErrorCode.UNFINISHED,
                        peer + " refused: " + text,
                        "it is busy or the message is too large; try again",
                        failure);
            case CANCELLED -> new ChordException(ErrorCode.UNFINISHED, "cancelled", "", failure);
            case UNIMPLEMENTED ->
                new ChordException(
                        ErrorCode.INCOMPATIBLE,
                        peer + " does not speak this protocol: " + text,
                        "compare versions",
                        failure);
            default ->
                new ChordException(ErrorCode.INTERNAL, peer + ": " + status.getCode() + ": " + text, "", failure);
        };
    }

    /** One line for people: the innermost cause says most. */
    public static String describe(Status status) {
        Throwable cause = status.getCause();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String text = status.getDescription();
        boolean bare = text == null || text.equals("io exception");
        if (bare && cause != null && cause.getMessage() != null) {
            text = cause.getMessage();
        }
        return text == null ? status.getCode().toString() : shown(text);
    }

    private static ErrorCode named(String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }

    // The first line of what somebody else says, not longer than a screen shows, with nothing in it that
    // one obeys.
    private static String shown(String text) {
        int end = text.indexOf('\n');
        String line = end < 0 ? text : text.substring(0, end);
        return Disarmed.line(line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line);
    }

    private static String ascii(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
