package dev.chord.client.wire;

import com.google.common.base.Ticker;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.SettableFuture;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.Refusal;
import io.grpc.Context;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Small questions of one kind, many of which are asked at the same time: those that are asked of a peer while
 * earlier calls are under way to it wait for one of them to come back, and then go together. So one alone
 * goes at once, and a thousand take few calls. As many wait as callers do.
 *
 * @param <Q> one question
 * @param <A> its answer
 */
public final class Batches<Q, A> {
    /** Questions in one call. */
    public static final int MOST = 256;

    /** Digests that one message may ask about. */
    public static final int DIGESTS = 4096;

    private static final int BYTES = 1 << 20;
    private static final Duration KEPT = Duration.ofMinutes(1);

    private final Outside around;
    private final int underWay;
    private final ToIntFunction<Q> size;
    private final Call<Q, A> call;
    private final LoadingCache<Endpoint, Line> lines;

    /**
     * @param underWay how many calls there may be to one peer at a time
     * @param size what a question takes in a message, about
     */
    public Batches(Outside around, int underWay, ToIntFunction<Q> size, Call<Q, A> call) {
        this.around = around;
        this.lines = CacheBuilder.newBuilder()
                .expireAfterAccess(KEPT)
                .ticker(new Ticker() {
                    @Override
                    public long read() {
                        return around.time().nanos();
                    }
                })
                .build(CacheLoader.from(Line::new));
        this.underWay = underWay;
        this.size = size;
        this.call = call;
    }

    /**
     * One call with many questions; its answers come in the same order, and fewer of them if the rest
     * was skipped.
     */
    public interface Call<Q, A> {
        ListenableFuture<List<Answer<A>>> send(Outside around, Endpoint peer, List<Q> questions, Duration left);
    }

    /**
     * What a peer says to one question: a value, that it refuses, or (neither) that it skipped it and is to
     * be asked again.
     */
    public record Answer<A>(Optional<A> value, Optional<Refusal> refusal) {
        public static <A> Answer<A> of(A value) {
            return new Answer<>(Optional.of(value), Optional.empty());
        }

        public static <A> Answer<A> refused(Refusal refusal) {
            return new Answer<>(Optional.empty(), Optional.of(refusal));
        }

        public static <A> Answer<A> skipped() {
            return new Answer<>(Optional.empty(), Optional.empty());
        }
    }

    /** Asks one peer. Fails with a {@link ChordException}. */
    public ListenableFuture<A> ask(Endpoint peer, Q question, Duration limit) {
        Asked<Q, A> asked = new Asked<>(question, around.time().nanos() + limit.toNanos(), SettableFuture.create());
        lines.getUnchecked(peer).add(asked);
        return asked.answer;
    }

    private record Asked<Q, A>(Q question, long end, SettableFuture<A> answer) {}

    /** The way to one peer. */
    private final class Line {
        private final Endpoint peer;
        private final Deque<Asked<Q, A>> waiting = new ArrayDeque<>();
        private int calls;

        Line(Endpoint peer) {
            this.peer = peer;
        }

        void add(Asked<Q, A> asked) {
            synchronized (this) {
                waiting.add(asked);
            }
            send();
        }

        private synchronized List<Asked<Q, A>> next() {
            List<Asked<Q, A>> batch = new ArrayList<>();
            int bytes = 0;
            while (calls < underWay && batch.size() < MOST && bytes < BYTES && !waiting.isEmpty()) {
                Asked<Q, A> asked = waiting.remove();
                if (!asked.answer.isDone()) { // else nobody waits for it any more
                    batch.add(asked);
                    bytes += size.applyAsInt(asked.question);
                }
            }
            calls += batch.isEmpty() ? 0 : 1;
            return batch;
        }

        private void send() {
            List<Asked<Q, A>> batch = next();
            if (batch.isEmpty()) {
                return;
            }
            List<Q> questions = new ArrayList<>();
            long end = batch.get(0).end;
            for (Asked<Q, A> asked : batch) {
                questions.add(asked.question);
                end = asked.end - end > 0 ? asked.end : end;
            }
            // whoever happens to send it may be answering a call whose end would cancel this one, and others
            // wait for it too
            Context here = Context.ROOT.attach();
            try {
                Futures.addCallback(
                        call.send(
                                around,
                                peer,
                                questions,
                                Duration.ofNanos(end - around.time().nanos())),
                        new Ended(batch),
                        MoreExecutors.directExecutor());
            } catch (RuntimeException e) {
                new Ended(batch).onFailure(e);
            } finally {
                Context.ROOT.detach(here);
            }
        }

        private synchronized void again(List<Asked<Q, A>> skipped) {
            for (int i = skipped.size() - 1; i >= 0; i--) {
                waiting.addFirst(skipped.get(i));
            }
            calls--;
        }

        /** What becomes of the questions of one call. */
        private final class Ended implements FutureCallback<List<Answer<A>>> {
            private final List<Asked<Q, A>> batch;

            Ended(List<Asked<Q, A>> batch) {
                this.batch = batch;
            }

            @Override
            public void onSuccess(@Nullable List<Answer<A>> reply) {
                List<Answer<A>> answers = Objects.requireNonNull(reply);
                List<Asked<Q, A>> skipped = new ArrayList<>();
                for (int i = 0; i < batch.size(); i++) {
                    if (i >= answers.size() || answers.get(i).equals(Answer.skipped())) {
                        skipped.add(batch.get(i));
                    }
                }
                if (skipped.size() == batch.size()) {
                    onFailure(new ChordException(ErrorCode.INTERNAL, peer + " answered nothing", "ask another"));
                    return;
                }
                again(skipped);
                send();
                for (int i = 0; i < batch.size() && i < answers.size(); i++) {
                    SettableFuture<A> answer = batch.get(i).answer;
                    answers.get(i).value().ifPresent(answer::set);
                    answers.get(i).refusal().map(WireErrors::fromRefusal).ifPresent(answer::setException);
                }
            }

            @Override
            public void onFailure(Throwable failure) {
                again(List.of());
                ChordException why = WireErrors.fromStatus(failure, peer);
                batch.forEach(asked -> asked.answer.setException(why));
                send();
            }
        }
    }
}
