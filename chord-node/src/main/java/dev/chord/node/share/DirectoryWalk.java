package dev.chord.node.share;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The files under a path, with the names they get: symbolic links and special files are reported, not followed. */
public final class DirectoryWalk {
    private DirectoryWalk() {}

    /**
     * One file found.
     *
     * @param name the walked directory's own name, then the path below it, with slashes
     * @param skipped why it is left out; empty: it is not
     */
    public record Entry(Path path, String name, String skipped) {}

    /**
     * Walks a file or directory.
     *
     * @param name the name for the root; empty: its own
     */
    public static List<Entry> of(Path root, String name) throws IOException {
        Path real = root.toAbsolutePath().normalize();
        Path last = real.getFileName();
        String base = !name.isEmpty() ? name : last == null ? "" : last.toString();
        List<Entry> entries = new ArrayList<>();
        if (!Files.isDirectory(real)) {
            entries.add(new Entry(real, base, ""));
            return entries;
        }
        Files.walkFileTree(real, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String below = real.relativize(file).toString().replace('\\', '/');
                String full = base.isEmpty() ? below : base + "/" + below;
                String skipped = attributes.isSymbolicLink()
                        ? "a symbolic link, not followed"
                        : attributes.isRegularFile() ? "" : "not a regular file";
                entries.add(new Entry(file, full, skipped));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                entries.add(new Entry(
                        file,
                        real.relativize(file).toString(),
                        "cannot be read: " + e.getClass().getSimpleName()));
                return FileVisitResult.CONTINUE;
            }
        });
        entries.sort(Comparator.comparing(Entry::name));
        return entries;
    }
}
