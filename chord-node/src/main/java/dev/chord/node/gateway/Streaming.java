package dev.chord.node.gateway;

import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bodies in and out that no thread waits for. Thread-safe. */
final class Streaming {
    private static final Logger log = LoggerFactory.getLogger(Streaming.class);
    private static final long LOG_EVERY_NANOS = 1_000_000_000L;

    private final Slots slots;
    private final Executor workers;
    private final Executor storers;
    private final Transfers transfers;
    private final AtomicLong loggedAt = new AtomicLong(System.nanoTime() - LOG_EVERY_NANOS);
    private final AtomicLong unlogged = new AtomicLong();

    /**
     * Nothing under way.
     *
     * @param workers who may wait for the ring and the disk
     * @param storers the same for what may take as long as storing a large file
     */
    Streaming(Slots slots, Executor workers, Executor storers, Transfers transfers) {
        this.slots = slots;
        this.workers = workers;
        this.storers = storers;
        this.transfers = transfers;
    }

    /**
     * Takes a body in, and answers once that is done.
     *
     * @param name of what is uploaded
     * @param length how long the body should be; -1: who knows
     * @param into takes the body; its future may complete on any thread
     * @param then makes the answer of it, on a storer
     * @throws RefusedRequest if there is no room for an upload, or a header says what is not understood
     */
    <T> void receive(Context context, String name, long length, Into<T> into, Then<T> then) {
        List<BodyHeaders.Expected> digests = BodyHeaders.digests(context);
        Slots.Slot slot = slots.become(context, Kind.UPLOAD);
        context.future(() -> {
            Transfers.Transfer transfer = transfers.begin("upload", name, length, slot::cut);
            try {
                Flow.Publisher<ByteBuffer> body = new BodyPublisher(
                        context.req().getInputStream(), slot, context.req().getContentLengthLong(), transfer::moved);
                return into.take(digests.isEmpty() ? body : new DigestStage(body, digests), transfer)
                        .thenAcceptAsync(received -> then.answer(received, transfer), storers)
                        .handleAsync(
                                (done, failure) -> {
                                    transfer.close();
                                    return ended(name, failure);
                                },
                                workers);
            } catch (IOException | RuntimeException e) {
                transfer.close();
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    /** Who may wait for the ring and the disk. */
    Executor workers() {
        return workers;
    }

    /** Takes a body. */
    interface Into<T> {
        CompletableFuture<T> take(Flow.Publisher<ByteBuffer> body, Transfers.Transfer transfer);
    }

    /** Makes an answer of what was taken. */
    interface Then<T> {
        void answer(T received, Transfers.Transfer transfer);
    }

    /**
     * Answers with bytes, as fast as the reader takes them.
     *
     * @param large whether this is a download of more than a chunk
     * @param length how many bytes there will be
     * @param bytes looks for them, which may take a while
     * @throws RefusedRequest if there is no room for it
     */
    void send(
            Context context,
            String name,
            boolean large,
            long length,
            Function<Context, Flow.Publisher<ByteBuffer>> bytes) {
        Slots.Slot slot = large ? slots.become(context, Kind.DOWNLOAD) : slots.holding(context, length);
        Flow.Publisher<ByteBuffer> found = bytes.apply(context);
        context.future(() -> {
            try {
                AnswerWriter writer = new AnswerWriter(context.res().getOutputStream(), slot);
                Transfers.Transfer transfer = transfers.begin("download", name, length, writer::cancel);
                writer.onMoved(transfer::moved);
                found.subscribe(writer);
                return writer.done()
                        .handleAsync(
                                (done, failure) -> {
                                    transfer.close();
                                    return thrown(failure);
                                },
                                workers);
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    private Object ended(String name, @Nullable Throwable failure) {
        Throwable why = failure instanceof CompletionException ? failure.getCause() : failure;
        if (why instanceof ChordException known && known.code() == ErrorCode.USAGE) {
            long now = System.nanoTime();
            long last = loggedAt.get();
            if (now - last >= LOG_EVERY_NANOS && loggedAt.compareAndSet(last, now)) {
                log.info(
                        "upload of '{}' refused: {} ({} more since the last such line)",
                        FileName.printable(name),
                        known.getMessage(),
                        unlogged.getAndSet(0));
            } else {
                unlogged.incrementAndGet();
            }
        }
        return thrown(failure);
    }

    private static Object thrown(@Nullable Throwable failure) {
        if (failure instanceof CompletionException wrapped) {
            throw wrapped;
        }
        if (failure != null) {
            throw new CompletionException(failure);
        }
        return "";
    }
}
