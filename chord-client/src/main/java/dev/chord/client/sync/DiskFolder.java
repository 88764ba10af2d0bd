package dev.chord.client.sync;

import dev.chord.client.content.FileDigester;
import dev.chord.client.content.FileStamp;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.files.DirectoryWalk;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A folder on a disk, locked for one process. Only one thread uses it. */
final class DiskFolder implements SyncFolder, AutoCloseable {
    private static final String LOCK = SyncNames.STATE + ".lock";
    private static final String NEXT = SyncNames.STATE + ".next";

    /** What a download leaves until it is whole. */
    private static final Pattern UNFINISHED = Pattern.compile(".*\\.[0-9a-f]{10}\\.part(\\..*)?");

    /** What a fetch of sync's own leaves until it is whole. */
    private static final Pattern INCOMING = Pattern.compile(Pattern.quote(SyncNames.OWN) + "[0-9a-f]{10}(\\..*)?");

    private static final Duration INCOMING_LIFE = Duration.ofDays(1);

    private final Path root;
    private final String base;
    private final Object identity;
    private final FileChannel lock;
    private final FolderTrash trash;
    private List<String> saved = List.of();

    private DiskFolder(Path root, String prefix, FileChannel lock, Clock clock) throws IOException {
        this.root = root;
        this.base = prefix.substring(0, prefix.length() - 1);
        this.lock = lock;
        this.identity = identity(root);
        this.trash = new FolderTrash(root, clock);
    }

    /**
     * Takes a folder for this process; makes it if it is not there.
     *
     * @param prefix what its names on the ring begin with
     * @throws ChordException CONFLICT if another process, or another part of this one, keeps it in step
     */
    static DiskFolder open(Path folder, String prefix, Clock clock) throws IOException {
        Path root = (Files.isDirectory(folder) ? folder : Files.createDirectories(folder)).toRealPath();
        FileChannel channel = FileChannel.open(
                root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try {
            FileLock taken = channel.tryLock();
            if (taken != null) {
                return new DiskFolder(root, prefix, channel, clock);
            }
        } catch (OverlappingFileLockException e) {
            // somebody in this process has it
        }
        channel.close();
        throw new ChordException(
                ErrorCode.CONFLICT,
                "another 'chord sync' keeps " + folder + " in step",
                "end it first; a folder has one at a time");
    }

    private static Object identity(Path root) throws IOException {
        return Objects.requireNonNullElse(
                Files.readAttributes(root, BasicFileAttributes.class).fileKey(), root);
    }

    Path root() {
        return root;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    @Override
    public FileTime now() throws IOException {
        lock.write(ByteBuffer.wrap(new byte[] {'\n'}), 0);
        return Files.getLastModifiedTime(root.resolve(LOCK));
    }

    @Override
    public Walk walk() throws IOException {
        if (!Files.isDirectory(root) || !identity(root).equals(identity)) {
            throw new ChordException(
                    ErrorCode.NOT_FOUND,
                    "the folder " + root + " is not there any more, or is another one",
                    "is its disk mounted? nothing was taken for removed");
        }
        List<Path> own = new ArrayList<>();
        DirectoryWalk found = DirectoryWalk.of(root, base, path -> isOwn(path) && own.add(path));
        for (Path path : own) {
            removeOld(path);
        }
        Map<String, FileStamp> files = new TreeMap<>();
        Map<String, String> leftOut = new TreeMap<>();
        Set<String> links = new TreeSet<>();
        for (DirectoryWalk.Found file : found.files()) {
            look(file, files, leftOut);
        }
        for (DirectoryWalk.LeftOut left : found.leftOut()) {
            leftOut.put(below(left.name()), left.why());
            if (left.link()) {
                links.add(below(left.name()));
            }
        }
        return new Walk(files, leftOut, links);
    }

    // The walk gives names as they are on the ring.
    private String below(String name) {
        return name.substring(base.length() + 1);
    }

    private static boolean isOwn(Path path) {
        return SyncNames.isOwn(String.valueOf(path.getFileName()));
    }

    private void look(DirectoryWalk.Found file, Map<String, FileStamp> files, Map<String, String> leftOut) {
        String name = below(file.name());
        try {
            if (UNFINISHED.matcher(name).matches()) {
                leftOut.put(name, "a download that is not finished");
            } else {
                stampOf(file.path()).ifPresent(stamp -> files.put(name, stamp));
            }
        } catch (IOException e) {
            leftOut.put(name, FolderSteps.words(e));
        }
    }

    // A fetch that was cut off goes on with it, but not for ever.
    private static void removeOld(Path own) {
        try {
            removeIfOld(own);
        } catch (IOException e) {
            return; // another round will
        }
    }

    private static void removeIfOld(Path own) throws IOException {
        if (INCOMING.matcher(String.valueOf(own.getFileName())).matches()
                && Files.isRegularFile(own, LinkOption.NOFOLLOW_LINKS)
                && Files.getLastModifiedTime(own, LinkOption.NOFOLLOW_LINKS)
                        .toInstant()
                        .isBefore(Instant.now().minus(INCOMING_LIFE))) {
            Files.deleteIfExists(own);
        }
    }

    @Override
    public Optional<FileStamp> stamp(String name) throws IOException {
        return stampOf(path(name));
    }

    static Optional<FileStamp> stampOf(Path path) throws IOException {
        try {
            BasicFileAttributes basic =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (basic.isDirectory()) {
                return Optional.empty();
            }
            if (!basic.isRegularFile()) {
                throw new FileSystemException(path.toString(), null, "there is a link, or no regular file");
            }
            return Optional.of(FileStamp.of(path, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (FileSystemException e) {
            if (isBelowNoDirectory(path)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    // The system says so only in words, which may be in any language.
    private static boolean isBelowNoDirectory(Path path) {
        Path at = path.getParent();
        while (at != null && !Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
            at = at.getParent();
        }
        return at != null && !Files.isDirectory(at);
    }

    @Override
    public Identifier digest(String name) throws IOException {
        return Identifier.sha256(ManifestCodec.out(FileDigester.digest(path(name), (digest, data) -> {})));
    }

    @Override
    public Path path(String name) throws IOException {
        return resolve(root, name);
    }

    static Path resolve(Path root, String name) throws IOException {
        try {
            Path path = root.resolve(name).normalize();
            if (path.startsWith(root) && !path.equals(root)) {
                return path;
            }
        } catch (InvalidPathException e) {
            // falls through: this system cannot have such a file
        }
        throw new FileSystemException(name, null, "this system cannot have a file of that name");
    }

    static String name(Path root, Path path) {
        String name = root.relativize(path).toString();
        String separator = root.getFileSystem().getSeparator();
        return separator.equals("/") ? name : name.replace(separator, "/");
    }

    private String name(Path path) {
        return name(root, path);
    }

    @Override
    public String incoming(String name, Identifier content) throws IOException {
        Path target = path(name);
        Path directory = directoryFor(target);
        if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.delete(target);
            } catch (DirectoryNotEmptyException e) {
                throw new FileSystemException(name, null, "a directory is in its place");
            }
        } else if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
                && stamp(name).isEmpty()) {
            throw new FileSystemException(name, null, "something else is in its place");
        }
        Path own = directory.resolve(SyncNames.OWN + content.abbreviated());
        // After a crash it may be another name of a file that people have written to since.
        Files.deleteIfExists(own);
        return name(own);
    }

    // Made part by part: a link on the way would lead out of the folder.
    private Path directoryFor(Path target) throws IOException {
        Path directory = root;
        for (Path part : root.relativize(Objects.requireNonNullElse(target.getParent(), root))) {
            directory = directory.resolve(part).normalize();
            if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(directory);
            } else if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileSystemException(name(target), null, name(directory) + " is no directory, or a link");
            }
        }
        return directory;
    }

    @Override
    public boolean link(String file, String name) throws IOException {
        return FolderTrash.link(path(file), path(name));
    }

    @Override
    public void delete(String own) throws IOException {
        if (!SyncNames.isOwn(own)) {
            throw new IllegalArgumentException(own + " is somebody's file");
        }
        Files.deleteIfExists(path(own));
    }

    @Override
    public String keep(String name) throws IOException {
        return name(trash.keep(path(name)));
    }

    @Override
    public String take(String name) throws IOException {
        return name(trash.take(path(name)));
    }

    @Override
    public boolean replace(String own, String name, FileStamp seen) throws IOException {
        Path from = path(own);
        Path to = path(name);
        keepPermissions(to, from);
        if (stampOf(to).filter(seen::sameFile).isEmpty()) {
            return false;
        }
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return true;
    }

    private static void keepPermissions(Path from, Path to) {
        try {
            Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from, LinkOption.NOFOLLOW_LINKS));
        } catch (UnsupportedOperationException | IOException e) {
            // then it has those of a new file
        }
    }

    @Override
    public List<String> loadState() throws IOException {
        Path file = root.resolve(SyncNames.STATE);
        if (!Files.exists(file)) {
            return List.of();
        }
        saved = new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return saved;
    }

    @Override
    public void saveState(List<String> lines) throws IOException {
        if (lines.equals(saved)) {
            return;
        }
        Path next = root.resolve(NEXT);
        try (FileChannel out = FileChannel.open(
                next,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(String.join("\n", lines) + "\n");
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(
                next,
                root.resolve(SyncNames.STATE),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        saved = List.copyOf(lines);
    }

    @Override
    public void emptyTrash() throws IOException {
        trash.empty();
    }
}
