package dev.chord.client.content;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.proto.v1.Manifest;
import java.nio.ByteBuffer;
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
    private static final int FORMAT = 1;
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

    /** The manifest as a block. */
    public byte[] toBytes() {
        return Manifest.newBuilder()
                .setFormat(FORMAT)
                .setSize(size)
                .setChunkSize(chunkSize)
                .addAllChunks(chunks.stream().map(WireCodec::out).toList())
                .setDigest(WireCodec.out(digest))
                .build()
                .toByteArray();
    }

    /**
     * Reads a manifest block.
     *
     * @throws ChordException INTEGRITY if the bytes are no manifest
     */
    public static FileManifest parse(byte[] bytes) {
        return parse(ByteBuffer.wrap(bytes));
    }

    /** Reads a manifest block. */
    public static FileManifest parse(ByteBuffer bytes) {
        try {
            Manifest words = Manifest.parseFrom(bytes);
            FileManifest manifest = new FileManifest(
                    words.getSize(),
                    words.getChunkSize(),
                    words.getChunksList().stream()
                            .map((ByteString b) -> WireCodec.in(b))
                            .toList(),
                    WireCodec.in(words.getDigest()));
            if (words.getFormat() != FORMAT || !manifest.consistent()) {
                throw notOne("its numbers do not fit together");
            }
            return manifest;
        } catch (InvalidProtocolBufferException | MalformedMessageException e) {
            throw notOne(String.valueOf(e.getMessage()));
        }
    }

    private static ChordException notOne(String why) {
        return new ChordException(
                ErrorCode.INTEGRITY,
                "this block is not the manifest of a file: " + why,
                "give the content id of a file");
    }

    private boolean consistent() {
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
