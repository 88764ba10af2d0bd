package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node keeps is for its user alone: its identity, what others stored with it, what it was told. Files
 * are made with mode 0600 and directories with 0700, whatever the umask lets through; a file system without
 * such modes is used as it is.
 */
final class PrivateFiles {
    private static final Logger log = LoggerFactory.getLogger(PrivateFiles.class);
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?>[] NONE = {};

    private PrivateFiles() {}

    /** Makes a directory and those above it that are missing. */
    static void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return; // perhaps by way of a link
        }
        Files.createDirectories(directory, attribute(directory, DIRECTORY));
    }

    /** Opens a file, which is made private if the options make it. */
    static FileChannel open(Path file, OpenOption... options) throws IOException {
        return FileChannel.open(file, Set.copyOf(Arrays.asList(options)), attribute(file, FILE));
    }

    /** Makes an empty file, unless it is there. */
    static void touch(Path file) throws IOException {
        open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    }

    /** Replaces what a file says, durably and in one step. */
    static void write(Path file, String text) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel out = open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            out.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.syncDirectory(file.toAbsolutePath().getParent());
    }

    private static FileAttribute<?>[] attribute(Path path, Set<PosixFilePermission> permissions) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : NONE;
    }

    /**
     * Closes a directory of an earlier version, and what a node has put there, to everybody else. One that is
     * closed already is not looked through, and one that holds other things than a node's keeps its mode.
     *
     * @param own what a node puts there
     * @throws ChordException NOT_PERMITTED if others can write to it or to anything of the node's: nobody
     *     knows what they have put there
     */
    static void close(Path root, Set<String> own) throws IOException {
        PosixFileAttributes attributes = attributes(root);
        if (attributes == null || DIRECTORY.containsAll(attributes.permissions())) {
            return;
        }
        Set<String> found = entries(root);
        found.remove("lost+found"); // every new file system of some kinds has it
        if (!found.isEmpty()) {
            refuseIfOthersWrite(root, attributes);
        }
        if (!found.isEmpty() && Collections.disjoint(found, own)) {
            return;
        }
        found.retainAll(own);
        List<Path> open = new ArrayList<>();
        for (String name : found) {
            collect(root.resolve(name).toRealPath(), open);
        }
        open.add(root); // last, so that a start that is cut short does it all again
        try {
            for (Path path : open) {
                Files.setPosixFilePermissions(path, Files.isDirectory(path) ? DIRECTORY : FILE);
            }
            log.info("{} was open to other users of this machine: it is closed to them now", root);
        } catch (IOException e) {
            log.warn("{} is open to other users of this machine, and cannot be closed to them: {}", root, e.toString());
        }
    }

    private static Set<String> entries(Path directory) throws IOException {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
        }
        return names;
    }

    private static void collect(Path start, List<Path> open) throws IOException {
        Files.walkFileTree(start, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes basic) throws IOException {
                look(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes basic) throws IOException {
                if (!basic.isSymbolicLink()) {
                    look(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            private void look(Path path) throws IOException {
                PosixFileAttributes attributes = attributes(path);
                if (attributes != null) {
                    refuseIfOthersWrite(path, attributes);
                    if (!(attributes.isDirectory() ? DIRECTORY : FILE).containsAll(attributes.permissions())) {
                        open.add(path);
                    }
                }
            }
        });
    }

    private static @Nullable PosixFileAttributes attributes(Path path) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        return view == null ? null : view.readAttributes();
    }

    // A group that is named like the owner is the owner's own, as many systems make it, with an umask that
    // lets it write.
    private static void refuseIfOthersWrite(Path path, PosixFileAttributes attributes) {
        Set<PosixFilePermission> permissions = attributes.permissions();
        boolean group = permissions.contains(PosixFilePermission.GROUP_WRITE)
                && !attributes.group().getName().equals(attributes.owner().getName());
        if (group || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    "other users of this machine can write to " + path,
                    "see that everything in it is yours, then: chmod -R go-w on the data directory");
        }
    }
}
