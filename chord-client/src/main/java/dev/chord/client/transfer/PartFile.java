package dev.chord.client.transfer;

import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.files.Destination;
import dev.chord.client.files.GrowingFile;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * The file a download grows in, beside its target. What an earlier try left there is kept if its digest is
 * right, so a download that was cut off goes on where it was.
 */
public final class PartFile implements Downloader.ChunkTarget, AutoCloseable {
    // Bytes between two syncs: so the last one, for which the reader waits, finds little left to do.
    private static final long SYNC_BYTES = 32L << 20;

    private final GrowingFile file;
    private final FileManifest manifest;
    private final LongConsumer progress;
    private final FileChannel channel;
    private final long before;
    private final AtomicLong unsynced = new AtomicLong();
    private final Object syncing = new Object();
    private boolean syncFailed;
    private long resumed;
    private long done;

    /** @throws ChordException NO_SPACE if what is missing of it does not fit there */
    public PartFile(Destination target, Identifier content, FileManifest manifest, LongConsumer progress)
            throws IOException {
        this.manifest = manifest;
        this.progress = progress;
        file = GrowingFile.open(target, content, manifest.chunks().size() > 1);
        channel = file.channel();
        before = channel.size();
        try {
            askForRoom(target);
        } catch (ChordException | IOException e) {
            file.close();
            throw e;
        }
    }

    // Before anything is written: a few blocks can claim to be a file of any size.
    private void askForRoom(Destination target) throws IOException {
        FileStore disk = file.disk();
        long more = manifest.size() - before;
        boolean knows = disk.getTotalSpace() > 0; // some of the network's say nothing
        if (knows && more > disk.getUsableSpace()) {
            throw new ChordException(
                    ErrorCode.NO_SPACE,
                    target.path() + " needs " + more + " bytes more, and " + disk.getUsableSpace() + " are free there",
                    "make room, or name another place with -o");
        }
    }

    @Override
    public boolean ordered() {
        return false;
    }

    @Override
    public boolean wants(int index) throws IOException {
        int length = manifest.length(index);
        if (before < manifest.offset(index) + length) {
            return true;
        }
        ByteBuffer buffer = ByteBuffer.allocate(length);
        int read = 0;
        while (buffer.hasRemaining() && read >= 0) {
            read = channel.read(buffer, manifest.offset(index) + buffer.position());
        }
        boolean have = !buffer.hasRemaining()
                && Identifier.sha256(buffer.array()).equals(manifest.chunks().get(index));
        if (have) {
            resumed += length;
            count(length);
        }
        return !have;
    }

    @Override
    public void chunk(int index, List<ByteBuffer> data) throws IOException {
        long position = manifest.offset(index);
        for (ByteBuffer part : data) {
            while (part.hasRemaining()) {
                position += channel.write(part, position);
            }
        }
        unsynced.addAndGet(manifest.length(index));
    }

    @Override
    public void settle() throws IOException {
        long bytes = unsynced.get();
        if (bytes >= SYNC_BYTES && unsynced.compareAndSet(bytes, 0)) {
            synchronized (syncing) {
                try {
                    channel.force(false);
                } catch (IOException e) {
                    syncFailed = true;
                    throw e;
                }
            }
        }
    }

    @Override
    public void done(int index) {
        count(manifest.length(index));
    }

    private void count(int bytes) {
        if (manifest.chunks().size() > 1) {
            file.keep();
        }
        done += bytes;
        progress.accept(done);
    }

    /** Bytes that were here already. */
    public long resumed() {
        return resumed;
    }

    /** Makes it durable and gives it its name. */
    public void finish() throws IOException {
        channel.truncate(manifest.size());
        synchronized (syncing) {
            if (syncFailed) { // the system tells it once: a later sync may succeed without what was lost
                throw new IOException("what was written could not be brought to the disk");
            }
            channel.force(true);
        }
        file.place();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
