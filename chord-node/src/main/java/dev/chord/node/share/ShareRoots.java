package dev.chord.node.share;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which files of this machine may be shared by whoever is let in: those below some directories, wherever
 * links lead. Thread-safe; reads the file system.
 *
 * @param directories none: whatever this process can read, over HTTP nothing
 */
public record ShareRoots(List<Path> directories) {
    public ShareRoots {
        directories = List.copyOf(directories);
    }

    /**
     * The path that is meant, if it may be shared.
     *
     * @throws ChordException USAGE if it is no absolute path; NOT_PERMITTED if it lies elsewhere, whether or
     *     not there is such a file
     */
    public Path allowed(String text) {
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException e) {
            throw notAbsolute(e);
        }
        if (text.isEmpty() || !path.isAbsolute()) {
            throw notAbsolute(null);
        }
        Path plain = path.normalize();
        if (!directories.isEmpty() && !(isBelow(plain) && isBelow(real(plain)))) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    "what lies there is not to be shared by this node",
                    "share.roots of the node names the directories it shares from");
        }
        return plain;
    }

    /** The same for somebody who asks over HTTP. */
    public Path allowedOverHttp(String text) {
        if (directories.isEmpty()) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    "this node shares nothing that is asked for over HTTP",
                    "set share.roots to the directories it may share from, or use 'chord share' there");
        }
        return allowed(text);
    }

    private static ChordException notAbsolute(@Nullable InvalidPathException cause) {
        String what = "what is to be shared is named by an absolute path";
        return cause == null
                ? new ChordException(ErrorCode.USAGE, what, "write it from / on")
                : new ChordException(ErrorCode.USAGE, what, "write it from / on", cause);
    }

    private boolean isBelow(Path path) {
        return directories.stream().anyMatch(root -> path.startsWith(root) || path.startsWith(real(root)));
    }

    // Of what is not there the way that leads to it counts.
    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            Path above = path.getParent();
            Path last = path.getFileName();
            return above == null || last == null ? path : real(above).resolve(last);
        }
    }
}
