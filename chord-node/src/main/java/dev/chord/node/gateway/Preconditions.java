package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * On which conditions a request is meant (RFC 9110, section 13). Nothing here has a date of modification, so
 * conditions on dates are passed over for reads, as the RFC says, and refused for writes, which must not go
 * through by mistake.
 */
record Preconditions(Optional<Tags> ifMatch, Optional<Tags> ifNoneMatch) {
    private static final Pattern TAG =
            Pattern.compile("\\s*(W/)?(\"[\\x21\\x23-\\x7e\\x80-\\x{10ffff}]*\")\\s*(?:,|$)|\\s*,");

    /** What a condition leads to. */
    enum Verdict {
        PROCEED,
        NOT_MODIFIED,
        FAILED
    }

    /**
     * A list of entity tags as a header has them.
     *
     * @param any whether it is {@code *}, which fits everything that exists
     */
    record Tags(boolean any, Set<String> strong, Set<String> weak) {
        /** Whether one of these is the tag, by the strong comparison: a weak one never is. */
        boolean strongly(Set<String> current) {
            return !current.isEmpty() && (any || current.stream().anyMatch(strong::contains));
        }

        /** The same by the weak comparison, where a weak tag is as good as a strong one. */
        boolean weakly(Set<String> current) {
            return strongly(current) || current.stream().anyMatch(weak::contains);
        }
    }

    static Preconditions of(Context context) {
        return new Preconditions(
                tags("If-Match", HeaderFields.joined(context, "If-Match")),
                tags("If-None-Match", HeaderFields.joined(context, "If-None-Match")));
    }

    /** The conditions of a request that changes something. */
    static Preconditions ofWrite(Context context) {
        for (String dated : List.of("If-Unmodified-Since", "If-Modified-Since")) {
            if (context.header(dated) != null) {
                throw new ChordException(
                        ErrorCode.USAGE, dated + " means nothing here: names have no dates", "use If-Match");
            }
        }
        return of(context);
    }

    /**
     * Reads a list of tags.
     *
     * @throws ChordException USAGE if it is none
     */
    static Optional<Tags> tags(String name, @Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        if (header.strip().equals("*")) {
            return Optional.of(new Tags(true, Set.of(), Set.of()));
        }
        List<String> strong = new ArrayList<>();
        List<String> weak = new ArrayList<>();
        Matcher matcher = TAG.matcher(header);
        int at = 0;
        while (at < header.length() && matcher.find(at) && matcher.start() == at) {
            if (matcher.group(2) != null) {
                (matcher.group(1) == null ? strong : weak).add(matcher.group(2));
            }
            at = matcher.end();
        }
        if (at < header.length() || strong.isEmpty() && weak.isEmpty()) {
            throw new ChordException(
                    ErrorCode.USAGE, name + " is no list of ETags", "take one from a GET, quotes included, or say *");
        }
        return Optional.of(new Tags(false, Set.copyOf(strong), Set.copyOf(weak)));
    }

    boolean none() {
        return ifMatch.isEmpty() && ifNoneMatch.isEmpty();
    }

    /** For GET and HEAD of something that exists and has this tag. */
    Verdict onRead(String etag) {
        if (ifMatch.isPresent() && !ifMatch.get().strongly(Set.of(etag))) {
            return Verdict.FAILED;
        }
        boolean known = ifNoneMatch.isPresent() && ifNoneMatch.get().weakly(Set.of(etag));
        return known ? Verdict.NOT_MODIFIED : Verdict.PROCEED;
    }

    /**
     * For what changes something.
     *
     * @param current the tags that what is there now goes by; none: nothing is there
     */
    Verdict onWrite(Set<String> current) {
        boolean asWanted = ifMatch.isEmpty() || ifMatch.get().strongly(current);
        boolean unwanted = ifNoneMatch.isPresent() && ifNoneMatch.get().weakly(current);
        return asWanted && !unwanted ? Verdict.PROCEED : Verdict.FAILED;
    }

    /**
     * Whether a Range is meant for what has this tag (RFC 9110, section 13.1.5): only a strong tag, the same,
     * says so.
     */
    static boolean rangeApplies(@Nullable String ifRange, String etag) {
        return ifRange == null || ifRange.strip().equals(etag);
    }
}
