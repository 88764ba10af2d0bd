package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a request that change what its body means: each is understood here, or the request is
 * refused. A body that is stored under another meaning than its sender's would be another file.
 */
final class BodyHeaders {
    // sha-256=:BASE64:, sha-512=:BASE64: (RFC 9530)
    private static final Pattern FIELD = Pattern.compile("\\s*([a-z0-9*._-]+)\\s*=\\s*:([A-Za-z0-9+/]*={0,2}):\\s*");
    // SHA-256=BASE64 (RFC 3230)
    private static final Pattern OLD_FIELD = Pattern.compile("\\s*([A-Za-z0-9_-]+)\\s*=\\s*([A-Za-z0-9+/]*={0,2})\\s*");
    private static final Map<String, String> ALGORITHMS =
            Map.of("sha-256", "SHA-256", "sha-512", "SHA-512", "sha", "SHA-1", "md5", "MD5");

    private BodyHeaders() {}

    /**
     * A digest that the body has to have.
     *
     * @param header that says so
     */
    record Expected(String header, MessageDigest digest, byte[] value) {}

    /**
     * Refuses what would not be understood; for any request with a body.
     *
     * @throws RefusedRequest 415, 400 or 417
     */
    static void check(Context context) {
        boolean body = context.req().getContentLengthLong() > 0 || context.header("Transfer-Encoding") != null;
        if (!body) {
            return;
        }
        String coding = HeaderFields.joined(context, "Content-Encoding");
        if (coding != null && !coding.strip().equalsIgnoreCase("identity")) {
            throw new RefusedRequest(
                    415,
                    new ChordException(
                            ErrorCode.USAGE,
                            "a body in a content coding is not understood",
                            "send the bytes themselves, without Content-Encoding"),
                    Map.of("Accept-Encoding", "identity"));
        }
        String transfer = HeaderFields.joined(context, "Transfer-Encoding");
        if (transfer != null && !transfer.strip().equalsIgnoreCase("chunked")) {
            throw new RefusedRequest(415, ErrorCode.USAGE, "only the transfer coding 'chunked' is understood", "");
        }
        if (context.header("Content-Range") != null) {
            throw new RefusedRequest(
                    400,
                    ErrorCode.USAGE,
                    "a part of a file cannot be stored as a file",
                    "send it whole, or in parts: POST /api/v1/uploads");
        }
        String expect = context.header("Expect");
        if (expect != null && !expect.strip().equalsIgnoreCase("100-continue")) {
            throw new RefusedRequest(417, ErrorCode.USAGE, "only the expectation '100-continue' is understood", "");
        }
    }

    /** What a body of bytes is: a form, or the bytes themselves. */
    static Optional<String> form(Context context) {
        String type = context.header("Content-Type");
        String lower = type == null ? "" : type.strip().toLowerCase(Locale.ROOT);
        if (lower.startsWith("multipart/form-data")) {
            return Optional.of(type == null ? "" : type);
        }
        if (lower.startsWith("multipart/") || lower.startsWith("message/")) {
            throw new RefusedRequest(
                    415,
                    ErrorCode.USAGE,
                    "of bodies in parts only multipart/form-data is understood",
                    "send the bytes themselves, or a form with one file");
        }
        return Optional.empty();
    }

    /**
     * The digests that the sender says the body has.
     *
     * @throws RefusedRequest 400 if they cannot be read; 415 if there are some, and none in an algorithm that
     *     is known
     */
    static List<Expected> digests(Context context) {
        List<Expected> all = new ArrayList<>();
        for (String header : List.of("Content-Digest", "Repr-Digest")) {
            add(all, header, HeaderFields.joined(context, header), FIELD);
        }
        add(all, "Digest", HeaderFields.joined(context, "Digest"), OLD_FIELD);
        String md5 = context.header("Content-MD5");
        if (md5 != null) {
            all.add(new Expected("Content-MD5", digest("MD5"), decoded("Content-MD5", md5.strip())));
        }
        return all;
    }

    private static void add(List<Expected> all, String header, @Nullable String value, Pattern pattern) {
        if (value == null) {
            return;
        }
        boolean known = false;
        for (String item : value.split(",")) {
            Matcher matcher = pattern.matcher(item);
            if (!matcher.matches()) {
                throw new RefusedRequest(400, ErrorCode.USAGE, header + " cannot be read", "write sha-256=:BASE64:");
            }
            String algorithm = ALGORITHMS.get(matcher.group(1).toLowerCase(Locale.ROOT));
            if (algorithm != null) {
                known = true;
                all.add(new Expected(header, digest(algorithm), decoded(header, matcher.group(2))));
            }
        }
        if (!known) {
            throw new RefusedRequest(415, ErrorCode.USAGE, header + " is in no algorithm that is known", "use sha-256");
        }
    }

    private static byte[] decoded(String header, String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new RefusedRequest(400, ErrorCode.USAGE, header + " cannot be read", "write sha-256=:BASE64:");
        }
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }
}
