package dev.chord.node.gateway;

import dev.chord.node.store.Upload;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes what is published into a piece of an upload, on workers, which may wait for the disk. What came of
 * a body that breaks off stays.
 */
final class PieceSink implements Flow.Subscriber<ByteBuffer> {
    private final Upload.Piece piece;
    private final Executor workers;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private Flow.@Nullable Subscription source;

    PieceSink(Upload.Piece piece, Executor workers) {
        this.piece = piece;
        this.workers = workers;
    }

    /** Ends when all is durable, with the piece open; fails with the piece closed. */
    CompletableFuture<Void> done() {
        return done;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        source = subscription;
        subscription.request(1);
    }

    @Override
    public void onNext(ByteBuffer bytes) {
        run(() -> {
            piece.write(bytes);
            Flow.Subscription from = source;
            if (from != null) {
                from.request(1);
            }
        });
    }

    @Override
    public void onComplete() {
        run(() -> {
            piece.flush();
            done.complete(null);
        });
    }

    @Override
    public void onError(Throwable failure) {
        run(() -> fail(failure));
    }

    private void run(Runnable step) {
        try {
            workers.execute(() -> {
                try {
                    step.run();
                } catch (RuntimeException e) {
                    fail(e);
                }
            });
        } catch (RejectedExecutionException e) {
            fail(e);
        }
    }

    private void fail(Throwable why) {
        Flow.Subscription from = source;
        if (from != null) {
            from.cancel();
        }
        try {
            piece.close();
        } catch (RuntimeException e) {
            why.addSuppressed(e);
        }
        done.completeExceptionally(why);
    }
}
