package dev.chord.client.content;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.bounds.Disarmed;
import dev.chord.core.name.Label;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A file's name as the client takes it: what {@link Label} refuses is refused with words, and what it allows
 * is exact.
 */
public final class FileName {
    private FileName() {}

    /**
     * The same text, if it may be a name.
     *
     * @throws ChordException USAGE, saying what is wrong with it
     */
    public static String of(String text) {
        String trouble = Label.trouble(text);
        if (!trouble.isEmpty()) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "'" + printable(text) + "' is no name: " + trouble,
                    "choose another name with --name");
        }
        return text;
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

    /** The text as it may be shown: see {@link Disarmed}. */
    public static String printable(String text) {
        return Disarmed.line(text);
    }
}
