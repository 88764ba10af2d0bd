package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A place blocks are kept in: large ones as files, small ones in the database. Whether bytes are good is not
 * its concern.
 */
interface BlockShelf {
    /** What is on the shelf. */
    record Label(Identifier digest, int size) {}

    /** Names everything that is here. */
    void list(Consumer<Label> each) throws IOException;

    /**
     * Keeps a block.
     *
     * @return completes once it is durable, and fails with a {@link dev.chord.client.error.ChordException}
     * @throws SyncFailedException if it cannot be known any more what is durable
     */
    CompletableFuture<?> put(Identifier digest, ByteBuffer data) throws IOException;

    /**
     * The bytes as they are kept, unverified.
     *
     * @param fromDisk past every cache that can be passed
     * @throws java.nio.file.NoSuchFileException if it is not here
     * @throws BadBlockException if what is here cannot be that block
     */
    ByteBuffer read(Identifier digest, boolean fromDisk) throws IOException;

    /** Takes a bad copy out of the way, for people to look at. */
    void setAside(Identifier digest) throws IOException;

    /**
     * Deletes a block; completes once it is gone.
     *
     * @return fails with a {@link dev.chord.client.error.ChordException}
     */
    CompletableFuture<?> delete(Identifier digest) throws IOException;

    /** What is kept is not what was written. */
    final class BadBlockException extends IOException {
        private static final long serialVersionUID = 1L;

        BadBlockException(String how) {
            super(how);
        }
    }

    /** The disk failed to make something durable, and cannot be asked again. */
    final class SyncFailedException extends IOException {
        private static final long serialVersionUID = 1L;

        SyncFailedException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
