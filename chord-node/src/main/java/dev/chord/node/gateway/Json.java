package dev.chord.node.gateway;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/** JSON in and out. */
final class Json {
    private static final int MAX_BODY = 64 * 1024;
    private static final int WORTH_COMPRESSING = 1400; // about what one packet holds
    private static final Pattern JSON = Pattern.compile(
            "(?i)(application/(json|x-www-form-urlencoded|octet-stream|[\\w.-]+\\+json))(\\s*;\\s*charset=\"?utf-8\"?)?");
    private static final Gson STRICT =
            new GsonBuilder().setStrictness(Strictness.STRICT).create();
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private Json() {}

    static String of(Object value) {
        return GSON.toJson(value);
    }

    /**
     * Answers with a value, compressed where that is wanted, pays, and no digest or version of the bytes
     * is told.
     */
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

    /**
     * The object that a small body holds.
     *
     * @param known what it may say; what it says besides is refused, for it would be passed over
     */
    static Map<?, ?> body(Context context, String... known) throws IOException {
        refuseForeign(context);
        byte[] bytes = context.req().getInputStream().readNBytes(MAX_BODY + 1);
        if (bytes.length > MAX_BODY) {
            throw new RefusedRequest(
                    413, ErrorCode.USAGE, "the body is larger than " + MAX_BODY + " bytes", "send a small JSON object");
        }
        Map<?, ?> body = parsed(bytes);
        for (Object said : body.keySet()) {
            if (!Arrays.asList(known).contains(said)) {
                throw new ChordException(
                        ErrorCode.USAGE, "'" + said + "' means nothing here", "known are " + String.join(", ", known));
            }
        }
        return body;
    }

    // What tools call a body that they know nothing about is as good as nothing.
    private static void refuseForeign(Context context) {
        String type = context.header("Content-Type");
        if (type != null && !JSON.matcher(type.strip()).matches()) {
            throw new RefusedRequest(
                    415, ErrorCode.USAGE, "the body is said to be " + type, "send JSON, as application/json, in UTF-8");
        }
        String coding = HeaderFields.joined(context, "Content-Encoding");
        if (coding != null && !coding.strip().equalsIgnoreCase("identity")) {
            throw new RefusedRequest(
                    415, ErrorCode.USAGE, "the body is said to be coded: " + coding, "send it as it is");
        }
    }

    private static Map<?, ?> parsed(byte... bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            Map<?, ?> body = STRICT.fromJson(text, Map.class);
            if (body != null) {
                return body;
            }
        } catch (JsonParseException | CharacterCodingException e) {
            // refused below
        }
        throw new ChordException(
                ErrorCode.USAGE, "the body is no JSON object", "send for example {\"content\": \"...\"}");
    }
}
