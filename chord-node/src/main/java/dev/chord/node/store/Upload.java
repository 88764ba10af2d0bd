package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A file that arrives in pieces, over as many connections as it takes and over restarts of this node. What
 * {@link #received} says is durable once the piece it came in is closed. Thread-safe; one piece arrives at
 * a time.
 */
public final class Upload {
    private static final long SYNCED_EACH = 8 << 20;

    /** What the journal says of it: enough to go on after a restart. */
    record Entry(String id, String name, long size, long begun, long synced) {}

    private final String id;
    private final String name;
    private final long size;
    private final long begun;
    private final Path file;
    private final Room.Claim claim;
    private final UploadStore store;
    private boolean busy;
    private boolean over;
    private long received;
    private long touched;

    Upload(Entry entry, Path file, Room.Claim claim, UploadStore store) {
        this.id = entry.id();
        this.name = entry.name();
        this.size = entry.size();
        this.begun = entry.begun();
        this.received = entry.synced();
        this.file = file;
        this.claim = claim;
        this.store = store;
        this.touched = store.now();
    }

    public String id() {
        return id;
    }

    /** The name it is to be stored under. */
    public String name() {
        return name;
    }

    /** How many bytes it will have. */
    public long size() {
        return size;
    }

    public synchronized long received() {
        return received;
    }

    /** Whether all of it is here. */
    public boolean whole() {
        return received() == size;
    }

    /** Where it lies. */
    public Path file() {
        return file;
    }

    Room.Claim claim() {
        return claim;
    }

    long begun() {
        return begun;
    }

    /** For how long nobody has sent anything, in milliseconds; zero while somebody does. */
    synchronized long idle() {
        return busy ? 0 : Math.max(0, store.now() - touched);
    }

    /**
     * Begins to take a piece in, or to store what has arrived: nobody else can until it is closed.
     *
     * @param offset where the piece goes
     * @throws ChordException CONFLICT if it does not go there, or another one is arriving; NO_SPACE if the
     *     rest does not fit
     */
    public Piece receive(long offset) {
        synchronized (this) {
            requireOpen();
            if (busy) {
                throw new ChordException(
                        ErrorCode.CONFLICT,
                        "another piece of this upload is arriving, or it is being stored",
                        "wait for its end, then ask how far it is");
            }
            if (offset != received) {
                throw new ChordException(
                        ErrorCode.CONFLICT,
                        "this upload stands at " + received + ", not at " + offset,
                        "send Upload-Offset: " + received);
            }
            busy = true;
        }
        try {
            claim.grow(Math.max(0, size - offset - claim.pending()), Math.max(0, store.blocks(size) - claim.ahead()));
            return new Piece(IncomingFile.append(file, claim));
        } catch (IOException e) {
            release();
            throw DiskErrors.translate(e);
        } catch (RuntimeException e) {
            release();
            throw e;
        }
    }

    private void requireOpen() {
        if (over) {
            throw new ChordException(ErrorCode.CANNOT_RESUME, "this upload is over", "begin another");
        }
    }

    private synchronized void release() {
        busy = false;
        touched = store.now();
    }

    /** Ends it unless somebody is at it; returns whether it is over now. */
    synchronized boolean end() {
        over |= !busy;
        return over;
    }

    /** What one request brings. Closed at its end, whatever that is: what came is kept. */
    public final class Piece implements AutoCloseable {
        private final IncomingFile out;
        private long synced;
        private boolean closed;

        private Piece(IncomingFile out) {
            this.out = out;
            this.synced = out.size();
        }

        /**
         * Appends all that is left in a buffer.
         *
         * @throws ChordException USAGE if it is more than was announced, NO_SPACE; then none of it is written
         */
        public void write(ByteBuffer data) {
            if (out.size() + data.remaining() > size) {
                throw new ChordException(
                        ErrorCode.USAGE, "more came than the " + size + " bytes announced", "begin again");
            }
            out.write(data);
            if (out.size() - synced >= SYNCED_EACH) {
                sync();
            }
        }

        private void sync() {
            try {
                out.sync();
                synced = out.size();
                store.note(new Entry(id, name, size, begun, synced));
            } catch (IOException e) {
                throw DiskErrors.translate(e);
            }
            synchronized (Upload.this) {
                received = synced;
            }
        }

        /** All is here and is being stored as blocks; it stays this piece's until that is over. */
        public void storing() {
            out.storing();
        }

        /**
         * Makes what came durable, so that whoever asks how far it is can rely on the answer. Does nothing
         * once it is closed.
         */
        @Override
        public void close() {
            if (closed) {
                return;
            }
            closed = true;
            try (out) {
                if (out.size() > synced) {
                    sync();
                }
            } finally {
                release();
            }
        }

        /** Makes what came durable; the piece goes on. */
        public void flush() {
            if (out.size() > synced) {
                sync();
            }
        }
    }
}
