package dev.chord.client.transfer;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;

/**
 * The bytes of an input stream, of any length, for one subscriber: read when it asks for them, on one
 * thread that is spent on it, since an input stream cannot be read without waiting. Signals come on
 * that thread.
 */
public final class InputPublisher implements Flow.Publisher<ByteBuffer> {
    private static final int PIECE = 64 * 1024;

    private final InputStream in;
    private final String what;

    /** @param what is read, as the subject of "cannot be read" */
    public InputPublisher(InputStream in, String what) {
        this.in = in;
        this.what = what;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        Reading reading = new Reading(subscriber);
        subscriber.onSubscribe(reading);
        DaemonThreads.named("chord-input").newThread(reading::run).start();
    }

    private final class Reading implements Flow.Subscription {
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final Semaphore wanted = new Semaphore(0);
        private volatile boolean cancelled;

        Reading(Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long count) {
            wanted.release((int) Math.min(count, 1024));
        }

        @Override
        public void cancel() {
            cancelled = true;
            wanted.release();
        }

        private void run() {
            try {
                while (true) {
                    wanted.acquire();
                    byte[] piece = new byte[PIECE];
                    int n = cancelled ? 0 : in.read(piece);
                    if (cancelled) {
                        return;
                    }
                    if (n < 0) {
                        subscriber.onComplete();
                        return;
                    }
                    subscriber.onNext(ByteBuffer.wrap(piece, 0, n));
                }
            } catch (IOException e) {
                subscriber.onError(
                        new ChordException(ErrorCode.INTERNAL, what + " cannot be read: " + e.getMessage(), "", e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                subscriber.onError(new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e));
            }
        }
    }
}
