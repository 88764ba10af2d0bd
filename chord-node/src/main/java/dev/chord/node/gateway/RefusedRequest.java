package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.util.Map;

/**
 * What is refused for a reason that only HTTP knows: a status of its own, with the headers that belong to it.
 */
final class RefusedRequest extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient int status;
    private final transient ChordException error;
    private final transient Map<String, String> headers;

    RefusedRequest(int status, ErrorCode code, String detail, String hint) {
        this(status, new ChordException(code, detail, hint), Map.of());
    }

    RefusedRequest(int status, ChordException error, Map<String, String> headers) {
        super(error.getMessage(), error);
        this.status = status;
        this.error = error;
        this.headers = Map.copyOf(headers);
    }

    int status() {
        return status;
    }

    ChordException error() {
        return error;
    }

    Map<String, String> headers() {
        return headers;
    }
}
