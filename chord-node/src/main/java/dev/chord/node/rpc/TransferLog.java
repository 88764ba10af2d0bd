package dev.chord.node.rpc;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.chord.client.wire.WireCodec;
import dev.chord.node.store.Notebook;
import dev.chord.proto.v1.ConfirmTransferReply;
import dev.chord.proto.v1.ConfirmTransferRequest;
import java.time.Duration;
import java.util.concurrent.ConcurrentMap;

/** Counts what was sent for each download, until the receiver confirms what it got. */
public final class TransferLog {
    private static final int MAX_ID = 64;

    private static final long MEASURABLE = 64 * 1024; // of less most is waiting
    private static final double NEWEST = 0.3;

    private final Cache<String, Count> counts = CacheBuilder.newBuilder()
            .maximumSize(10_000)
            .expireAfterAccess(Duration.ofHours(1))
            .build();
    private final Notebook notebook;

    private volatile double rate; // bytes a second; 0: nobody has said yet

    private record Count(long blocks, long bytes) {}

    public TransferLog(Notebook notebook) {
        this.notebook = notebook;
    }

    void sent(String transfer, int bytes) {
        if (!transfer.isEmpty() && transfer.length() <= MAX_ID) {
            map().merge(transfer, new Count(1, bytes), (a, b) -> new Count(a.blocks + 1, a.bytes + b.bytes));
        }
    }

    /**
     * Bytes a second that readers say they got on each stream, the latest counting most; 0: nobody has
     * said yet.
     */
    long rate() {
        return (long) rate;
    }

    // What a reader says about more than this node sent is not believed.
    private synchronized void measure(ConfirmTransferRequest request, Count sent) {
        if (request.getMicros() > 0 && request.getBytes() >= MEASURABLE && request.getBytes() <= sent.bytes()) {
            double now = 1e6 * request.getBytes() / request.getMicros();
            rate = rate == 0 ? now : (1 - NEWEST) * rate + NEWEST * now;
        }
    }

    ConfirmTransferReply confirm(ConfirmTransferRequest request) {
        Count count = map().getOrDefault(request.getTransfer(), new Count(0, 0));
        measure(request, count);
        notebook.note(new Notebook.Receipt(
                request.getTransfer()
                        .substring(0, Math.min(MAX_ID, request.getTransfer().length())),
                WireCodec.in(request.getContent()),
                request.getBytes(),
                request.getBlocks(),
                count.bytes,
                WireCodec.in(request.getDigest())));
        return ConfirmTransferReply.newBuilder()
                .setBytes(count.bytes)
                .setBlocks(count.blocks)
                .build();
    }

    private ConcurrentMap<String, Count> map() {
        return counts.asMap();
    }
}
