package dev.chord.node.gateway;

import io.javalin.http.Context;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How headers are read that may come in several lines and hold lists with weights (RFC 9110, sections 5.3
 * and 12.4).
 */
final class HeaderFields {
    private static final Pattern WEIGHT = Pattern.compile("(?i)q\\s*=\\s*(0(?:\\.\\d{0,3})?|1(?:\\.0{0,3})?)");

    private HeaderFields() {}

    /** All lines of a header as one; null: there is none. */
    static @Nullable String joined(Context context, String name) {
        List<String> lines = Collections.list(context.req().getHeaders(name));
        return lines.isEmpty() ? null : String.join(", ", lines);
    }

    /**
     * How much one thing is wanted by a header such as Accept or Accept-Encoding.
     *
     * @param header a list of things, each with a weight if it is not 1
     * @return 0 to 1; empty: the header does not mention it
     */
    static OptionalDouble weight(@Nullable String header, String thing) {
        OptionalDouble found = OptionalDouble.empty();
        for (String item : (header == null ? "" : header).split(",")) {
            String[] parts = item.strip().split(";");
            if (parts[0].strip().toLowerCase(Locale.ROOT).equals(thing)) {
                double weight = weight(parts);
                found = OptionalDouble.of(Math.max(weight, found.orElse(0)));
            }
        }
        return found;
    }

    private static double weight(String... parts) {
        for (int i = 1; i < parts.length; i++) {
            Matcher matcher = WEIGHT.matcher(parts[i].strip());
            if (matcher.matches()) {
                return Double.parseDouble(matcher.group(1));
            }
        }
        return 1;
    }

    /** Whether a coding of the content is accepted; identity is unless it is refused. */
    static boolean acceptsCoding(@Nullable String acceptEncoding, String coding) {
        OptionalDouble named = weight(acceptEncoding, coding);
        if (named.isPresent()) {
            return named.getAsDouble() > 0;
        }
        OptionalDouble any = weight(acceptEncoding, "*");
        return any.isPresent() ? any.getAsDouble() > 0 : coding.equals("identity");
    }

    /** Whether a media type is mentioned by the header Accept, by itself and not by a wildcard. */
    static boolean asksFor(@Nullable String accept, String type) {
        return weight(accept, type).orElse(0) > 0;
    }
}
