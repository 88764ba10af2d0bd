package dev.chord.client.error;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the failure of a write means. Java tells it in the system's words only, and those may be in the
 * user's language: where they are not the usual ones they are compared with what this system says when the
 * same is provoked.
 */
public enum WriteFailure {
    /** The disk, or the user's share of it, is full. */
    NO_ROOM,
    /** The other end of the pipe was closed. */
    NO_READER,
    OTHER;

    /** What this failure of a write means. */
    public static WriteFailure of(IOException e) {
        String words = words(e);
        if (words.contains("No space left on device") || words.contains("Disk quota exceeded")) {
            return NO_ROOM;
        }
        if (words.contains("Broken pipe")) {
            return NO_READER;
        }
        if (words.equals(fullDisk().orElse(""))) {
            return NO_ROOM;
        }
        return words.equals(closedPipe().orElse("")) ? NO_READER : OTHER;
    }

    private static String words(IOException e) {
        boolean file = e instanceof FileSystemException named && named.getReason() != null;
        return file ? String.valueOf(((FileSystemException) e).getReason()) : String.valueOf(e.getMessage());
    }

    private static Optional<String> fullDisk() {
        try (OutputStream full = Files.newOutputStream(Path.of("/dev/full"))) {
            full.write(0);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(words(e)).filter(words -> !words.contains("/dev/full"));
        }
    }

    private static Optional<String> closedPipe() {
        try {
            Pipe pipe = Pipe.open();
            pipe.source().close();
            try (Pipe.SinkChannel sink = pipe.sink()) {
                sink.write(ByteBuffer.allocate(1));
                return Optional.empty();
            }
        } catch (IOException e) {
            return Optional.of(words(e));
        }
    }
}
