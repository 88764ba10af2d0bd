package dev.chord.client.sync;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks through a folder: what can be kept in step, and what cannot, with the reason. One odd thing does not keep it from the
 * rest. Links are not followed.
 */
final class FolderWalk extends SimpleFileVisitor<Path> {
    /** What a download leaves until it is whole. */
    private static final Pattern UNFINISHED = Pattern.compile(".*\\.[0-9a-f]{10}\\.part(\\..*)?");

    /** What a fetch of sync's own leaves until it is whole. */
    private static final Pattern INCOMING =
            Pattern.compile(Pattern.quote(SyncNames.OWN) + "([0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{16})(\\..*)?");

    private static final Duration INCOMING_LIFE = Duration.ofDays(1);

    private final Path root;
    private final UnaryOperator<String> trouble;
    private final Map<String, Stamp> files = new TreeMap<>();
    private final Map<String, String> leftOut = new TreeMap<>();

    /** @param trouble says why something cannot be a name on the ring; empty: it can */
    FolderWalk(Path root, UnaryOperator<String> trouble) {
        this.root = root;
        this.trouble = trouble;
    }

    SyncFolder.Walk found() {
        return new SyncFolder.Walk(files, leftOut);
    }

    static String name(Path root, Path path) {
        String name = root.relativize(path).toString();
        String separator = root.getFileSystem().getSeparator();
        return separator.equals("/") ? name : name.replace(separator, "/");
    }

    /** What is no regular file, in words. */
    static String kind(BasicFileAttributes attributes) {
        return attributes.isSymbolicLink() ? "a symbolic link, which is not followed" : "not a regular file";
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        boolean own = !directory.equals(root) && SyncNames.isOwn(name(root, directory));
        return own ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        String name = name(root, file);
        if (SyncNames.isOwn(name)) {
            removeOld(file, attributes.lastModifiedTime());
            return FileVisitResult.CONTINUE;
        }
        String why = attributes.isRegularFile() ? trouble.apply(name) : kind(attributes);
        if (why.isEmpty() && UNFINISHED.matcher(name).matches()) {
            why = "a download that is not finished";
        }
        if (why.isEmpty()) {
            look(file, name);
        } else {
            leftOut.put(name, why);
        }
        return FileVisitResult.CONTINUE;
    }

    private void look(Path file, String name) {
        try {
            Optional<Stamp> stamp = DiskFolder.stampOf(file);
            stamp.ifPresent(s -> files.put(name, s));
        } catch (IOException e) {
            leftOut.put(name, FolderSteps.words(e));
        }
    }

    // A fetch that was cut off goes on with it, but not for ever.
    private static void removeOld(Path own, FileTime modified) throws IOException {
        boolean old = modified.toInstant().isBefore(Instant.now().minus(INCOMING_LIFE));
        if (old && INCOMING.matcher(String.valueOf(own.getFileName())).matches()) {
            Files.deleteIfExists(own);
        }
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (file.equals(root)) {
            throw e;
        }
        if (!(e instanceof NoSuchFileException)) { // gone in the meantime
            leftOut.put(name(root, file), FolderSteps.words(e));
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
        if (e != null) {
            return visitFileFailed(directory, e);
        }
        return FileVisitResult.CONTINUE;
    }
}
