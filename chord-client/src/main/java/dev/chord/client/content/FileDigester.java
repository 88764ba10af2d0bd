package dev.chord.client.content;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/** Cuts a file into chunks in one pass and builds its manifest. */
public final class FileDigester {
    private FileDigester() {}

    /** Takes each chunk as it is read. */
    public interface ChunkSink {
        void chunk(Identifier digest, byte[] data) throws IOException;
    }

    /**
     * Reads the file once.
     *
     * @throws ChordException NOT_FOUND or USAGE if there is no regular file; INTEGRITY if it changed while it was read
     */
    public static FileManifest digest(Path path, ChunkSink sink) throws IOException {
        requireFile(path);
        long size = Files.size(path);
        int chunkSize = FileManifest.chunkSizeFor(size);
        MessageDigest whole = sha256();
        List<Identifier> chunks = new ArrayList<>();
        long read = 0;
        try (InputStream in = Files.newInputStream(path)) {
            for (byte[] data = in.readNBytes(chunkSize); data.length > 0; data = in.readNBytes(chunkSize)) {
                whole.update(data);
                Identifier digest = Identifier.sha256(data);
                chunks.add(digest);
                read += data.length;
                sink.chunk(digest, data);
            }
        }
        if (read != size) {
            throw new ChordException(
                    ErrorCode.INTEGRITY, path + " changed while it was read", "try again when nobody writes to it");
        }
        return new FileManifest(size, chunkSize, List.copyOf(chunks), Identifier.ofBytes(whole.digest()));
    }

    private static void requireFile(Path path) {
        if (!Files.exists(path)) {
            throw new ChordException(ErrorCode.NOT_FOUND, path + ": no such file", "check the path");
        }
        if (!Files.isRegularFile(path)) {
            throw new ChordException(ErrorCode.USAGE, path + " is not a regular file", "give a file");
        }
        if (!Files.isReadable(path)) {
            throw new ChordException(ErrorCode.NOT_PERMITTED, path + " may not be read", "check its permissions");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
