package dev.chord.client.content;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.util.List;

/**
 * What a file is made of: its chunks in order, each named by its SHA-256. The manifest is itself a block; its
 * digest is the file's content id, so the same bytes always have the same id.
 *
 * @param digest SHA-256 of the whole file
 */
public record FileManifest(long size, int chunkSize, List<Identifier> chunks, Identifier digest) {
    /** The usual chunk. */
    public static final int CHUNK = 1024 * 1024;

    private static final int LARGE_CHUNK = 4 * CHUNK;
    private static final long MAX_CHUNKS = 120_000;

    /**
     * The chunk size for a file: a function of its size alone, so that everyone cuts alike.
     *
     * @throws ChordException USAGE if the file is too large for one manifest
     */
    public static int chunkSizeFor(long size) {
        if (size <= MAX_CHUNKS * CHUNK) {
            return CHUNK;
        }
        if (size <= MAX_CHUNKS * LARGE_CHUNK) {
            return LARGE_CHUNK;
        }
        throw new ChordException(
                ErrorCode.USAGE, "a file of " + size + " bytes is too large", "split it: 460 GiB is the limit");
    }

    /** Whether its numbers fit together. */
    public boolean consistent() {
        boolean sizes = size >= 0 && chunkSize > 0 && chunkSize <= LARGE_CHUNK;
        return sizes && chunks.size() == (size + chunkSize - 1) / chunkSize;
    }

    /** Where chunk i begins in the file. */
    public long offset(int i) {
        return (long) i * chunkSize;
    }

    /** How long chunk i is. */
    public int length(int i) {
        return (int) Math.min(chunkSize, size - offset(i));
    }
}
