package dev.chord.core.name;

import dev.chord.core.id.Identifier;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/**
 * What may be the name of a file on the ring, and where its record lives. A name is exact: it is compared and
 * stored character by character, in whatever Unicode form it was given. It has 1 to 1024 bytes of UTF-8 in
 * parts separated by single slashes; no part is "." or "..", and no control character, backslash or leading
 * slash occurs, so that every name is a relative path that stays where it is put. Pure; any thread.
 */
public final class Label {
    /** The longest name, in bytes of UTF-8. */
    public static final int MAX_BYTES = 1024;

    private Label() {}

    /** What forbids this text as a name, in words for people; empty if it is a name. */
    public static String trouble(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_BYTES) {
            return "it has " + bytes + " bytes, 1 to " + MAX_BYTES + " are allowed";
        }
        if (text.indexOf('\\') >= 0) {
            return "it contains a backslash";
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            return "it contains a control character";
        }
        if (text.indexOf(0xFFFD) >= 0) {
            return "it contains the mark of an undecodable byte";
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            return "it contains half a character";
        }
        for (String part : text.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return "it has an empty, '.' or '..' part";
            }
        }
        return "";
    }

    /** Whether this text may be a name. */
    public static boolean legal(String text) {
        return trouble(text).isEmpty();
    }

    /** The point on the circle where a name's record lives. */
    public static Identifier key(String name) {
        return Identifier.sha256(("name:" + name).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Names that look the same and are others: the Unicode forms C and D of this text, as far as they
     * differ from it. Whoever misses a name may look for these, to say that they exist; they are never
     * taken in its place.
     */
    public static List<String> otherForms(String text) {
        List<String> others = new ArrayList<>();
        for (Normalizer.Form form : List.of(Normalizer.Form.NFC, Normalizer.Form.NFD)) {
            String other = Normalizer.normalize(text, form);
            if (!other.equals(text) && legal(other)) {
                others.add(other);
            }
        }
        return List.copyOf(others);
    }
}
