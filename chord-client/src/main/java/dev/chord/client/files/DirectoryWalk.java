package dev.chord.client.files;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.name.Label;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The files under a path with the names they get on the ring, and everything that gets none, with the reason.
 * A file's name is its path below the root, character by character: two files never get one name, and no file
 * gets another file's. The root itself is what somebody named, so a link is followed there; below it none is.
 *
 * @param tree whether the root is a directory
 * @param files what can be stored, by name
 * @param leftOut what cannot, by name
 */
public record DirectoryWalk(boolean tree, List<Found> files, List<LeftOut> leftOut) {
    /**
     * A file with a name.
     *
     * @param size its bytes when it was seen
     */
    public record Found(Path path, String name, long size) {}

    /**
     * What gets no name, or cannot be read.
     *
     * @param name how it would be called, for people: it may be no name
     * @param why in words for people
     * @param link a symbolic link, which is passed over always: no fault
     */
    public record LeftOut(Path path, String name, String why, boolean link) {}

    /** Whether something is wrong with what was left out: links alone are no fault. */
    public boolean faulty() {
        return leftOut.stream().anyMatch(left -> !left.link());
    }

    /**
     * Walks a file or directory.
     *
     * @param name the name for the root; empty: its own
     * @throws ChordException NOT_FOUND if there is nothing; NOT_PERMITTED if the root cannot be read; USAGE
     *     if the root gets no name
     */
    public static DirectoryWalk of(Path root, String name) {
        return of(root, name, path -> false);
    }

    /**
     * The same without what {@code ignored} says yes to: neither found nor left out, and directories
     * not entered.
     *
     * @param ignored asked about everything below the root
     */
    public static DirectoryWalk of(Path root, String name, Predicate<Path> ignored) {
        if (!Files.exists(root)) {
            throw new ChordException(ErrorCode.NOT_FOUND, root + ": no such file", "check the path");
        }
        Path own = root.toAbsolutePath().normalize().getFileName();
        String base = !name.isEmpty() ? name : own == null ? "" : own.toString();
        String trouble = name.isEmpty() && own != null ? namelessBecause(own, base) : Label.trouble(base);
        if (!base.isEmpty() && !trouble.isEmpty()) {
            throw new ChordException(
                    ErrorCode.USAGE, root + ": '" + base + "' is no name: " + trouble, "give one with --name");
        }
        try {
            if (!Files.isDirectory(root)) {
                Path file = root.toAbsolutePath();
                return new DirectoryWalk(false, List.of(new Found(file, base, Files.size(file))), List.of());
            }
            Visit visit = new Visit(root.toRealPath(), base, ignored);
            Files.walkFileTree(visit.start, visit);
            visit.found.sort(Comparator.comparing(Found::name));
            visit.leftOut.sort(Comparator.comparing(LeftOut::name));
            return new DirectoryWalk(true, List.copyOf(visit.found), List.copyOf(visit.leftOut));
        } catch (IOException e) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED, root + " cannot be read: " + reason(e), "check its permissions", e);
        }
    }

    /**
     * Refuses files that would get one name between them.
     *
     * @throws ChordException USAGE, with both paths
     */
    public static void requireOneNameEach(List<Found> files) {
        Map<String, Path> taken = new LinkedHashMap<>();
        for (Found file : files) {
            Path other = taken.putIfAbsent(file.name(), file.path());
            if (other != null) {
                throw new ChordException(
                        ErrorCode.USAGE,
                        other + " and " + file.path() + " would both be called '" + file.name()
                                + "': nothing was stored",
                        "store them one by one, each with its own --name");
            }
        }
    }

    // Java shows bytes that it cannot decode by a mark; the path made of what is shown is another one then.
    private static String namelessBecause(Path path, String name) {
        try {
            if (!path.getFileSystem().getPath(path.toString()).equals(path)) {
                return "its name is no UTF-8";
            }
        } catch (InvalidPathException e) {
            return "its name is no UTF-8";
        }
        return Label.trouble(name);
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException
                ? "permission denied"
                : e instanceof NoSuchFileException ? "it vanished" : String.valueOf(e.getMessage());
    }

    private static final class Visit extends SimpleFileVisitor<Path> {
        private final Path start;
        private final String base;
        private final Predicate<Path> ignored;
        private final List<Found> found = new ArrayList<>();
        private final List<LeftOut> leftOut = new ArrayList<>();

        Visit(Path start, String base, Predicate<Path> ignored) {
            this.start = start;
            this.base = base;
            this.ignored = ignored;
        }

        private String name(Path path) {
            String below = start.relativize(path).toString();
            return base.isEmpty() ? below : below.isEmpty() ? base : base + "/" + below;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            boolean skip = !directory.equals(start) && ignored.test(directory);
            return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!ignored.test(file)) {
                String name = name(file);
                String why = why(file, name, attributes);
                if (why.isEmpty()) {
                    found.add(new Found(file, name, attributes.size()));
                } else {
                    leftOut.add(new LeftOut(file, name, why, attributes.isSymbolicLink()));
                }
            }
            return FileVisitResult.CONTINUE;
        }

        private String why(Path file, String name, BasicFileAttributes attributes) {
            if (attributes.isSymbolicLink()) {
                return "a symbolic link, not followed";
            }
            if (!attributes.isRegularFile()) {
                return "not a regular file";
            }
            return namelessBecause(start.relativize(file), name);
        }

        @Override
        public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
            return unreadable(path, e);
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
            return e == null ? FileVisitResult.CONTINUE : unreadable(directory, e);
        }

        private FileVisitResult unreadable(Path path, IOException e) throws IOException {
            if (path.equals(start)) {
                throw e;
            }
            if (!ignored.test(path)) {
                leftOut.add(new LeftOut(path, name(path), "cannot be read: " + reason(e), false));
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
