package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of bytes on their way to the ring: each is claimed from {@link Room} before it is written. One
 * thread at a time. Calls block for the disk alone.
 */
public final class IncomingFile implements AutoCloseable {
    private static final long STEP = 1 << 20; // claimed at a time by one whose size is not known

    private final Path path;
    private final Room.Claim claim;
    private final boolean temporary;
    private final FileChannel out;
    private long size;

    private IncomingFile(Path path, Room.Claim claim, boolean temporary) throws IOException {
        this.path = path;
        this.claim = claim;
        this.temporary = temporary;
        this.out = PrivateFiles.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        this.size = out.size();
        out.position(size);
    }

    /** A new file that goes, with its room, when it is closed. */
    static IncomingFile temporary(Path path, Room.Claim claim) throws IOException {
        return new IncomingFile(path, claim, true);
    }

    /** Goes on with a file that stays; what is claimed for it stays too. */
    static IncomingFile append(Path path, Room.Claim claim) throws IOException {
        return new IncomingFile(path, claim, false);
    }

    public Path path() {
        return path;
    }

    /** How many bytes it has. */
    public long size() {
        return size;
    }

    /**
     * Appends all that is left in a buffer.
     *
     * @throws ChordException NO_SPACE if there is no room for it; then none of it is written. INTERNAL if the
     *     disk fails
     */
    public void write(ByteBuffer data) {
        long lacking = data.remaining() - claim.pending();
        if (lacking > 0) {
            grow(lacking);
        }
        try {
            while (data.hasRemaining()) {
                int written = out.write(data);
                size += written;
                claim.written(written);
            }
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        }
    }

    private void grow(long lacking) {
        if (lacking < STEP) {
            try {
                claim.grow(STEP);
                return;
            } catch (ChordException e) {
                // there may be room for less
            }
        }
        claim.grow(lacking);
    }

    /**
     * Makes what was written durable.
     *
     * @throws ChordException NO_SPACE or INTERNAL if the disk does not
     */
    void sync() {
        try {
            out.force(true);
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        }
    }

    /**
     * What the file says is being stored as blocks: from now on these count against the quota, and it
     * does not.
     */
    public void storing() {
        claim.trim();
        claim.count(0);
    }

    @Override
    public void close() {
        try {
            out.close();
            if (temporary) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        } finally {
            if (temporary) {
                claim.close();
            } else {
                claim.count(size + claim.pending());
            }
        }
    }
}
