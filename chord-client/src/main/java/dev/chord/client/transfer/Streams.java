package dev.chord.client.transfer;

import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.content.FileManifest;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.placement.Spread;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongConsumer;

/**
 * Files that come and go as streams of bytes, over one connection: what these share, so that many of them
 * need little more memory than a few. Thread-safe.
 */
public final class Streams implements AutoCloseable {
    private static final int CHUNKS_AT_ONCE = 16;

    private final BlockClient blocks;
    private final ListeningExecutorService workers;
    private final ChunkTurns turns;
    private final ReadAhead readAhead = new ReadAhead();
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("chord-stream-clock"));

    public Streams(BlockClient blocks, ExecutorService workers) {
        this.blocks = blocks;
        this.workers = MoreExecutors.listeningDecorator(workers);
        this.turns = new ChunkTurns(CHUNKS_AT_ONCE, workers);
    }

    /**
     * Takes a file in. Subscribe what is returned to where its bytes come from.
     *
     * @param announced how many there will be, if that is known
     * @param limit for each block
     * @param progress told how many bytes are stored
     */
    public StreamUpload upload(
            int copies, Spread spread, OptionalLong announced, Duration limit, LongConsumer progress) {
        // a file of one chunk is there or is not: it cannot keep others out by being there in part
        long size = announced.orElse(UploadTicket.UNKNOWN);
        BlockClient own = blocks.forUpload(size > FileManifest.CHUNK ? size : 0);
        return new StreamUpload(new StreamUpload.Into(own, workers, turns, copies, spread, limit), announced, progress);
    }

    /**
     * The bytes of a file from one to another, both included. Looks for its blocks when somebody
     * subscribes, which waits for the ring; after that nobody waits.
     *
     * @param job its target is not looked at
     */
    public BytePublisher download(Downloader downloader, Downloader.Job job, long from, long last) {
        return new BytePublisher(
                job.manifest(), from, last, readAhead, target -> downloader.stream(job.into(target), clock));
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
