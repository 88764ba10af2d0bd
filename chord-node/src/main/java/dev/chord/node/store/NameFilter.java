package dev.chord.node.store;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/**
 * Which names are meant.
 *
 * @param prefix what they begin with
 * @param pattern with {@code * ? [..]}: a glob over the whole name; otherwise a part of it, in any case of
 *     the letters a to z; empty: all
 */
public record NameFilter(String prefix, String pattern) {
    /** From so many characters on a run of them can be looked up. */
    private static final int INDEXED = 3;

    /** All names. */
    public static final NameFilter ALL = new NameFilter("", "");

    boolean glob() {
        return pattern.matches("(?s).*[*?\\[].*");
    }

    /** What every name that passes begins with. */
    String literalPrefix() {
        return prefix.isEmpty() && glob() ? pattern.split("[*?\\[]", 2)[0] : prefix;
    }

    /** The longest run of characters that every name that passes contains, in some case. */
    String literal() {
        return Arrays.stream(pattern.replaceAll("\\[\\^?]?[^]]*(]|$)", "*").split("[*?]"))
                .max(Comparator.comparingInt(String::length))
                .orElse("");
    }

    /**
     * Whether that can be looked up: no name has a control character, and SQLite stumbles over some of them.
     */
    boolean indexed() {
        String literal = literal();
        return literal.codePointCount(0, literal.length()) >= INDEXED
                && literal.chars().noneMatch(Character::isISOControl);
    }

    /** The first text, by code points, after all that begin with this one; empty: there is none. */
    static Optional<String> firstAfter(String prefix) {
        int[] points = prefix.codePoints().toArray();
        for (int last = points.length - 1; last >= 0; last--) {
            if (points[last] < Character.MAX_CODE_POINT) {
                boolean beforeSurrogates = points[last] == Character.MIN_SURROGATE - 1;
                points[last] = beforeSurrogates ? Character.MAX_SURROGATE + 1 : points[last] + 1;
                return Optional.of(new String(points, 0, last + 1));
            }
        }
        return Optional.empty();
    }
}
