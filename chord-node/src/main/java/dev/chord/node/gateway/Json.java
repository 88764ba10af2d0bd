package dev.chord.node.gateway;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** JSON in and out. */
final class Json {
    private static final int MAX_BODY = 64 * 1024;
    private static final int WORTH_COMPRESSING = 1400; // about what one packet holds
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private Json() {}

    static String of(Object value) {
        return GSON.toJson(value);
    }

    /** Answers with a value, compressed where that is wanted, pays, and no digest or version of the bytes is told. */
    static void answer(Context context, Object value) {
        byte[] body = of(value).getBytes(StandardCharsets.UTF_8);
        boolean tagged = context.res().getHeader("ETag") != null;
        context.contentType("application/json").header("Vary", "Accept-Encoding");
        if (!tagged
                && body.length >= WORTH_COMPRESSING
                && HeaderFields.acceptsCoding(HeaderFields.joined(context, "Accept-Encoding"), "gzip")) {
            context.header("Content-Encoding", "gzip").result(compressed(body));
        } else {
            context.result(body);
        }
    }

    private static byte[] compressed(byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot be: it is memory
        }
        return bytes.toByteArray();
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
