package dev.chord.client;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.proto.v1.ReadRecordsReply;
import dev.chord.proto.v1.RecordKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The same as {@link Ring}, for callers that do not wait. Futures fail with {@link ChordException}.
 * Cancelling one, or any stage derived from it, stops its calls. Stages run on a network thread unless they
 * are told where: one that blocks belongs elsewhere ({@code thenApplyAsync}).
 */
public final class AsyncRing implements AutoCloseable {
    private static final int THREADS = 16;
    private static final int WAITING = 1024;
    private static final int OUTSTANDING = 4096;

    private final Ring ring;
    private final Ring.Parts parts;
    private final Duration limit;
    private final Semaphore room = new Semaphore(OUTSTANDING);
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            DaemonThreads.named("chord-async"));

    AsyncRing(Ring ring, Ring.Parts parts, Duration limit) {
        this.ring = ring;
        this.parts = parts;
        this.limit = limit;
        threads.allowCoreThreadTimeOut(true);
    }

    /** See {@link RingNames#find}. No thread waits for the answer, as long as the owner is known. */
    public CompletableFuture<Optional<NameEntry>> find(String name) {
        String canonical;
        Identifier key;
        try {
            canonical = FileName.of(name);
            key = Label.key(canonical);
        } catch (ChordException e) {
            return CompletableFuture.failedFuture(e);
        }
        if (!room.tryAcquire()) {
            return CompletableFuture.failedFuture(busy(OUTSTANDING + " reads are under way"));
        }
        Optional<ListenableFuture<ReadRecordsReply>> call =
                parts.records().start(key, RecordKind.RECORD_KIND_NAME, limit);
        if (call.isEmpty()) {
            room.release();
            return wait(() -> ring.names().find(canonical));
        }
        Work work = new Work();
        work.is(call.get());
        Stoppable<Optional<NameEntry>> result = new Stoppable<>(work::stop);
        call.get()
                .addListener(
                        () -> {
                            room.release();
                            answered(call.get(), canonical, result, work);
                        },
                        MoreExecutors.directExecutor());
        return result;
    }

    // Whatever is not a plain answer of the owner is for the one who can wait, look again and ask others.
    private void answered(
            ListenableFuture<ReadRecordsReply> call, String name, Stoppable<Optional<NameEntry>> result, Work work) {
        try {
            ReadRecordsReply reply = call.get();
            if (reply.getAuthoritative()) {
                result.complete(RingNames.named(name, reply.getRecordsList()));
                return;
            }
        } catch (ExecutionException e) {
            // asked again below
        } catch (ChordException e) {
            result.completeExceptionally(e);
            return;
        } catch (CancellationException e) {
            return; // and so is the result
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        begin(work, result, () -> ring.names().find(name));
    }

    private <T> void begin(Work work, Stoppable<T> result, Supplier<T> deed) {
        try {
            work.is(threads.submit(() -> complete(result, deed)));
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(busy(WAITING + " operations are waiting"));
        }
    }

    /** See {@link RingNames#set}. */
    public CompletableFuture<NameEntry> set(String name, Identifier content, long size) {
        return wait(() -> ring.names().set(name, content, size));
    }

    /** See {@link RingNames#remove(String)}. */
    public CompletableFuture<NameEntry> remove(String name) {
        return wait(() -> ring.names().remove(name));
    }

    /** See {@link RingFiles#put(Path, String)}. */
    public CompletableFuture<Stored> put(Path path, String name) {
        return wait(() -> ring.files().put(path, name));
    }

    /** See {@link RingFiles#locate}. */
    public CompletableFuture<Located> locate(String ref) {
        return wait(() -> ring.files().locate(ref));
    }

    /** See {@link RingFiles#download(String, Path)}; one that is cancelled can be gone on with. */
    public CompletableFuture<Downloaded> download(String ref, Path target) {
        return ring.transfers().download(ref, target).start().future();
    }

    private <T> CompletableFuture<T> wait(Supplier<T> deed) {
        Work work = new Work();
        Stoppable<T> result = new Stoppable<>(work::stop);
        begin(work, result, deed);
        return result;
    }

    /**
     * What is being done for a future now. Who waits for an answer in there is interrupted, which ends
     * the call.
     */
    private static final class Work {
        private @Nullable Future<?> now;
        private boolean stopped;

        synchronized void is(Future<?> work) {
            now = work;
            if (stopped) {
                work.cancel(true);
            }
        }

        synchronized void stop() {
            stopped = true;
            Future<?> work = now;
            if (work != null) {
                work.cancel(true);
            }
        }
    }

    private static <T> void complete(Stoppable<T> result, Supplier<T> work) {
        try {
            result.complete(work.get());
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    private ChordException busy(String what) {
        return threads.isShutdown()
                ? new ChordException(ErrorCode.UNFINISHED, "the connection was closed meanwhile", "connect again")
                : new ChordException(ErrorCode.UNFINISHED, what, "wait for some of them to end");
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
