package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Immutable blocks as files named by their digest. A block is acknowledged after: written to a temporary file in the same
 * directory, fsync, rename, fsync of the directory. Every file tells what it is (magic, length, digest), and every read
 * verifies it; a damaged one is put aside and counts as absent.
 *
 * <p>A failed fsync cannot be repeated (the kernel may have dropped the pages): it makes the store degraded, which
 * refuses writes until a restart. Thread-safe.
 */
public final class BlockStore {
    private static final Logger log = LoggerFactory.getLogger(BlockStore.class);
    private static final int MAGIC = 0x43484231; // "CHB1"
    private static final int HEADER = Integer.BYTES * 2 + Identifier.BYTES;

    private final Path blocks;
    private final Path quarantine;
    private final double reserve;
    private final ConcurrentSkipListMap<Identifier, Integer> index = new ConcurrentSkipListMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicLong damaged = new AtomicLong();
    private volatile boolean degraded;

    /**
     * Opens the store and lists what is there.
     *
     * @param reserve the fraction of the disk never to be filled
     */
    public BlockStore(Path root, double reserve) throws IOException {
        this.blocks = root.resolve("blocks");
        this.quarantine = root.resolve("quarantine");
        this.reserve = reserve;
        Files.createDirectories(quarantine);
        for (int i = 0; i < 256; i++) {
            Files.createDirectories(blocks.resolve(String.format("%02x", i)));
        }
        DurableFiles.syncDirectory(blocks);
        DurableFiles.syncDirectory(root);
        list();
    }

    private void list() throws IOException {
        try (Stream<Path> files = Files.walk(blocks, 2)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                String name = file.getFileName().toString();
                if (name.endsWith(".tmp")) {
                    Files.delete(file); // a write that was never acknowledged
                } else {
                    noteListed(file, name);
                }
            }
        }
    }

    private void noteListed(Path file, String name) throws IOException {
        try {
            note(Identifier.ofHex(name), (int) Math.max(0, Files.size(file) - HEADER));
        } catch (IllegalArgumentException e) {
            log.warn("not a block, left alone: {}", file);
        }
    }

    private void note(Identifier digest, int size) {
        if (index.put(digest, size) == null) {
            bytes.addAndGet(size);
        }
    }

    private void forget(Identifier digest) {
        Integer size = index.remove(digest);
        if (size != null) {
            bytes.addAndGet(-size);
        }
    }

    private Path file(Identifier digest) {
        String hex = digest.toHex();
        return blocks.resolve(hex.substring(0, 2)).resolve(hex);
    }

    /**
     * Stores a block; returns once it is durable.
     *
     * @return whether it was here before
     * @throws ChordException USAGE if the digest is wrong; NO_SPACE; INTERNAL if the disk fails
     */
    public boolean put(Identifier digest, ByteBuffer data) {
        if (!Identifier.sha256(data).equals(digest)) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "block " + digest.abbreviated() + " does not have the digest it is sent under",
                    "");
        }
        if (index.containsKey(digest) && intact(digest)) {
            return true;
        }
        requireWritable(data.remaining());
        Path target = file(digest);
        Path temporary = target.resolveSibling(digest.toHex() + "-" + sequence.incrementAndGet() + ".tmp");
        try {
            write(temporary, digest, data);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            DurableFiles.syncDirectory(target.getParent());
        } catch (IOException e) {
            throw failed(temporary, e);
        }
        note(digest, data.remaining());
        return false;
    }

    // A copy that is claimed to be here must be good, or a good one on its way would be turned down.
    private boolean intact(Identifier digest) {
        try {
            return get(digest).isPresent();
        } catch (ChordException e) {
            return false;
        }
    }

    private void requireWritable(int size) {
        if (degraded) {
            throw new ChordException(
                    ErrorCode.INTERNAL,
                    "the store refuses writes after a disk failure",
                    "check the disk, restart the node");
        }
        try {
            var disk = Files.getFileStore(blocks);
            if (disk.getUsableSpace() - size < reserve * disk.getTotalSpace()) {
                throw new ChordException(
                        ErrorCode.NO_SPACE, "the disk is full up to its reserve", "free space or add nodes");
            }
        } catch (IOException e) {
            throw failed(blocks, e);
        }
    }

    private void write(Path file, Identifier digest, ByteBuffer data) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER)
                    .putInt(MAGIC)
                    .putInt(data.remaining())
                    .put(digest.toBytes())
                    .flip();
            ByteBuffer[] parts = {header, data.duplicate()};
            while (parts[1].hasRemaining()) {
                out.write(parts);
            }
            force(out);
        }
    }

    private void force(FileChannel out) throws IOException {
        try {
            out.force(true);
        } catch (IOException e) {
            degraded = true;
            throw e;
        }
    }

    private ChordException failed(Path temporary, IOException e) {
        try {
            if (temporary.toString().endsWith(".tmp")) {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException again) {
            e.addSuppressed(again);
        }
        if (String.valueOf(e.getMessage()).contains("No space left")) {
            return new ChordException(ErrorCode.NO_SPACE, "the disk is full", "free space or add nodes", e);
        }
        log.error("block store failed", e);
        return new ChordException(ErrorCode.INTERNAL, "the disk failed: " + e.getMessage(), "check the disk", e);
    }

    /**
     * Reads a block and verifies it.
     *
     * @return empty if it is not here
     * @throws ChordException INTEGRITY if it was here but damaged; it is put aside
     */
    public Optional<ByteBuffer> get(Identifier digest) {
        if (!index.containsKey(digest)) {
            return Optional.empty();
        }
        byte[] raw;
        try {
            raw = Files.readAllBytes(file(digest));
        } catch (NoSuchFileException e) {
            forget(digest);
            return Optional.empty();
        } catch (IOException e) {
            throw damaged(digest, "cannot be read: " + e.getMessage());
        }
        ByteBuffer buffer = ByteBuffer.wrap(raw);
        boolean whole = raw.length >= HEADER && buffer.getInt() == MAGIC && buffer.getInt() == raw.length - HEADER;
        if (!whole) {
            throw damaged(digest, "is cut or overwritten");
        }
        ByteBuffer data = ByteBuffer.wrap(raw, HEADER, raw.length - HEADER).slice();
        if (!Identifier.sha256(data).equals(digest)) {
            throw damaged(digest, "has other bytes than its digest says");
        }
        return Optional.of(data);
    }

    private ChordException damaged(Identifier digest, String how) {
        damaged.incrementAndGet();
        log.warn("block {} {}; put aside", digest.toHex(), how);
        try {
            Files.move(file(digest), quarantine.resolve(digest.toHex()), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.warn("block {} could not be put aside", digest.toHex(), e);
        }
        forget(digest);
        return new ChordException(
                ErrorCode.INTEGRITY,
                "the copy of block " + digest.abbreviated() + " here " + how,
                "another copy may be good");
    }

    /** Whether a block is listed here; only {@link #get} knows whether it is good. */
    public boolean has(Identifier digest) {
        return index.containsKey(digest);
    }

    /** Drops a block that others hold. */
    public void delete(Identifier digest) {
        try {
            Files.deleteIfExists(file(digest));
            forget(digest);
        } catch (IOException e) {
            log.warn("block {} could not be deleted", digest.toHex(), e);
        }
    }

    /** All digests in order, as of now. */
    public List<Identifier> digests() {
        return List.copyOf(index.keySet());
    }

    public int count() {
        return index.size();
    }

    public long totalBytes() {
        return bytes.get();
    }

    /** Blocks found damaged since the start. */
    public long damagedCount() {
        return damaged.get();
    }

    public boolean degraded() {
        return degraded;
    }
}
