package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.MalformedMessageException;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors over HTTP (RFC 9457), in the words of the one catalogue. */
final class Problems {
    static final String TYPE = "application/problem+json";

    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    static int status(ErrorCode code) {
        return switch (code) {
            case USAGE -> 400;
            case NOT_PERMITTED -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT, WOULD_LOSE_DATA, INCOMPATIBLE -> 409;
            case CANNOT_RESUME -> 410;
            case INTERNAL -> 500;
            case INTEGRITY -> 502;
            case PARTIAL, UNREACHABLE, UNFINISHED, FEWER_COPIES, UNHEALTHY -> 503;
            case DEADLINE -> 504;
            case NO_SPACE -> 507;
        };
    }

    static void answer(Context context, Exception failure) {
        if (context.res().isCommitted()) {
            log.debug("{} {} is broken off", context.method(), context.path(), failure);
            breakOff(context);
        } else if (failure instanceof IOException
                && String.valueOf(failure.getMessage()).contains("No space left")) {
            answer(
                    context,
                    507,
                    new ChordException(
                            ErrorCode.NO_SPACE, "the disk of this node is full", "free space, or use another"));
        } else if (failure instanceof RefusedRequest refused) {
            answer(context, refused.status(), refused.error(), refused.headers());
        } else if (failure instanceof ChordException known && known.code() != ErrorCode.INTERNAL) {
            answer(context, status(known.code()), known);
        } else if (failure instanceof MalformedMessageException) {
            answer(
                    context,
                    502,
                    new ChordException(
                            ErrorCode.INCOMPATIBLE, "a node answered " + failure.getMessage(), "compare versions"));
        } else if (failure instanceof HttpResponseException http) {
            answer(
                    context,
                    http.getStatus(),
                    new ChordException(code(http.getStatus()), reason(http.getStatus()), "see /api/v1/openapi.json"),
                    allowed(http));
        } else {
            String trace = UUID.randomUUID().toString();
            log.error("{} {} failed [{}]", context.method(), context.path(), trace, failure);
            write(
                    context,
                    500,
                    body(500, ErrorCode.INTERNAL, "something went wrong here", "see the node's log", trace),
                    Map.of());
        }
    }

    static void answer(Context context, int status, ChordException error) {
        answer(context, status, error, Map.of());
    }

    private static void answer(Context context, int status, ChordException error, Map<String, String> headers) {
        String trace = UUID.randomUUID().toString();
        log.debug("{} {}: {} [{}]", context.method(), context.path(), error.getMessage(), trace);
        String detail = String.valueOf(error.getMessage());
        write(context, status, body(status, error.code(), detail, error.hint(), trace), headers);
    }

    // What a status means, in the words of the RFC: those of the server are about its insides.
    static String reason(int status) {
        return HttpStatus.getMessage(status).toLowerCase(Locale.ROOT);
    }

    // Which methods there are, if it was the method (RFC 9110, section 15.5.6).
    private static Map<String, String> allowed(HttpResponseException failure) {
        String methods = failure.getDetails().get("availableMethods");
        return methods == null ? Map.of() : Map.of("Allow", methods);
    }

    static Map<String, Object> body(int status, ErrorCode code, String detail, String hint, String trace) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", status);
        body.put("title", code.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        body.put("code", code.name());
        body.put("detail", detail);
        body.put("hint", hint);
        body.put("traceId", trace);
        return body;
    }

    private static void write(Context context, int status, Map<String, Object> body, Map<String, String> headers) {
        context.res().reset(); // what was said about the answer that was meant, its length for example
        BrowserRules.put(context::header);
        headers.forEach(context::header);
        context.status(status)
                .header("Cache-Control", "no-store")
                .contentType(TYPE)
                .result(Json.of(body).getBytes(StandardCharsets.UTF_8));
    }

    // The bytes that are out cannot be taken back, and nobody must take them for the whole.
    private static void breakOff(Context context) {
        ServletContextRequest request = ServletContextRequest.getServletContextRequest(context.req());
        request.getConnectionMetaData().getConnection().getEndPoint().close();
    }

    private static ErrorCode code(int status) {
        return switch (status) {
            case 403 -> ErrorCode.NOT_PERMITTED;
            case 404 -> ErrorCode.NOT_FOUND;
            default -> status < 500 ? ErrorCode.USAGE : ErrorCode.INTERNAL;
        };
    }
}
