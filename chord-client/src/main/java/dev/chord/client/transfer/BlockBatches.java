package dev.chord.client.transfer;

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
import dev.chord.client.rpc.PeerChannels;
import dev.chord.client.rpc.WireErrors;
import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.GetBlocksReply;
import dev.chord.proto.v1.GetBlocksRequest;
import dev.chord.proto.v1.OneOfBlocks;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Small blocks, many of which are wanted at the same time: those that are asked of a peer while earlier questions are under way
 * to it wait for one of them to come back, and then go together. So one alone goes at once, and a thousand take few calls. As
 * many wait as callers do.
 */
public final class BlockBatches {
    /** Blocks asked for in one call. */
    public static final int MOST = 256;

    private static final int UNDER_WAY = 2;
    private static final Duration KEPT = Duration.ofMinutes(1);

    private final PeerChannels channels;
    private final LoadingCache<Endpoint, Line> lines =
            CacheBuilder.newBuilder().expireAfterAccess(KEPT).build(CacheLoader.from(Line::new));

    BlockBatches(PeerChannels channels) {
        this.channels = channels;
    }

    /** Asks one peer for a block; what comes has not been verified. Fails with a {@link ChordException}. */
    ListenableFuture<GetBlockReply> ask(Endpoint peer, GetBlockRequest request, Duration limit) {
        Asked asked = new Asked(request, System.nanoTime() + limit.toNanos(), SettableFuture.create());
        lines.getUnchecked(peer).add(asked);
        return asked.answer;
    }

    private record Asked(GetBlockRequest request, long end, SettableFuture<GetBlockReply> answer) {}

    /** The way to one peer. */
    private final class Line {
        private final Endpoint peer;
        private final Deque<Asked> waiting = new ArrayDeque<>();
        private int underWay;

        Line(Endpoint peer) {
            this.peer = peer;
        }

        void add(Asked asked) {
            synchronized (this) {
                waiting.add(asked);
            }
            send();
        }

        private synchronized List<Asked> next() {
            List<Asked> batch = new ArrayList<>();
            while (underWay < UNDER_WAY && batch.size() < MOST && !waiting.isEmpty()) {
                Asked asked = waiting.remove();
                if (!asked.answer.isDone()) { // else nobody waits for it any more
                    batch.add(asked);
                }
            }
            underWay += batch.isEmpty() ? 0 : 1;
            return batch;
        }

        private void send() {
            List<Asked> batch = next();
            if (batch.isEmpty()) {
                return;
            }
            GetBlocksRequest.Builder request = GetBlocksRequest.newBuilder();
            long end = batch.get(0).end;
            for (Asked asked : batch) {
                request.addBlocks(asked.request);
                end = asked.end - end > 0 ? asked.end : end;
            }
            try {
                Futures.addCallback(
                        BlockServiceGrpc.newFutureStub(channels.to(peer))
                                .withDeadlineAfter(end - System.nanoTime(), TimeUnit.NANOSECONDS)
                                .getBlocks(request.build()),
                        new Ended(batch),
                        MoreExecutors.directExecutor());
            } catch (RuntimeException e) {
                new Ended(batch).onFailure(e);
            }
        }

        private synchronized void again(List<Asked> skipped) {
            for (int i = skipped.size() - 1; i >= 0; i--) {
                waiting.addFirst(skipped.get(i));
            }
            underWay--;
        }

        /** What becomes of the questions of one call. */
        private final class Ended implements FutureCallback<GetBlocksReply> {
            private final List<Asked> batch;

            Ended(List<Asked> batch) {
                this.batch = batch;
            }

            @Override
            public void onSuccess(@Nullable GetBlocksReply message) {
                GetBlocksReply reply = Objects.requireNonNull(message);
                List<Asked> skipped = new ArrayList<>();
                List<Asked> answered = new ArrayList<>();
                for (int i = 0; i < batch.size(); i++) {
                    boolean skip = i >= reply.getBlocksCount()
                            || reply.getBlocks(i).getAnswerCase() == OneOfBlocks.AnswerCase.ANSWER_NOT_SET;
                    (skip ? skipped : answered).add(batch.get(i));
                }
                if (answered.isEmpty()) {
                    onFailure(new ChordException(ErrorCode.INTERNAL, peer + " answered nothing", "ask another"));
                    return;
                }
                again(skipped);
                send();
                for (int i = 0; i < batch.size() && i < reply.getBlocksCount(); i++) {
                    tell(batch.get(i), reply.getBlocks(i));
                }
            }

            private void tell(Asked asked, OneOfBlocks answer) {
                switch (answer.getAnswerCase()) {
                    case BLOCK -> asked.answer.set(answer.getBlock());
                    case REFUSAL -> asked.answer.setException(WireErrors.fromRefusal(answer.getRefusal()));
                    case ANSWER_NOT_SET -> {} // it has been put back
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
