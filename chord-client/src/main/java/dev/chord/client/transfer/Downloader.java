package dev.chord.client.transfer;

import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.ConfirmTransferReply;
import dev.chord.proto.v1.ConfirmTransferRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;

/** Fetches the chunks of a file, each verified before anybody sees it, and tells the sources at the end. */
public final class Downloader {
    private final BlockClient blocks;
    private final PeerChannels channels;
    private final ExecutorService workers;
    private final int window;
    private final Duration limit;

    public Downloader(BlockClient blocks, PeerChannels channels, ExecutorService workers, int window, Duration limit) {
        this.blocks = blocks;
        this.channels = channels;
        this.workers = workers;
        this.window = window;
        this.limit = limit;
    }

    /** Takes chunks. */
    public interface ChunkTarget {
        /** Whether chunks have to come in rising order, from the thread that asked for them. */
        boolean ordered();

        /** Whether this chunk has to be fetched; asked once, in rising order. */
        boolean wants(int index) throws IOException;

        /** Whether the next chunk in order can be taken now; one that says no asks to go on later. */
        default boolean ready() {
            return true;
        }

        /** How many chunks may be on their way, or wait to be taken, at most. */
        default int ahead() {
            return Integer.MAX_VALUE;
        }

        /**
         * A verified chunk; if the order does not matter, from several threads, and now and then twice.
         *
         * @param data its bytes, which are there until this returns
         */
        void chunk(int index, List<ByteBuffer> data) throws IOException;

        /** Called by a worker that has handed in a chunk: what may take long belongs here. */
        default void settle() throws IOException {}

        /** A chunk is where it belongs; once for each. */
        void done(int index);
    }

    /**
     * What is to be fetched.
     *
     * @param providers nodes that share the file
     * @param allowed who may be asked
     * @param transfer groups the calls for the sources' own count
     * @param zone the reader's
     * @param replicas how many members are expected to store a chunk
     */
    public record Job(
            Identifier content,
            FileManifest manifest,
            List<Peer> providers,
            Predicate<Peer> allowed,
            String transfer,
            String zone,
            int replicas,
            ChunkTarget target,
            TransferControl control) {
        Job into(ChunkTarget other) {
            return new Job(content, manifest, providers, allowed, transfer, zone, replicas, other, control);
        }
    }

    /**
     * What one source sent.
     *
     * @param chunks which, in rising order
     */
    public record Delivery(Peer source, long blocks, long bytes, boolean confirmed, List<Integer> chunks) {}

    /**
     * Fetches what the target wants.
     *
     * @return what each source delivered, confirmed with the source
     * @throws ChordException INTEGRITY, UNREACHABLE or NOT_FOUND if a chunk cannot be had; UNFINISHED if it
     *     was cancelled
     */
    public List<Delivery> download(Job job) throws IOException {
        Fetching fetching = prepare(job);
        fetching.run();
        return confirm(job, fetching);
    }

    /**
     * Fetches what an ordered target wants, as fast as that takes it, without a thread that waits.
     *
     * @param clock wakes what is late
     * @return does nothing before it is told to go on for the first time
     */
    StreamDownload stream(Job job, ScheduledExecutorService clock) {
        return new StreamDownload(prepare(job), workers, clock, fetching -> confirm(job, fetching));
    }

    private Fetching prepare(Job job) {
        if (job.providers().isEmpty()) {
            blocks.locate(job.manifest().chunks(), limit);
        }
        return new Fetching(blocks, workers, window, limit, job);
    }

    private List<Delivery> confirm(Job job, Fetching fetching) {
        List<Delivery> result = new ArrayList<>();
        for (Map.Entry<Peer, Sources.Tally> entry : fetching.sources().tallies().entrySet()) {
            Sources.Tally tally = entry.getValue();
            boolean same = confirmed(job, entry.getKey(), tally);
            result.add(new Delivery(
                    entry.getKey(), tally.blocks(), tally.bytes(), same, fetching.chunksOf(entry.getKey())));
        }
        return result;
    }

    /** Nobody is there any more to do the work. */
    public static ChordException closed(RejectedExecutionException e) {
        return new ChordException(ErrorCode.UNFINISHED, "the connection was closed meanwhile", "connect again", e);
    }

    private boolean confirmed(Job job, Peer source, Sources.Tally tally) {
        try {
            ConfirmTransferReply reply = channels.stub(BlockServiceGrpc::newBlockingStub, source.endpoint(), limit)
                    .confirmTransfer(ConfirmTransferRequest.newBuilder()
                            .setTransfer(job.transfer())
                            .setContent(WireCodec.out(job.content()))
                            .setBytes(tally.bytes())
                            .setBlocks(tally.blocks())
                            .setMicros(tally.nanos() / 1000)
                            .setDigest(WireCodec.out(job.manifest().digest()))
                            .build());
            boolean more = reply.getBytes() > tally.bytes() && reply.getBlocks() > tally.blocks();
            boolean same = reply.getBytes() == tally.bytes() && reply.getBlocks() == tally.blocks();
            return same || more && tally.abandoned() > 0; // it cannot know which of its answers were not waited for
        } catch (StatusRuntimeException e) {
            return false; // the source is gone; the bytes were verified all the same
        }
    }
}
