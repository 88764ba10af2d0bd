package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes what is published as the body of an answer, as fast as the reader takes it; no thread waits. Until
 * the first bytes are there nothing is written, so that a failure can still be told; after that a failure
 * breaks the connection off, for nobody must take a part for the whole.
 */
final class AnswerWriter implements Flow.Subscriber<ByteBuffer> {
    private static final int PIECE = 16 * 1024; // small enough to see a slow reader move

    private final ServletOutputStream out;
    private final Slots.Slot slot;
    private volatile LongConsumer moved = bytes -> {};
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private Flow.@Nullable Subscription source;
    private @Nullable ByteBuffer now;
    private int writing;
    private boolean asked;
    private boolean open;
    private boolean complete;

    AnswerWriter(ServletOutputStream out, Slots.Slot slot) {
        this.out = out;
        this.slot = slot;
    }

    /** @param told how many bytes the network has taken, each time it takes some */
    void onMoved(LongConsumer told) {
        moved = told;
    }

    /** Ends when the network has taken everything; fails with what the source failed with, or UNFINISHED. */
    CompletableFuture<Void> done() {
        return done;
    }

    /** Nobody is to get the rest. */
    void cancel() {
        fail(new ChordException(ErrorCode.UNFINISHED, "cancelled", "begin again if it was a mistake"));
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription subscription) {
        source = subscription;
        asked = true;
        subscription.request(1);
    }

    @Override
    public void onNext(ByteBuffer bytes) {
        boolean first;
        synchronized (this) {
            first = now == null;
            now = bytes;
            asked = false;
        }
        if (first) {
            slot.streams();
            out.setWriteListener(new Room()); // which is told as soon as something can be written
        } else {
            pump();
        }
    }

    @Override
    public void onComplete() {
        synchronized (this) {
            complete = true;
        }
        pump();
    }

    @Override
    public void onError(Throwable why) {
        fail(why);
    }

    /** Is told by the container when there is room for more, or nobody to read it. */
    private final class Room implements WriteListener {
        @Override
        public void onWritePossible() {
            synchronized (AnswerWriter.this) {
                open = true;
            }
            pump();
        }

        @Override
        public void onError(Throwable why) {
            fail(gone(why));
        }
    }

    private synchronized void pump() {
        try {
            while (!done.isDone() && (open || complete && now == null)) {
                if (open && !out.isReady()) {
                    slot.waits(true);
                    return; // the container calls when there is room
                }
                slot.waits(false);
                taken();
                if (now != null && now.hasRemaining()) {
                    write(now);
                } else if (complete) {
                    done.complete(null);
                } else {
                    askForMore();
                    return;
                }
            }
        } catch (IOException | RuntimeException e) {
            fail(gone(e));
        }
    }

    private void taken() {
        if (writing > 0) {
            slot.moved(writing);
            moved.accept(writing);
            writing = 0;
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        int length = Math.min(PIECE, bytes.remaining());
        writing = length;
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), length);
        bytes.position(bytes.position() + length);
    }

    private void askForMore() {
        if (!asked && source != null) {
            asked = true;
            source.request(1);
        }
    }

    private static ChordException gone(Throwable why) {
        return new ChordException(ErrorCode.UNFINISHED, "the reader has gone", "", why);
    }

    private synchronized void fail(Throwable why) {
        if (done.isDone()) {
            return;
        }
        if (source != null) {
            source.cancel();
        }
        if (now != null) {
            slot.cut();
        }
        done.completeExceptionally(why);
    }
}
