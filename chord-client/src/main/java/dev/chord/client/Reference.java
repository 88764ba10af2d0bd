package dev.chord.client;

import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What somebody wrote to mean a file, by one grammar for the command line, REST and the library. 64
 * hexadecimal digits, or 10 and more, may be an id and may be a name: an id is meant where there is one, so
 * that no name takes its place. {@code id:} and {@code name:} say which is meant; everything else is a name.
 *
 * @param digits of an id or the beginning of one, in lower case; empty: it cannot be an id
 * @param name the name it may be; empty: it cannot be a name
 */
public record Reference(String digits, String name) {
    private static final String ID = "id:";
    private static final String NAME = "name:";
    private static final Pattern DIGITS = Pattern.compile("[0-9a-fA-F]{10,64}");
    private static final int WHOLE = 64;

    /**
     * Reads a reference.
     *
     * @throws ChordException USAGE if {@code id:} is followed by what cannot be an id
     */
    public static Reference of(String text) {
        if (text.startsWith(NAME)) {
            return new Reference("", text.substring(NAME.length()));
        }
        if (text.startsWith(ID)) {
            String digits = text.substring(ID.length());
            if (!DIGITS.matcher(digits).matches()) {
                throw new ChordException(
                        ErrorCode.USAGE,
                        "'" + FileName.printable(text) + "' is no id: 10 to 64 hexadecimal digits follow 'id:'",
                        "a name that begins so is written name:" + FileName.printable(text));
            }
            return new Reference(digits.toLowerCase(Locale.ROOT), "");
        }
        return new Reference(DIGITS.matcher(text).matches() ? text.toLowerCase(Locale.ROOT) : "", text);
    }

    /** The name, or what names begin with, that a reference to no id means. */
    public static String named(String text) {
        return text.startsWith(NAME) ? text.substring(NAME.length()) : text;
    }

    /** The point on the circle that is meant where any will do: all 64 digits of one, or that of a name. */
    public static Identifier key(String text) {
        Reference reference = of(text);
        return reference.isWholeId() ? Identifier.ofHex(reference.digits) : Label.key(FileName.of(reference.name));
    }

    /** Whether it has all digits of an id. */
    public boolean isWholeId() {
        return digits.length() == WHOLE;
    }

    /** Whether an id is meant in any case. */
    public boolean mustBeId() {
        return name.isEmpty();
    }

    /** Whether it may mean this content. */
    public boolean mayBe(Identifier content) {
        return !digits.isEmpty() && content.toHex().startsWith(digits);
    }
}
