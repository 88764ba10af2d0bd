package dev.chord.client.files;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * An open directory into which files are brought. Everything in it is reached by its handle and never
 * through a link, so that whoever else may write there cannot lead a file elsewhere, whenever they try.
 * Not thread-safe.
 */
final class TargetDirectory implements AutoCloseable {
    private static final Set<OpenOption> NEW = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> OLD =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private final Path path;
    private final SecureDirectoryStream<Path> stream;

    /** What a name in a directory stands for. */
    enum Kind {
        NOTHING,
        FILE,
        DIRECTORY,
        LINK,
        OTHER
    }

    private TargetDirectory(Path path, DirectoryStream<Path> stream) throws IOException {
        this.path = path;
        if (!(stream instanceof SecureDirectoryStream<Path> secure)) {
            stream.close();
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    path + " is on a file system where links cannot be kept out",
                    "write to standard output with 'chord cat'");
        }
        this.stream = secure;
    }

    /** A directory that somebody named, made if it is not there; links on the way to it are followed. */
    static TargetDirectory open(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            try {
                Files.createDirectories(directory);
            } catch (FileAlreadyExistsException e) {
                throw noDirectory(Path.of(Objects.requireNonNullElse(e.getFile(), directory.toString())));
            }
        }
        return new TargetDirectory(directory, Files.newDirectoryStream(directory));
    }

    /**
     * A directory in this one, made if it is not there; closes this one.
     *
     * @throws ChordException NOT_PERMITTED if it is a link; USAGE if it is a file
     */
    TargetDirectory into(String name) throws IOException {
        Path below = path.resolve(name);
        try (this) {
            for (int tries = 0; ; tries++) {
                Kind kind = kind(name);
                if (kind == Kind.LINK) {
                    throw link(below);
                } else if (kind != Kind.DIRECTORY && kind != Kind.NOTHING) {
                    throw noDirectory(below);
                } else if (kind == Kind.NOTHING) {
                    make(below); // by its path, which the handle below checks: it is only there if it is here
                }
                try {
                    return new TargetDirectory(
                            below, stream.newDirectoryStream(Path.of(name), LinkOption.NOFOLLOW_LINKS));
                } catch (NoSuchFileException | FileSystemLoopException e) {
                    if (tries > 0) {
                        throw e;
                    }
                }
            }
        }
    }

    private static void make(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // by another download meanwhile
        }
    }

    private static ChordException noDirectory(Path path) {
        return new ChordException(
                ErrorCode.USAGE, path + " is a file, and has to be a directory", "move it away, or write elsewhere");
    }

    static ChordException link(Path path) {
        return new ChordException(
                ErrorCode.NOT_PERMITTED, path + " is a link, and is not followed", "remove it, or write elsewhere");
    }

    Path path() {
        return path;
    }

    Kind kind(String name) throws IOException {
        try {
            PosixFileAttributes found = attributes(name);
            if (found.isSymbolicLink()) {
                return Kind.LINK;
            }
            return found.isRegularFile() ? Kind.FILE : found.isDirectory() ? Kind.DIRECTORY : Kind.OTHER;
        } catch (NoSuchFileException e) {
            return Kind.NOTHING;
        }
    }

    private PosixFileAttributes attributes(String name) throws IOException {
        return stream.getFileAttributeView(Path.of(name), PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    /** A new file. */
    FileChannel create(String name) throws IOException {
        return (FileChannel) stream.newByteChannel(Path.of(name), NEW);
    }

    /** A file that is there already. */
    FileChannel reopen(String name) throws IOException {
        return (FileChannel) stream.newByteChannel(Path.of(name), OLD);
    }

    /**
     * Whether a file is as another one of this process: regular, of the same owner, and with no second
     * name elsewhere.
     */
    boolean isLike(String name, String own) throws IOException {
        PosixFileAttributes attributes = attributes(name);
        return attributes.isRegularFile()
                && attributes.owner().equals(attributes(own).owner())
                && Integer.valueOf(1)
                        .equals(Files.getAttribute(path.resolve(name), "unix:nlink", LinkOption.NOFOLLOW_LINKS));
    }

    /** The names in it that begin so; to be asked once. */
    List<String> names(String beginning) throws IOException {
        List<String> names = new ArrayList<>();
        try {
            for (Path entry : stream) {
                String name = String.valueOf(entry.getFileName());
                if (name.startsWith(beginning)) {
                    names.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /** Renames within the directory, over whatever has that name. */
    void move(String from, String to) throws IOException {
        stream.move(Path.of(from), stream, Path.of(to));
    }

    void delete(String name) throws IOException {
        stream.deleteFile(Path.of(name));
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
