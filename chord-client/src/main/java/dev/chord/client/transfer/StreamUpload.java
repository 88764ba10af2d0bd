package dev.chord.client.transfer;

import com.google.common.collect.Lists;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Spread;
import dev.chord.proto.v1.PutBlockReply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts the blocks of a file on the ring as its bytes come, whose number need not be known. Asks for more
 * only when there is room: a chunk at most is collected, a few are on their way. No thread waits, neither
 * for the source nor, as long as the place of a block is known, for the ring. What was stored of a file
 * that fails is taken back.
 */
public final class StreamUpload implements Flow.Subscriber<ByteBuffer> {
    private static final int WINDOW = 4;
    private static final long QUICK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int BATCH = 2000;

    private final Into into;
    private final ChunkCutter cutter;
    private final LongConsumer progress;
    private final CompletableFuture<Uploader.Upload> result = new CompletableFuture<>();
    private final Set<ListenableFuture<PutBlockReply>> sent = new HashSet<>();
    private final long begun = System.nanoTime();
    private Flow.@Nullable Subscription source;
    private @Nullable FileManifest manifest;
    private @Nullable Identifier content;
    private int copies = Integer.MAX_VALUE;
    private int apart = Integer.MAX_VALUE;
    private boolean known = true;
    private long done;
    private int pending;
    private boolean asked;
    private boolean ending;

    /**
     * Where blocks go, and how.
     *
     * @param blocks with a ticket of this upload's own
     * @param turns shared by all streams of one connection
     */
    record Into(
            BlockClient blocks,
            ListeningExecutorService workers,
            ChunkTurns turns,
            int copies,
            Spread spread,
            Duration limit) {}

    /**
     * Subscribe it to where the bytes come from.
     *
     * @param announced how many bytes there will be, if that is known
     * @param progress told how many are stored, on a network thread
     */
    StreamUpload(Into into, OptionalLong announced, LongConsumer progress) {
        this.into = into;
        this.cutter = new ChunkCutter(announced, this::chunk);
        this.progress = progress;
    }

    /** What was stored; fails with {@link ChordException} or with what the source failed with. */
    public CompletableFuture<Uploader.Upload> result() {
        return result;
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription subscription) {
        source = subscription;
        askForMore();
    }

    @Override
    public synchronized void onNext(ByteBuffer bytes) {
        asked = false;
        if (result.isDone()) {
            return;
        }
        try {
            cutter.add(bytes);
        } catch (ChordException e) {
            fail(e);
            return;
        }
        askForMore();
    }

    @Override
    public synchronized void onComplete() {
        if (result.isDone()) {
            return;
        }
        try {
            manifest = cutter.end();
        } catch (ChordException e) {
            fail(e);
            return;
        }
        // Nobody finds the manifest before the name is written, and that comes when all of this is stored.
        byte[] block = ManifestCodec.out(manifest);
        content = Identifier.sha256(block);
        chunk(content, block);
        ending = true;
        settle();
    }

    @Override
    public synchronized void onError(Throwable failure) {
        fail(failure);
    }

    // ---- blocks on their way, under the lock

    private void askForMore() {
        if (!asked && !ending && pending < WINDOW && source != null) {
            asked = true;
            source.request(1);
        }
    }

    private void chunk(Identifier digest, byte[] data) {
        pending++;
        into.turns().take(() -> put(digest, data));
    }

    private synchronized void put(Identifier digest, byte[] data) {
        if (result.isDone()) {
            into.turns().giveBack();
            return;
        }
        ListenableFuture<PutBlockReply> reply;
        try {
            reply = into.blocks().start(digest, data, into.copies(), into.limit(), into.workers());
        } catch (RejectedExecutionException e) {
            into.turns().giveBack();
            fail(Downloader.closed(e));
            return;
        }
        sent.add(reply);
        Futures.addCallback(
                reply,
                new FutureCallback<>() {
                    @Override
                    public void onSuccess(@Nullable PutBlockReply stored) {
                        stored(reply, Objects.requireNonNull(stored), data.length);
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        into.turns().giveBack();
                        fail(failure);
                    }
                },
                MoreExecutors.directExecutor());
    }

    private void stored(ListenableFuture<PutBlockReply> from, PutBlockReply reply, int length) {
        into.turns().giveBack();
        synchronized (this) {
            sent.remove(from);
            pending--;
            copies = Math.min(copies, reply.getHoldersCount());
            apart = Math.min(apart, into.spread().apart(WireCodec.in(reply.getHoldersList())));
            known &= reply.getKnown();
            done += length;
            progress.accept(done);
            askForMore();
            settle();
        }
    }

    // During a long upload somebody may have deleted a file that shares blocks with it, and those put first
    // may be gone by now; or it had to give way to others. From here on the name needs them, and its owner
    // says so. What came as a stream cannot be read again.
    private void settle() {
        if (!ending || pending > 0 || manifest == null || content == null || result.isDone()) {
            return;
        }
        UploadTicket ticket = into.blocks().ticket();
        Uploader.Upload upload = new Uploader.Upload(manifest, content, copies, apart, known, ticket);
        if (!ticket.givesWay() && System.nanoTime() - begun <= QUICK_NANOS) {
            result.complete(upload);
            return;
        }
        try {
            into.workers().execute(() -> confirm(upload));
        } catch (RejectedExecutionException e) {
            fail(Downloader.closed(e));
        }
    }

    private void confirm(Uploader.Upload upload) {
        try {
            List<Identifier> all = new ArrayList<>(upload.manifest().chunks());
            all.add(upload.content());
            for (List<Identifier> some : Lists.partition(all, BATCH)) {
                for (int held : into.blocks().renew(some, into.copies(), into.limit())) {
                    if (held < Math.min(into.copies(), upload.copies())) {
                        throw new ChordException(
                                ErrorCode.UNFINISHED,
                                "the ring let go of blocks of it while it was stored, for others or with another file",
                                "send it again");
                    }
                }
            }
            result.complete(upload);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private synchronized void fail(Throwable failure) {
        if (result.completeExceptionally(failure)) {
            if (source != null) {
                source.cancel();
            }
            List.copyOf(sent).forEach(reply -> reply.cancel(true));
            takeBack();
        }
    }

    private void takeBack() {
        try {
            into.workers().execute(into.blocks().ticket()::release);
        } catch (RejectedExecutionException e) {
            // nobody is there to do it: who needs the room lets go of them
        }
    }
}
