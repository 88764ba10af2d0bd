package dev.chord.client.transfer;

import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.content.FileDigester;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.Await;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Spread;
import dev.chord.proto.v1.PutBlockReply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/** Puts the blocks of one file on the ring: reads ahead by a window, never the whole file. */
public final class Uploader {
    // each call below has deadlines of its own; this one is for what they cannot foresee
    static final Duration PATIENCE = Duration.ofHours(1);

    // shorter than any node's patience with blocks that nobody needs
    private static final Duration QUICK = Duration.ofSeconds(1);
    private static final int BATCH = 2000;

    private final BlockClient blocks;
    private final ListeningExecutorService workers;
    private final int window;
    private final Duration limit;

    public Uploader(BlockClient blocks, ExecutorService workers, int window, Duration limit) {
        this.blocks = blocks;
        this.workers = MoreExecutors.listeningDecorator(workers);
        this.window = window;
        this.limit = limit;
    }

    /**
     * The blocks of a file that are on the ring now.
     *
     * @param copies the smallest number of processes any block is on
     * @param apart how many of these are apart from each other, in the sense wanted
     * @param known whether the ring had all of them before
     */
    public record Upload(FileManifest manifest, Identifier content, int copies, int apart, boolean known) {}

    /** Stores every chunk and the manifest. */
    public Upload upload(Path path, int copies, Spread spread, LongConsumer progress) throws IOException {
        long begun = System.nanoTime();
        Window inFlight = new Window(spread, progress);
        FileManifest manifest;
        try {
            manifest = FileDigester.digest(path, (digest, data) -> inFlight.add(digest, data, copies));
        } catch (ChordException | IOException e) {
            inFlight.cancel();
            throw e;
        }
        // Nobody finds the manifest before the name is written, and that comes when all of this is stored.
        byte[] block = manifest.toBytes();
        Identifier content = Identifier.sha256(block);
        inFlight.add(content, block, copies);
        inFlight.drain(0);
        if (System.nanoTime() - begun > QUICK.toNanos()) {
            confirm(path, manifest, copies, inFlight);
        }
        return new Upload(manifest, content, inFlight.copies, inFlight.apart, inFlight.known);
    }

    // During a long upload somebody may have deleted a file that shares blocks with it, and those put first may be gone
    // by now. From here on the name needs them, and its owner says so.
    private void confirm(Path path, FileManifest manifest, int copies, Window inFlight) throws IOException {
        try (FileChannel in = FileChannel.open(path)) {
            for (int from = 0; from < manifest.chunks().size(); from += BATCH) {
                int to = Math.min(from + BATCH, manifest.chunks().size());
                int[] held = blocks.renew(manifest.chunks().subList(from, to), copies, limit);
                for (int i = from; i < to; i++) {
                    if (held[i - from] < Math.min(copies, inFlight.copies)) {
                        inFlight.add(manifest.chunks().get(i), chunk(in, manifest, i), copies);
                    }
                }
            }
            inFlight.drain(0);
        }
    }

    private static byte[] chunk(FileChannel in, FileManifest manifest, int index) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(manifest.length(index));
        while (data.hasRemaining()) {
            if (in.read(data, manifest.offset(index) + data.position()) < 0) {
                throw changed();
            }
        }
        if (!Identifier.sha256(data.array()).equals(manifest.chunks().get(index))) {
            throw changed();
        }
        return data.array();
    }

    private static ChordException changed() {
        return new ChordException(
                ErrorCode.INTEGRITY,
                "the file changed while it was stored: not stored under the name",
                "try again when nobody writes to it");
    }

    private final class Window {
        private record Sent(Future<PutBlockReply> reply, int size) {}

        private final Deque<Sent> sent = new ArrayDeque<>();
        private final Spread spread;
        private final LongConsumer progress;
        private int copies = Integer.MAX_VALUE;
        private int apart = Integer.MAX_VALUE;
        private boolean known = true;
        private long done;

        Window(Spread spread, LongConsumer progress) {
            this.spread = spread;
            this.progress = progress;
        }

        void add(Identifier digest, byte[] data, int wanted) {
            drain(window - 1);
            sent.add(new Sent(blocks.start(digest, data, wanted, limit, workers), data.length));
        }

        void drain(int left) {
            while (sent.size() > left) {
                Sent first = sent.remove();
                PutBlockReply reply = Await.of(first.reply(), PATIENCE, "the ring");
                copies = Math.min(copies, reply.getHoldersCount());
                apart = Math.min(apart, spread.apart(WireCodec.in(reply.getHoldersList())));
                known &= reply.getKnown();
                done += first.size();
                progress.accept(done);
            }
        }

        void cancel() {
            sent.forEach(s -> s.reply().cancel(true));
        }
    }
}
