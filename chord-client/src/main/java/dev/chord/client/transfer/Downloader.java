package dev.chord.client.transfer;

import dev.chord.client.content.FileManifest;
import dev.chord.client.error.Await;
import dev.chord.client.error.ChordException;
import dev.chord.client.rpc.PeerChannels;
import dev.chord.client.rpc.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.ConfirmTransferReply;
import dev.chord.proto.v1.ConfirmTransferRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Fetches the chunks of one file from all sources at once and hands them on in order. A window of chunks is in flight;
 * each is verified before anybody sees it.
 */
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

    /** Takes chunks in rising order. */
    public interface ChunkTarget {
        /** Whether this chunk has to be fetched. */
        boolean wants(int index) throws IOException;

        void chunk(int index, ByteBuffer data) throws IOException;
    }

    /** What one source sent. */
    public record Delivery(Peer source, long blocks, long bytes, boolean confirmed) {}

    private record Awaited(int index, Future<BlockClient.Fetched> data) {}

    private record Tally(long blocks, long bytes, long nanos) {
        Tally plus(Tally other) {
            return new Tally(blocks + other.blocks, bytes + other.bytes, nanos + other.nanos);
        }
    }

    /**
     * Fetches what the target wants.
     *
     * @param providers nodes that share the file; chunks are spread over them, the ring's own copies come after
     * @return what each source delivered, confirmed with the source
     * @throws ChordException as {@link BlockClient#get}
     */
    public List<Delivery> download(
            Identifier content, FileManifest manifest, List<Peer> providers, String transfer, ChunkTarget target)
            throws IOException {
        Deque<Awaited> inFlight = new ArrayDeque<>();
        Map<Peer, Tally> tallies = new LinkedHashMap<>();
        try {
            for (int i = 0; i < manifest.chunks().size(); i++) {
                if (target.wants(i)) {
                    inFlight.add(new Awaited(i, fetch(manifest.chunks().get(i), rotated(providers, i), transfer)));
                }
                if (inFlight.size() >= window) {
                    take(inFlight, target, tallies);
                }
            }
            while (!inFlight.isEmpty()) {
                take(inFlight, target, tallies);
            }
        } finally {
            inFlight.forEach(a -> a.data().cancel(true));
        }
        return confirm(content, manifest, transfer, tallies);
    }

    private Future<BlockClient.Fetched> fetch(Identifier digest, List<Peer> sources, String transfer) {
        return workers.submit(() -> blocks.get(digest, sources, transfer, limit));
    }

    private static void take(Deque<Awaited> inFlight, ChunkTarget target, Map<Peer, Tally> tallies) throws IOException {
        Awaited first = inFlight.remove();
        BlockClient.Fetched fetched = Await.of(first.data(), Uploader.PATIENCE, "the sources");
        int size = fetched.data().remaining();
        target.chunk(first.index(), fetched.data());
        tallies.merge(fetched.from(), new Tally(1, size, fetched.nanos()), Tally::plus);
    }

    private static List<Peer> rotated(List<Peer> peers, int by) {
        List<Peer> result = new ArrayList<>(peers);
        if (!result.isEmpty()) {
            Collections.rotate(result, -(by % result.size()));
        }
        return result;
    }

    private List<Delivery> confirm(
            Identifier content, FileManifest manifest, String transfer, Map<Peer, Tally> tallies) {
        List<Delivery> result = new ArrayList<>();
        for (Map.Entry<Peer, Tally> entry : tallies.entrySet()) {
            Tally tally = entry.getValue();
            boolean same = confirmed(content, manifest, transfer, entry.getKey(), tally);
            result.add(new Delivery(entry.getKey(), tally.blocks(), tally.bytes(), same));
        }
        return result;
    }

    private boolean confirmed(Identifier content, FileManifest manifest, String transfer, Peer source, Tally tally) {
        try {
            ConfirmTransferReply reply = BlockServiceGrpc.newBlockingStub(channels.to(source.endpoint()))
                    .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS)
                    .confirmTransfer(ConfirmTransferRequest.newBuilder()
                            .setTransfer(transfer)
                            .setContent(WireCodec.out(content))
                            .setBytes(tally.bytes())
                            .setBlocks(tally.blocks())
                            .setMicros(tally.nanos() / 1000)
                            .setDigest(WireCodec.out(manifest.digest()))
                            .build());
            return reply.getBytes() == tally.bytes() && reply.getBlocks() == tally.blocks();
        } catch (StatusRuntimeException e) {
            return false; // the source is gone; the bytes were verified all the same
        }
    }
}
