package dev.chord.node.gateway;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Pages of an answer, each looked for on a worker once the reader has taken the one before. In between
 * nothing is held but the place to go on from. For one subscriber, which asks for one at a time.
 */
final class PagePublisher implements Flow.Publisher<ByteBuffer>, Flow.Subscription {
    private final Supplier<Optional<ByteBuffer>> pages;
    private final Executor workers;
    private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;
    private volatile boolean over;

    /**
     * Nothing looked for yet.
     *
     * @param pages the next one, not empty; none: that was all; called on one worker after the other
     * @param workers who may wait for the ring
     */
    PagePublisher(Supplier<Optional<ByteBuffer>> pages, Executor workers) {
        this.pages = pages;
        this.workers = workers;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> taker) {
        subscriber = taker;
        taker.onSubscribe(this);
    }

    @Override
    public void request(long count) {
        Flow.Subscriber<? super ByteBuffer> taker = subscriber;
        if (taker == null || over) {
            return;
        }
        try {
            workers.execute(() -> find(taker));
        } catch (RejectedExecutionException e) { // the node stops
            over = true;
            taker.onError(e);
        }
    }

    private void find(Flow.Subscriber<? super ByteBuffer> taker) {
        if (over) {
            return;
        }
        Optional<ByteBuffer> page;
        try {
            page = pages.get();
        } catch (RuntimeException e) {
            over = true;
            taker.onError(e);
            return;
        }
        if (page.isPresent()) {
            taker.onNext(page.get());
        } else {
            over = true;
            taker.onComplete();
        }
    }

    @Override
    public void cancel() {
        over = true;
    }
}
