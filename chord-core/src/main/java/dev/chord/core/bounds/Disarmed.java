package dev.chord.core.bounds;

/**
 * Text from elsewhere as it may be shown on a terminal or in a log: what a terminal would obey, what breaks a
 * line, and what turns the order of characters round is replaced by words that say what it was, so that two
 * texts that differ are not shown alike. All else, in any script, stays. Pure; any thread.
 */
public final class Disarmed {
    private Disarmed() {}

    /** One line that nothing obeys. */
    public static String line(String text) {
        return replaced(text, "\\u{", "}", false);
    }

    /** The same of text of several lines: they stay lines, and tabs stay. */
    public static String lines(String text) {
        return replaced(text, "\\u{", "}", true);
    }

    /**
     * The same of JSON, which stays the same JSON: in strings alone such characters can stand, and there they
     * are escaped.
     */
    public static String json(String json) {
        StringBuilder out = new StringBuilder(json.length());
        json.chars().forEach(c -> {
            boolean layout = c == '\n' || c == '\r' || c == '\t'; // between values; in strings they are escaped already
            if (isArmed(c) && !layout) {
                out.append(String.format("\\u%04x", c));
            } else {
                out.append((char) c);
            }
        });
        return out.toString();
    }

    private static String replaced(String text, String open, String close, boolean keepLines) {
        if (text.chars().noneMatch(Disarmed::isArmed) && !hasHalves(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            boolean kept = keepLines && (c == '\n' || c == '\t');
            boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
            if ((isArmed(c) || half) && !kept) {
                out.append(open).append(Integer.toHexString(c)).append(close);
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }

    private static boolean hasHalves(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    /**
     * Whether a terminal would obey the character, or show others elsewhere for it: C0, DEL, C1, separators
     * of lines, bidi controls.
     */
    public static boolean isArmed(int c) {
        return c < 0x20
                || c >= 0x7f && c <= 0x9f
                || c == 0x2028
                || c == 0x2029
                || c == 0x061c
                || c == 0x200e
                || c == 0x200f
                || c >= 0x202a && c <= 0x202e
                || c >= 0x2066 && c <= 0x2069;
    }
}
