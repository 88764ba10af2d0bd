package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.error.WriteFailure;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Standard output of a process that is one command: everything that any command prints goes through here, and
 * the first write that fails is kept, so that it becomes the exit code. Thread-safe as any print stream.
 */
final class ResultStream extends PrintStream {
    /** As a shell reports a process that was ended by writing to a pipe nobody reads. */
    static final int NO_READER = 141;

    private final Bytes bytes;

    private ResultStream(Bytes bytes, Charset charset) {
        super(new BufferedOutputStream(bytes), false, charset);
        this.bytes = bytes;
    }

    /** Puts this in the place of the JDK's own, which forgets why a write failed. */
    static void install() {
        String charset = System.getProperty("stdout.encoding", System.getProperty("native.encoding", "UTF-8"));
        Charset known = Charset.isSupported(charset) ? Charset.forName(charset) : Charset.defaultCharset();
        System.setOut(new ResultStream(new Bytes(new FileOutputStream(FileDescriptor.out)), known));
    }

    /** What writes bytes to standard output and, other than a print stream, throws what goes wrong. */
    static OutputStream bytesOut() {
        PrintStream out = System.out;
        out.flush();
        return out instanceof ResultStream results ? results.bytes : out;
    }

    /** Why not everything that was printed has been written; empty: it has. */
    static Optional<IOException> failure() {
        PrintStream out = System.out;
        out.flush();
        return out instanceof ResultStream results ? Optional.ofNullable(results.bytes.failure) : Optional.empty();
    }

    /**
     * A failed write in the words of the catalogue; empty for a pipe that nobody reads, which is no news
     * to anybody.
     */
    static Optional<ChordException> told(IOException failure) {
        return switch (WriteFailure.of(failure)) {
            case NO_READER -> Optional.empty();
            case NO_ROOM ->
                Optional.of(new ChordException(
                        ErrorCode.NO_SPACE,
                        "standard output is full: " + failure.getMessage(),
                        "free some space and run it again",
                        failure));
            case OTHER ->
                Optional.of(new ChordException(
                        ErrorCode.INTERNAL,
                        "writing to standard output failed: " + failure.getMessage(),
                        "see where it leads to",
                        failure));
        };
    }

    /** The file descriptor; after a failure nothing is written any more. */
    private static final class Bytes extends OutputStream {
        private final OutputStream descriptor;
        private volatile @Nullable IOException failure;

        Bytes(OutputStream descriptor) {
            this.descriptor = descriptor;
        }

        private interface Write {
            void run() throws IOException;
        }

        private void guarded(Write write) throws IOException {
            IOException before = failure;
            if (before != null) {
                throw before;
            }
            try {
                write.run();
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public void write(int b) throws IOException {
            guarded(() -> descriptor.write(b));
        }

        @Override
        public void write(byte[] data, int from, int length) throws IOException {
            guarded(() -> descriptor.write(data, from, length));
        }
    }
}
