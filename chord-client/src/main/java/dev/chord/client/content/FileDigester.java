package dev.chord.client.content;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts a file into chunks and builds its manifest; a file that changes meanwhile is never taken for one
 * that was.
 */
public final class FileDigester {
    private static final int READINGS = 2;

    private FileDigester() {}

    /** Takes each chunk as it is read. */
    public interface ChunkSink {
        void chunk(Identifier digest, byte[] data) throws IOException;
    }

    /**
     * A file as it was read.
     *
     * @param stamp the same before and after: nobody wrote to it meanwhile
     */
    public record Reading(FileManifest manifest, FileStamp stamp) {}

    /** What {@link #read} reads, without the stamp. */
    public static FileManifest digest(Path path, ChunkSink sink) throws IOException {
        return read(path, sink).manifest();
    }

    /**
     * Reads the file: once, or once more from the beginning if somebody wrote to it meanwhile. The sink is
     * given the chunks of both readings; the manifest is of one that nobody disturbed.
     *
     * @throws ChordException NOT_FOUND or USAGE if there is no regular file; NOT_PERMITTED if it may not be
     *     read; INTEGRITY if it changed while it was read, twice
     */
    public static Reading read(Path path, ChunkSink sink) throws IOException {
        requireFile(path);
        try {
            for (int i = 0; i < READINGS; i++) {
                Optional<Reading> reading = readOnce(path, sink);
                if (reading.isPresent()) {
                    return reading.get();
                }
            }
        } catch (NoSuchFileException e) {
            throw new ChordException(
                    ErrorCode.NOT_FOUND, path + " vanished while it was read", "try again if it is there again", e);
        }
        throw new ChordException(
                ErrorCode.INTEGRITY, path + " changed while it was read", "try again when nobody writes to it");
    }

    private static Optional<Reading> readOnce(Path path, ChunkSink sink) throws IOException {
        FileStamp before = FileStamp.beforeReading(path);
        int chunkSize = FileManifest.chunkSizeFor(before.size());
        MessageDigest whole = sha256();
        List<Identifier> chunks = new ArrayList<>();
        long read = 0;
        try (InputStream in = Files.newInputStream(path)) {
            for (byte[] data = in.readNBytes(chunkSize);
                    data.length > 0 && read + data.length <= before.size();
                    data = in.readNBytes(chunkSize)) {
                whole.update(data);
                Identifier digest = Identifier.sha256(data);
                chunks.add(digest);
                read += data.length;
                sink.chunk(digest, data);
            }
            if (read != before.size() || in.read() >= 0 || !FileStamp.of(path).equals(before)) {
                return Optional.empty();
            }
        }
        FileManifest manifest =
                new FileManifest(read, chunkSize, List.copyOf(chunks), Identifier.ofBytes(whole.digest()));
        return Optional.of(new Reading(manifest, before));
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
