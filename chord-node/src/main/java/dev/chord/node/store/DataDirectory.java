package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directory a node lives in: its identity, which survives a change of address, a count of its starts, and
 * a lock, so that no two processes live in it at once.
 */
public final class DataDirectory implements AutoCloseable {
    // 2: block files carry a checksum of their header, small blocks are in the database; 1 is read and
    // becomes 2
    private static final String FORMAT = "2";
    private static final Set<String> READABLE = Set.of("1", FORMAT);
    private static final Set<String> OWN = Set.of(
            "address",
            "blocks",
            "format",
            "identity",
            "incarnation",
            "incoming",
            "lock",
            "quarantine",
            "records.db",
            "records.db-shm",
            "records.db-wal",
            "suspect");

    private final Path root;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final Identifier identity;
    private final long incarnation;

    private DataDirectory(Path root, FileChannel lockFile, FileLock lock) throws IOException {
        this.root = root;
        this.lockFile = lockFile;
        this.lock = lock;
        checkFormat();
        identity = readIdentity();
        incarnation = nextIncarnation();
    }

    /**
     * Opens the directory, making it if needed.
     *
     * @throws ChordException CONFLICT if another process lives in it; NOT_PERMITTED or INCOMPATIBLE if it
     *     cannot be used
     */
    public static DataDirectory open(Path root) {
        try {
            PrivateFiles.createDirectories(root);
            PrivateFiles.close(root, OWN);
            FileChannel channel =
                    PrivateFiles.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw new ChordException(
                        ErrorCode.CONFLICT,
                        "another node is running in " + root,
                        "stop it, or give this one its own --data-dir");
            }
            return new DataDirectory(root, channel, lock);
        } catch (IOException e) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    "data directory " + root + " cannot be used: " + e,
                    "check path and rights",
                    e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // this very process has it open
        }
    }

    private void checkFormat() throws IOException {
        Path file = root.resolve("format");
        String found = Files.exists(file) ? Files.readString(file).strip() : FORMAT;
        if (!READABLE.contains(found)) {
            throw new ChordException(
                    ErrorCode.INCOMPATIBLE,
                    root + " was written by another version (format " + found + ")",
                    "use the version that wrote it, or another --data-dir");
        }
        PrivateFiles.write(file, FORMAT); // from now on an older version would misread it
    }

    private Identifier readIdentity() throws IOException {
        Path file = root.resolve("identity");
        if (!Files.exists(file)) {
            byte[] random = new byte[Identifier.BYTES];
            new SecureRandom().nextBytes(random);
            PrivateFiles.write(file, Identifier.ofBytes(random).toHex());
        }
        try {
            return Identifier.ofHex(Files.readString(file).strip());
        } catch (IllegalArgumentException e) {
            throw new ChordException(
                    ErrorCode.INTEGRITY, file + " does not hold an identity", "restore it from a backup", e);
        }
    }

    private long nextIncarnation() throws IOException {
        Path file = root.resolve("incarnation");
        long last = Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
        PrivateFiles.write(file, Long.toString(last + 1));
        return last + 1;
    }

    /** Leaves word of where the node listens, for commands on this machine. */
    public void writeAddress(String address) throws IOException {
        PrivateFiles.write(addressFile(root), address);
    }

    /** Where a running node leaves its address. */
    public static Path addressFile(Path root) {
        return root.resolve("address");
    }

    public Path root() {
        return root;
    }

    /** Drawn at random once; the node's own for good. */
    public Identifier identity() {
        return identity;
    }

    /** The number of this start. */
    public long incarnation() {
        return incarnation;
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(addressFile(root));
        lock.release();
        lockFile.close();
    }
}
