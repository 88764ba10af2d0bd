package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks as files named by their digest, in 256 directories. A block is there after: written to a temporary
 * file beside it, fsync, rename, fsync of the directory (one for many blocks). Every file says what it is:
 *
 * <pre>
 * "CHB2"  length  digest   CRC-32C of the header   bytes
 *   4       4       32           4
 * </pre>
 *
 * Files of the first format ("CHB1", without the checksum) are read as they are.
 */
final class FileBlocks implements BlockShelf {
    private static final Logger log = LoggerFactory.getLogger(FileBlocks.class);
    private static final int MAGIC_1 = 0x43484231;
    private static final int MAGIC_2 = 0x43484232;
    private static final int HEADER_1 = 2 * Integer.BYTES + Identifier.BYTES;
    private static final int HEADER_2 = 3 * Integer.BYTES + Identifier.BYTES;
    private static final int KEPT_ASIDE = 256;

    private final StoreIo io;
    private final Path blocks;
    private final Path quarantine;
    private final DirectorySyncs directories;
    private final AtomicLong sequence = new AtomicLong();

    FileBlocks(StoreIo io, Path root) throws IOException {
        this.io = io;
        this.blocks = root.resolve("blocks");
        this.quarantine = root.resolve("quarantine");
        this.directories = new DirectorySyncs(io);
        io.createDirectories(quarantine);
        for (int i = 0; i < 256; i++) {
            io.createDirectories(directory(i));
        }
        io.syncDirectory(blocks);
        io.syncDirectory(root);
    }

    private Path directory(int first) {
        return blocks.resolve(String.format("%02x", first));
    }

    private Path file(Identifier digest) {
        String hex = digest.toHex();
        return blocks.resolve(hex.substring(0, 2)).resolve(hex);
    }

    /** Lists what is here; what was being written when the process ended goes. */
    @Override
    public void list(Consumer<Label> each) throws IOException {
        for (int i = 0; i < 256; i++) {
            Path directory = directory(i);
            for (StoreIo.Entry entry : io.list(directory)) {
                if (entry.name().endsWith(".tmp")) {
                    io.delete(directory.resolve(entry.name()));
                } else {
                    label(directory, entry, each);
                }
            }
        }
    }

    private static void label(Path directory, StoreIo.Entry entry, Consumer<Label> each) {
        try {
            Identifier digest = Identifier.ofHex(entry.name());
            each.accept(new Label(digest, (int) Math.max(0, entry.size() - HEADER_2)));
        } catch (IllegalArgumentException e) {
            log.warn("not a block, left alone: {}", directory.resolve(entry.name()));
        }
    }

    @Override
    public CompletableFuture<?> put(Identifier digest, ByteBuffer data) throws IOException {
        Path target = file(digest);
        Path temporary = target.resolveSibling(digest.toHex() + "-" + sequence.incrementAndGet() + ".tmp");
        try {
            write(temporary, digest, data);
            io.move(temporary, target);
        } catch (IOException e) {
            sweep(temporary, e);
            throw e;
        }
        try {
            directories.sync(target.resolveSibling(".").normalize());
        } catch (IOException e) {
            throw new SyncFailedException(e);
        }
        return CompletableFuture.completedFuture(true);
    }

    private void write(Path file, Identifier digest, ByteBuffer data) throws IOException {
        try (StoreIo.NewFile out = io.create(file)) {
            out.write(header(digest, data.remaining()), data.duplicate());
            try {
                out.sync();
            } catch (IOException e) {
                // a file that finds no room is only not there; any other failure says something about
                // the disk
                throw DiskErrors.noRoom(e) ? e : new SyncFailedException(e);
            }
        }
    }

    private static ByteBuffer header(Identifier digest, int size) {
        ByteBuffer header =
                ByteBuffer.allocate(HEADER_2).putInt(MAGIC_2).putInt(size).put(digest.toBytes());
        return header.putInt(checksum(header)).flip();
    }

    private static int checksum(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.array(), header.arrayOffset(), HEADER_2 - Integer.BYTES);
        return (int) crc.getValue();
    }

    private void sweep(Path temporary, IOException why) {
        try {
            io.delete(temporary);
        } catch (IOException e) {
            why.addSuppressed(e); // the next start does it
        }
    }

    @Override
    public ByteBuffer read(Identifier digest, boolean fromDisk) throws IOException {
        byte[] raw = fromDisk ? io.readFromDisk(file(digest)) : io.read(file(digest));
        ByteBuffer buffer = ByteBuffer.wrap(raw);
        int magic = raw.length >= HEADER_1 ? buffer.getInt() : 0;
        int header = magic == MAGIC_1 ? HEADER_1 : HEADER_2;
        if ((magic != MAGIC_1 && magic != MAGIC_2) || raw.length < header || buffer.getInt() != raw.length - header) {
            throw new BadBlockException("is cut or overwritten");
        }
        if (magic == MAGIC_2 && buffer.getInt(HEADER_2 - Integer.BYTES) != checksum(buffer)) {
            throw new BadBlockException("has a damaged header");
        }
        return ByteBuffer.wrap(raw, header, raw.length - header).slice();
    }

    @Override
    public void setAside(Identifier digest) throws IOException {
        io.move(file(digest), quarantine.resolve(digest.toHex()));
        List<StoreIo.Entry> aside = new ArrayList<>(io.list(quarantine));
        aside.sort(Comparator.comparing(StoreIo.Entry::name));
        for (StoreIo.Entry entry : aside.subList(0, Math.max(0, aside.size() - KEPT_ASIDE))) {
            io.delete(quarantine.resolve(entry.name()));
        }
    }

    @Override
    public CompletableFuture<?> delete(Identifier digest) throws IOException {
        io.delete(file(digest));
        return CompletableFuture.completedFuture(true);
    }
}
