package dev.chord.client;

import dev.chord.client.content.FileManifest;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.transfer.StreamUpload;
import dev.chord.client.transfer.Streams;
import dev.chord.client.transfer.TransferControl;
import dev.chord.client.transfer.Uploader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * Files as streams of bytes that may be of any length, with as little memory as each side is quick.
 * For this project's own gateway and command line; not yet part of what other programs should rely
 * on. Thread-safe.
 */
public final class RingStreams implements AutoCloseable {
    private final RingFiles files;
    private final RingOptions options;
    private final Streams streams;

    RingStreams(Ring.Parts parts, RingFiles files, RingOptions options) {
        this.files = files;
        this.options = options;
        this.streams = new Streams(parts.blocks(), parts.workers());
    }

    /**
     * Stores the bytes of a publisher, but names nothing yet: see {@link #name}. Returns at once.
     *
     * @param announced how many there will be, if that is known; if it are fewer or more, nothing is stored
     * @return fails with {@link ChordException}, or with what the publisher failed with
     */
    public CompletableFuture<Uploader.Upload> store(
            Flow.Publisher<ByteBuffer> bytes, OptionalLong announced, PutOptions how, Progress progress) {
        StreamUpload upload = streams.upload(
                how.copies() > 0 ? how.copies() : options.replicas(),
                how.spread(),
                announced,
                options.timeout(),
                done -> progress.moved(done, announced.orElse(0)));
        bytes.subscribe(upload);
        return upload.result();
    }

    /**
     * Lets a name stand for what was stored; waits for the ring.
     *
     * @throws ChordException as {@link RingFiles#put(java.nio.file.Path, String, PutOptions, Progress)}
     */
    public Stored name(Uploader.Upload upload, String name, PutOptions how) {
        return files.name(upload, FileName.of(name), how);
    }

    /**
     * Bytes {@code from} to {@code last}, both included, of a file; looks for its sources, which waits for
     * the ring.
     *
     * @return for one subscriber; fails with {@link ChordException}
     */
    public Flow.Publisher<ByteBuffer> read(Refs.Resolved file, FileManifest manifest, long from, long last) {
        return files.transfers().stream(streams, file, manifest, from, last);
    }

    /**
     * Writes a whole file to a stream; waits until that is done.
     *
     * @param bytesPerSecond at most; 0: as fast as it goes
     * @throws ChordException as {@link RingFiles#copyTo}
     */
    public void copy(Refs.Resolved file, long bytesPerSecond, OutputStream out) {
        files.transfers().copy(file, 0, -1, new TransferControl(bytesPerSecond), out);
    }

    @Override
    public void close() {
        streams.close();
    }
}
