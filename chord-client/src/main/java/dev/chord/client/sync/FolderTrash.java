package dev.chord.client.sync;

import dev.chord.client.content.FileStamp;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the content of a folder goes that is replaced or removed: a directory for each moment, in which files
 * keep their names. It is in the folder itself, so that going there is a matter of names and not of bytes.
 */
final class FolderTrash {
    static final Duration LIFE = Duration.ofDays(30);

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
    private static final int MOMENT_LENGTH = 15;

    private final Path root;
    private final Path trash;
    private final Clock clock;

    FolderTrash(Path root, Clock clock) {
        this.root = root;
        this.trash = root.resolve(SyncNames.TRASH);
        this.clock = clock;
    }

    /** Keeps a file, which stays where it is; returns where. */
    Path keep(Path file) throws IOException {
        while (true) {
            Path kept = place(file);
            if (link(file, kept)) {
                return kept;
            }
        }
    }

    /** Moves a file here, in one step where the file system can; returns where it is now. */
    Path take(Path file) throws IOException {
        Path kept = place(file);
        try {
            Files.move(file, kept, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Optional<FileStamp> before = DiskFolder.stampOf(file);
            copy(file, kept);
            if (before.isEmpty() || !DiskFolder.stampOf(file).equals(before)) {
                throw new FileSystemException(file.toString(), null, "it changed while it was kept");
            }
            Files.delete(file);
        }
        return kept;
    }

    // A place nothing is in.
    private Path place(Path file) throws IOException {
        directory(trash);
        String moment = MOMENT.format(clock.instant());
        String below = DiskFolder.name(root, file);
        for (int number = 1; ; number++) {
            Path place =
                    trash.resolve(number == 1 ? moment : moment + "-" + number).resolve(below);
            if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectories(Objects.requireNonNullElse(place.getParent(), trash));
                return place;
            }
        }
    }

    // For its owner alone: what is in here may have lain in a directory that nobody else could enter.
    private static void directory(Path trash) throws IOException {
        if (!Files.exists(trash, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(trash);
            try {
                Files.setPosixFilePermissions(trash, PosixFilePermissions.fromString("rwx------"));
            } catch (UnsupportedOperationException e) {
                // as the system has it
            }
        } else if (!Files.isDirectory(trash, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileSystemException(trash.toString(), null, SyncNames.TRASH + " is no directory, or a link");
        }
    }

    /** Gives a file one more name, unless that is taken; where there are no links, a copy of it. */
    static boolean link(Path file, Path name) throws IOException {
        try {
            Files.createLink(name, file);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (UnsupportedOperationException | FileSystemException e) {
            if (Files.exists(name, LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
            copy(file, name);
            return true;
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Path next = to.resolveSibling(SyncNames.OWN + "copy");
        Files.copy(
                from,
                next,
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES,
                LinkOption.NOFOLLOW_LINKS);
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        try {
            Files.move(next, to);
        } catch (FileAlreadyExistsException e) {
            Files.delete(next);
            throw e;
        }
    }

    /** Removes what has been here for its time. */
    void empty() throws IOException {
        if (!Files.isDirectory(trash, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Instant end = clock.instant().minus(LIFE);
        List<Path> moments;
        try (Stream<Path> found = Files.list(trash)) {
            moments = found.toList();
        }
        for (Path moment : moments) {
            if (moment(moment).filter(end::isAfter).isPresent()) {
                Files.walkFileTree(moment, new Remove());
            }
        }
    }

    private static Optional<Instant> moment(Path directory) {
        String name = String.valueOf(directory.getFileName());
        try {
            return name.length() < MOMENT_LENGTH
                    ? Optional.empty()
                    : Optional.of(MOMENT.parse(name.substring(0, MOMENT_LENGTH), Instant::from));
        } catch (DateTimeException e) {
            return Optional.empty(); // somebody else's
        }
    }

    private static final class Remove extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
