package dev.chord.client.files;

import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

/**
 * Where a file goes. What the user named is meant: a link is followed to what it leads to, and what is no
 * regular file (a device, a pipe) is written into. What the ring named goes below a directory that the user
 * named, and no step of it passes through a link or writes into anything but a regular file.
 *
 * @param directory what the user named, or where that leads to
 * @param below the file below it, in parts
 * @param ringNamed whether the parts come from the ring
 * @param special whether the file is to be written into, as it is no regular one
 */
public record Destination(Path directory, List<String> below, boolean ringNamed, boolean special) {
    private static final int LINKS = 40; // as many as the kernel follows

    /**
     * The file that somebody named.
     *
     * @throws ChordException USAGE if it is a directory or cannot be a file
     */
    public static Destination named(Path file) {
        Path at = file.toAbsolutePath();
        try {
            for (int i = 0; Files.isSymbolicLink(at) && !isHandle(at); i++) {
                if (i == LINKS) {
                    throw new ChordException(
                            ErrorCode.USAGE, file + " leads round in a circle of links", "name another file");
                }
                at = at.resolveSibling(Files.readSymbolicLink(at));
            }
        } catch (IOException e) {
            throw new ChordException(ErrorCode.INTERNAL, file + " cannot be read: " + e, "name another file", e);
        }
        if (Files.isDirectory(at)) {
            throw new ChordException(ErrorCode.USAGE, file + " is a directory", "give the name of a file");
        }
        boolean special = isHandle(at) || Files.exists(at) && !Files.isRegularFile(at, LinkOption.NOFOLLOW_LINKS);
        Path parent = at.getParent();
        Path last = at.getFileName();
        if (parent == null || last == null) {
            throw new ChordException(ErrorCode.USAGE, file + " cannot be a file", "name another one");
        }
        return new Destination(parent, List.of(last.toString()), false, special);
    }

    // What a process has open looks like a link there, and leads to something that may have no path.
    private static boolean isHandle(Path at) {
        return at.startsWith("/proc") || at.startsWith("/dev/fd");
    }

    /**
     * The file of a name below a directory that somebody named.
     *
     * @throws ChordException USAGE if the name cannot be a file there
     */
    public static Destination below(Path directory, String name) {
        FileName.under(directory, name);
        return new Destination(directory.toAbsolutePath(), List.of(name.split("/", -1)), true, false);
    }

    /** Its path, for people. */
    public Path path() {
        Path at = directory;
        for (String part : below) {
            at = at.resolve(part);
        }
        return at;
    }

    /** Opens what is no regular file, for writing; waits for the reader of a pipe. */
    public FileChannel openSpecial() throws IOException {
        Path path = path();
        boolean handleOfFile =
                Files.readAttributes(path, BasicFileAttributes.class).isRegularFile();
        return handleOfFile
                ? FileChannel.open(path, StandardOpenOption.APPEND)
                : FileChannel.open(path, StandardOpenOption.WRITE);
    }

    String last() {
        return below.get(below.size() - 1);
    }

    /** The directory the file is in, made if it is not there. */
    TargetDirectory open() throws IOException {
        TargetDirectory at = TargetDirectory.open(directory);
        for (String part : below.subList(0, below.size() - 1)) {
            at = at.into(part);
        }
        return at;
    }

    /** Refuses to put a file in the place of what is none. */
    void requireFree(TargetDirectory in) throws IOException {
        TargetDirectory.Kind kind = in.kind(last());
        Optional<String> trouble = switch (kind) {
            case NOTHING, FILE -> Optional.empty();
            case LINK -> throw TargetDirectory.link(path());
            case DIRECTORY -> Optional.of("is a directory");
            case OTHER -> Optional.of("is no regular file");
        };
        if (trouble.isPresent()) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    path() + " " + trouble.get() + ", and has to be a file",
                    "move it away, or write elsewhere");
        }
    }
}
