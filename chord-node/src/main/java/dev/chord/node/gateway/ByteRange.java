package dev.chord.node.gateway;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bytes that a Range header asks for (RFC 9110, section 14), both ends included. */
record ByteRange(long from, long to) {
    private static final Pattern ONE = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    /** What is asked of a file of this size. */
    enum Kind {
        /** No range, or one that nobody has to understand: everything is sent. */
        WHOLE,
        PART,
        /** Beyond the end. */
        UNSATISFIABLE
    }

    /** What a header comes to. */
    record Asked(Kind kind, Optional<ByteRange> range) {}

    private static final Asked WHOLE = new Asked(Kind.WHOLE, Optional.empty());
    private static final Asked UNSATISFIABLE = new Asked(Kind.UNSATISFIABLE, Optional.empty());

    static Asked of(@Nullable String header, long size) {
        Matcher matcher = ONE.matcher(header == null ? "" : header);
        if (!matcher.matches() || matcher.group(1).isEmpty() && matcher.group(2).isEmpty()) {
            return WHOLE;
        }
        if (matcher.group(1).isEmpty()) {
            long last = Math.min(size, Long.parseLong(matcher.group(2)));
            return last == 0 ? UNSATISFIABLE : part(size - last, size - 1);
        }
        long from = Long.parseLong(matcher.group(1));
        long to = matcher.group(2).isEmpty() ? size - 1 : Long.parseLong(matcher.group(2));
        if (to < from && !matcher.group(2).isEmpty()) {
            return WHOLE;
        }
        return from >= size ? UNSATISFIABLE : part(from, Math.min(to, size - 1));
    }

    private static Asked part(long from, long to) {
        return new Asked(Kind.PART, Optional.of(new ByteRange(from, to)));
    }

    long length() {
        return to - from + 1;
    }
}
