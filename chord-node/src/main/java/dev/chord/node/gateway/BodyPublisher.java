package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request, as it comes, for one subscriber, at its pace; what it does not ask for stays in
 * the network. Signals come one after the other, on the network's threads, which the subscriber must not
 * keep. To be subscribed to once the request is asynchronous.
 */
final class BodyPublisher implements Flow.Publisher<ByteBuffer>, Flow.Subscription, ReadListener {
    private static final int PIECE = 16 * 1024;

    private final ServletInputStream in;
    private final Slots.Slot slot;
    private final long announced;
    private final LongConsumer moved;
    private final AtomicLong wanted = new AtomicLong();
    private final AtomicInteger calls = new AtomicInteger();
    private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;
    private volatile boolean begun;
    private volatile boolean allRead;
    private volatile boolean over;
    private volatile @Nullable Throwable failure;
    private long came;

    /**
     * A body that nobody has read of.
     *
     * @param announced how long it should be; -1: who knows
     * @param moved told how many bytes came, each time some come
     */
    BodyPublisher(ServletInputStream in, Slots.Slot slot, long announced, LongConsumer moved) {
        this.in = in;
        this.slot = slot;
        this.announced = announced;
        this.moved = moved;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> only) {
        subscriber = only;
        only.onSubscribe(this);
        begun = true;
        in.setReadListener(this);
    }

    @Override
    public void request(long count) {
        wanted.addAndGet(count);
        if (begun) {
            pump();
        }
    }

    @Override
    public void cancel() {
        over = true;
    }

    @Override
    public void onDataAvailable() {
        pump();
    }

    @Override
    public void onAllDataRead() {
        allRead = true;
        pump();
    }

    @Override
    public void onError(Throwable why) {
        failure = why;
        pump();
    }

    // Whoever comes while somebody is at it leaves word, and is done with.
    private void pump() {
        if (calls.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            signal();
            seen = calls.addAndGet(-seen);
        } while (seen != 0);
    }

    private void signal() {
        try {
            while (!over && failure == null && !allRead && wanted.get() > 0) {
                boolean ready = in.isReady();
                slot.waits(!ready);
                if (!ready) {
                    return; // the container calls when there is more
                }
                byte[] piece = new byte[PIECE];
                int n = in.read(piece);
                if (n < 0) {
                    break; // the container says that this is all
                }
                came += n;
                slot.moved(n);
                moved.accept(n);
                wanted.decrementAndGet();
                to().onNext(ByteBuffer.wrap(piece, 0, n));
            }
        } catch (IOException | RuntimeException e) {
            failure = e;
        }
        Throwable why = failure;
        if (over || why == null && !allRead) {
            return;
        }
        over = true;
        slot.waits(false);
        if (why == null) {
            to().onComplete();
        } else {
            to().onError(new ChordException(
                    ErrorCode.USAGE,
                    "the body ends early: " + came + (announced < 0 ? "" : " of " + announced) + " bytes came",
                    "send it again",
                    why));
        }
    }

    private Flow.Subscriber<? super ByteBuffer> to() {
        Flow.Subscriber<? super ByteBuffer> only = subscriber;
        if (only == null) {
            throw new IllegalStateException("nobody has subscribed");
        }
        return only;
    }
}
