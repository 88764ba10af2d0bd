package dev.chord.node.gateway;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.util.Map;

/** JSON in and out. */
final class Json {
    private static final int MAX_BODY = 64 * 1024;
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private Json() {}

    static String of(Object value) {
        return GSON.toJson(value);
    }

    static void answer(Context context, Object value) {
        context.contentType("application/json").result(of(value));
    }

    /** The object that a small body holds. */
    static Map<?, ?> body(Context context) {
        if (context.contentLength() > MAX_BODY) {
            throw new ChordException(ErrorCode.USAGE, "the body is larger than " + MAX_BODY + " bytes", "send JSON");
        }
        try {
            Map<?, ?> body = GSON.fromJson(context.body(), Map.class);
            if (body != null) {
                return body;
            }
        } catch (JsonParseException e) {
            // refused below
        }
        throw new ChordException(
                ErrorCode.USAGE, "the body is no JSON object", "send for example {\"content\": \"...\"}");
    }
}
