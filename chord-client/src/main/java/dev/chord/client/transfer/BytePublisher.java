package dev.chord.client.transfer;

import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a file, verified chunk by chunk, for one subscriber, at its pace: nothing is fetched before
 * it asks, and then a few chunks ahead of what it has asked for. Signals come one after the other, on
 * a worker.
 */
public final class BytePublisher implements Flow.Publisher<ByteBuffer> {
    private final FileManifest manifest;
    private final long from;
    private final long last;
    private final ReadAhead readAhead;
    private final Function<Downloader.ChunkTarget, StreamDownload> start;
    private @Nullable Subscription only;

    /**
     * Nothing is fetched yet.
     *
     * @param last the last byte, included
     * @param readAhead shared with other streams
     * @param start prepares the transfer into a target
     */
    BytePublisher(
            FileManifest manifest,
            long from,
            long last,
            ReadAhead readAhead,
            Function<Downloader.ChunkTarget, StreamDownload> start) {
        this.manifest = manifest;
        this.from = from;
        this.last = last;
        this.readAhead = readAhead;
        this.start = start;
    }

    @Override
    public synchronized void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        if (only != null) {
            throw new IllegalStateException("these bytes have a subscriber already");
        }
        only = new Subscription(subscriber);
        readAhead.begin();
        only.begin();
    }

    private final class Subscription implements Flow.Subscription, Downloader.ChunkTarget {
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final StreamDownload download;
        private long wanted;
        private volatile boolean cancelled;

        Subscription(Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
            this.download = start.apply(this);
            download.onEnd(this::ended);
        }

        void begin() {
            subscriber.onSubscribe(this);
        }

        private void ended(@Nullable Throwable failure) {
            readAhead.end();
            if (cancelled) {
                return;
            }
            if (failure == null) {
                subscriber.onComplete();
            } else {
                subscriber.onError(failure);
            }
        }

        @Override
        public void request(long count) {
            synchronized (this) {
                wanted = Math.min(Long.MAX_VALUE / 2, wanted + Math.max(0, count));
            }
            if (count <= 0) {
                download.cancel();
            } else {
                download.wake();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            download.cancel();
        }

        @Override
        public boolean ordered() {
            return true;
        }

        @Override
        public boolean wants(int index) {
            long start = manifest.offset(index);
            return start <= last && start + manifest.length(index) > from;
        }

        @Override
        public synchronized boolean ready() {
            return wanted > 0;
        }

        @Override
        public int ahead() {
            return readAhead.chunks();
        }

        @Override
        public void chunk(int index, List<ByteBuffer> data) {
            synchronized (this) {
                wanted--;
            }
            long at = manifest.offset(index);
            if (data.size() != 1) {
                throw new ChordException(ErrorCode.INTERNAL, "a chunk in order comes in one piece", "");
            }
            ByteBuffer whole = data.get(0);
            int begin = (int) Math.max(0, from - at);
            int end = (int) Math.min(whole.remaining(), last + 1 - at);
            subscriber.onNext(whole.slice(begin, end - begin));
        }

        @Override
        public void done(int index) {}
    }
}
