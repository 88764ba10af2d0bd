package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a query may say: what the route knows, once, in UTF-8. Anything else is refused, for the library that
 * reads queries puts a replacement where it cannot read one, and the answer would be to another question.
 */
final class QueryRules {
    private static final Pattern BROKEN = Pattern.compile("%(?![0-9a-fA-F]{2})");
    private static final char REPLACEMENT = '\ufffd'; // unescaped it stands for bytes that were no text

    private QueryRules() {}

    /** @throws ChordException USAGE if a query means nothing here, or cannot be read */
    static void check(Context context, Route route) {
        String query = context.queryString();
        if (query != null) {
            refuseUnreadable(query);
        }
        TreeSet<String> known = route.parameters().stream()
                .filter(parameter -> parameter.where().equals("query"))
                .map(Route.Parameter::name)
                .collect(Collectors.toCollection(TreeSet::new));
        for (Map.Entry<String, List<String>> said : context.queryParamMap().entrySet()) {
            if (!known.contains(said.getKey())) {
                throw new ChordException(
                        ErrorCode.USAGE,
                        "'" + said.getKey() + "' means nothing here",
                        known.isEmpty() ? "leave it out" : "known are " + String.join(", ", known));
            }
            if (said.getValue().size() > 1) {
                throw new ChordException(ErrorCode.USAGE, "'" + said.getKey() + "' is said twice", "say it once");
            }
        }
    }

    private static void refuseUnreadable(String query) {
        if (BROKEN.matcher(query).find()) {
            throw new ChordException(
                    ErrorCode.USAGE, "the query has a % that two hex digits do not follow", "write % as %25");
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(query)));
        } catch (CharacterCodingException e) {
            throw new ChordException(
                    ErrorCode.USAGE, "the query is no UTF-8", "write text as the escapes of its UTF-8 bytes", e);
        }
    }

    private static byte[] bytes(String query) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(query.length());
        int at = 0;
        while (at < query.length()) {
            int character = query.codePointAt(at);
            if (character == '%') {
                bytes.write(HexFormat.fromHexDigits(query, at + 1, at + 3));
                at += 3;
            } else {
                bytes.writeBytes(
                        character == REPLACEMENT
                                ? new byte[] {(byte) 0xff}
                                : Character.toString(character).getBytes(StandardCharsets.UTF_8));
                at += Character.charCount(character);
            }
        }
        return bytes.toByteArray();
    }
}
