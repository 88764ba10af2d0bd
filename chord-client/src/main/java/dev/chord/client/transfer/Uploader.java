package dev.chord.client.transfer;

import com.google.common.collect.Lists;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.content.FileDigester;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.Await;
import dev.chord.client.wire.ManifestCodec;
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
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/** Puts the blocks of one file on the ring: reads ahead by a window, never the whole file. */
public final class Uploader {
    // each call below has deadlines of its own; this one is for what they cannot foresee
    static final Duration PATIENCE = Duration.ofHours(1);

    // shorter than any node's patience with blocks that nobody needs
    private static final Duration QUICK = Duration.ofSeconds(1);
    private static final int BATCH = 2000;
    private static final int ROUNDS = 4;

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
     * @param ticket what takes them back if no name is written
     */
    public record Upload(
            FileManifest manifest, Identifier content, int copies, int apart, boolean known, UploadTicket ticket) {}

    /** Stores every chunk and the manifest. Of what is refused or breaks off nothing is left. */
    public Upload upload(Path path, int copies, Spread spread, LongConsumer progress) throws IOException {
        Window inFlight = new Window(spread, progress);
        try {
            return upload(path, copies, inFlight);
        } catch (ChordException | IOException e) {
            inFlight.cancel();
            blocks.ticket().release();
            throw e;
        }
    }

    private Upload upload(Path path, int copies, Window inFlight) throws IOException {
        long begun = System.nanoTime();
        FileManifest manifest = FileDigester.digest(path, (digest, data) -> inFlight.add(digest, data, copies));
        // Nobody finds the manifest before the name is written, and that comes when all of this is stored.
        byte[] block = ManifestCodec.out(manifest);
        Identifier content = Identifier.sha256(block);
        inFlight.add(content, block, copies);
        inFlight.drain(0);
        if (blocks.ticket().givesWay() || System.nanoTime() - begun > QUICK.toNanos()) {
            List<Identifier> all = new ArrayList<>(manifest.chunks());
            all.add(content);
            try (FileChannel in = FileChannel.open(path)) {
                confirm(all, i -> i < manifest.chunks().size() ? chunk(in, manifest, i) : block, copies, inFlight);
            }
        }
        return new Upload(manifest, content, inFlight.copies, inFlight.apart, inFlight.known, blocks.ticket());
    }

    /** A block once more. */
    private interface Again {
        byte[] block(int index) throws IOException;
    }

    // During a long upload somebody may have deleted a file that shares blocks with it, and those put first
    // may be gone by now; or it had to give way to others. From here on the name needs them, and its owner
    // says so.
    private void confirm(List<Identifier> digests, Again again, int copies, Window inFlight) throws IOException {
        List<Integer> unsure = IntStream.range(0, digests.size()).boxed().toList();
        for (int round = 0; round < ROUNDS && !unsure.isEmpty(); round++) {
            List<Integer> lacking = new ArrayList<>();
            for (List<Integer> batch : Lists.partition(unsure, BATCH)) {
                int[] held = blocks.renew(batch.stream().map(digests::get).toList(), copies, limit);
                for (int i = 0; i < held.length; i++) {
                    if (held[i] < Math.min(copies, inFlight.copies)) {
                        lacking.add(batch.get(i));
                        inFlight.add(digests.get(batch.get(i)), again.block(batch.get(i)), copies);
                    }
                }
            }
            inFlight.drain(0);
            unsure = lacking;
        }
        if (!unsure.isEmpty() && blocks.ticket().givesWay()) {
            throw new ChordException(
                    ErrorCode.UNFINISHED,
                    "the ring let go of " + unsure.size() + " blocks as fast as they were stored",
                    "try again when others have stored theirs, or add nodes");
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
                PutBlockReply reply = Await.REAL.of(first.reply(), PATIENCE, "the ring");
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
