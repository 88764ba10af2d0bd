package dev.chord.client.transfer;

import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/**
 * Cuts bytes that come in pieces of any size into the chunks of a file, and knows its manifest at the end.
 * Needs memory for what has come of one chunk, not more. Belongs to one thread at a time.
 */
final class ChunkCutter {
    private static final int LEAST = 16 * 1024;

    private final OptionalLong announced;
    private final int chunkSize;
    private final BiConsumer<Identifier, byte[]> sink;
    private final MessageDigest whole = sha256();
    private final List<Identifier> chunks = new ArrayList<>();
    private byte[] filling = new byte[0];
    private int filled;
    private long size;

    /**
     * Nothing has come yet.
     *
     * @param announced how many bytes there will be, if that is known
     * @param sink takes each chunk as soon as it is whole
     */
    ChunkCutter(OptionalLong announced, BiConsumer<Identifier, byte[]> sink) {
        this.announced = announced;
        this.chunkSize = FileManifest.chunkSizeFor(announced.orElse(0));
        this.sink = sink;
    }

    /**
     * Takes bytes.
     *
     * @throws ChordException USAGE if more come than were announced, or than a file of unknown size may have
     */
    void add(ByteBuffer bytes) {
        size += bytes.remaining();
        if (size > announced.orElse(Long.MAX_VALUE)) {
            throw new ChordException(
                    ErrorCode.USAGE, "more came than the " + announced.getAsLong() + " bytes announced", "begin again");
        }
        if (FileManifest.chunkSizeFor(size) != chunkSize) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "a file of more than 117 GiB has to say its size before it comes",
                    "put it as a file, or send its Content-Length");
        }
        whole.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            int length = Math.min(bytes.remaining(), chunkSize - filled);
            room(filled + length);
            bytes.get(filling, filled, length);
            filled += length;
            if (filled == chunkSize) {
                flush();
            }
        }
    }

    private void room(int needed) {
        if (filling.length < needed) {
            int wanted = Math.max(needed, Math.max(LEAST, 2 * filling.length));
            filling = Arrays.copyOf(filling, Math.min(chunkSize, wanted));
        }
    }

    private void flush() {
        byte[] chunk = filled == filling.length ? filling : Arrays.copyOf(filling, filled);
        filling = new byte[0];
        filled = 0;
        Identifier digest = Identifier.sha256(chunk);
        chunks.add(digest);
        sink.accept(digest, chunk);
    }

    /**
     * All has come.
     *
     * @throws ChordException USAGE if that is less than was announced
     */
    FileManifest end() {
        if (announced.isPresent() && size != announced.getAsLong()) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "only " + size + " of the " + announced.getAsLong() + " bytes announced came",
                    "send it again");
        }
        if (filled > 0) {
            flush();
        }
        return new FileManifest(size, chunkSize, List.copyOf(chunks), Identifier.ofBytes(whole.digest()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
