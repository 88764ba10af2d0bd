package dev.chord.node.gateway;

import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Something that bytes pass on their way, which may change them or find fault: one piece in, at most one
 * out, then the next.
 */
abstract class Stage implements Flow.Processor<ByteBuffer, ByteBuffer>, Flow.Subscription {
    private final Flow.Publisher<ByteBuffer> upstream;
    private Flow.@Nullable Subscriber<? super ByteBuffer> downstream;
    private Flow.@Nullable Subscription source;
    private boolean over;

    Stage(Flow.Publisher<ByteBuffer> upstream) {
        this.upstream = upstream;
    }

    /**
     * What becomes of a piece; nothing left: the next is asked for.
     *
     * @throws RuntimeException ends everything
     */
    abstract ByteBuffer passed(ByteBuffer piece);

    /**
     * All has come.
     *
     * @throws RuntimeException it was not good
     */
    abstract void end();

    @Override
    public final void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        downstream = subscriber;
        upstream.subscribe(this);
    }

    @Override
    public final void onSubscribe(Flow.Subscription subscription) {
        source = subscription;
        to().onSubscribe(this);
    }

    @Override
    public final void request(long count) {
        Flow.Subscription from = source;
        if (from != null) {
            from.request(count);
        }
    }

    @Override
    public final void cancel() {
        over = true;
        Flow.Subscription from = source;
        if (from != null) {
            from.cancel();
        }
    }

    @Override
    public final void onNext(ByteBuffer piece) {
        if (over) {
            return;
        }
        try {
            ByteBuffer rest = passed(piece);
            if (rest.hasRemaining()) {
                to().onNext(rest);
            } else {
                request(1);
            }
        } catch (RuntimeException e) {
            refuse(e);
        }
    }

    @Override
    public final void onComplete() {
        if (over) {
            return;
        }
        try {
            end();
        } catch (RuntimeException e) {
            refuse(e);
            return;
        }
        over = true;
        to().onComplete();
    }

    private void refuse(RuntimeException why) {
        cancel();
        to().onError(why);
    }

    @Override
    public final void onError(Throwable failure) {
        if (!over) {
            over = true;
            to().onError(failure);
        }
    }

    private Flow.Subscriber<? super ByteBuffer> to() {
        Flow.Subscriber<? super ByteBuffer> subscriber = downstream;
        if (subscriber == null) {
            throw new IllegalStateException("nobody has subscribed");
        }
        return subscriber;
    }
}
