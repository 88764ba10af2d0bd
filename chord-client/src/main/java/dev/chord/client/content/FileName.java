package dev.chord.client.content;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * What people call a file on the ring: 1 to 1024 bytes of UTF-8 in Unicode form C, parts separated by single slashes; no
 * part is "." or "..", and no control character, backslash or leading slash occurs: so that every name is a relative path
 * that stays where it is put.
 */
public final class FileName {
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private static final int MAX_BYTES = 1024;

    private FileName() {}

    /**
     * The canonical form of a name.
     *
     * @throws ChordException USAGE, saying what is wrong with it
     */
    public static String of(String text) {
        String name = Normalizer.normalize(text, Normalizer.Form.NFC);
        String trouble = trouble(name);
        if (!trouble.isEmpty()) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "'" + printable(text) + "' is no name: " + trouble,
                    "choose another name with --name");
        }
        return name;
    }

    private static String trouble(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (name.isEmpty() || bytes > MAX_BYTES) {
            return "it has " + bytes + " bytes, 1 to " + MAX_BYTES + " are allowed";
        }
        if (name.chars().anyMatch(c -> Character.isISOControl(c) || c == '\\' || c == 0xFFFD)) {
            return "it contains a control character, a backslash or an undecodable byte";
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            return "it contains half a character";
        }
        for (String part : name.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return "it has an empty, '.' or '..' part";
            }
        }
        return "";
    }

    /** The point on the circle where a name's record lives. */
    public static Identifier key(String name) {
        return Identifier.sha256(("name:" + name).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Where a file of this name goes under a directory.
     *
     * @throws ChordException USAGE if that would be outside it
     */
    public static Path under(Path directory, String name) {
        try {
            Path root = directory.toAbsolutePath().normalize();
            Path target = root.resolve(of(name)).normalize();
            if (target.startsWith(root) && !target.equals(root)) {
                return target;
            }
        } catch (InvalidPathException e) {
            // falls through: this system cannot have such a file
        }
        throw new ChordException(
                ErrorCode.USAGE, "'" + printable(name) + "' cannot be a file under " + directory, "give -o FILE");
    }

    /** The text with what a terminal would obey replaced. */
    public static String printable(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }
}
