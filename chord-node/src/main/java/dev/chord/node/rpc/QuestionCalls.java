package dev.chord.node.rpc;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.RecordRequestChecks;
import dev.chord.client.wire.RingCalls;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.records.Question;
import dev.chord.core.records.RecordHost.Replies;
import dev.chord.core.ring.Peer;
import dev.chord.node.records.Asking;
import dev.chord.proto.v1.CompareRecordsReply;
import dev.chord.proto.v1.CompareRecordsRequest;
import dev.chord.proto.v1.FingerprintRecordsRequest;
import dev.chord.proto.v1.LeaseTenureRequest;
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.PromiseTenureReply;
import dev.chord.proto.v1.PromiseTenureRequest;
import dev.chord.proto.v1.PullRecordsRequest;
import dev.chord.proto.v1.RecordBatch;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RecordServiceGrpc.RecordServiceFutureStub;
import dev.chord.proto.v1.ReleaseArcRequest;
import dev.chord.proto.v1.ReplicateReply;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.TenureReply;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The questions of a record engine as calls of the record service. Any thread; answers come on those of
 * the network.
 */
public final class QuestionCalls implements Asking {
    private static final long MICROS = 1000;

    private final PeerChannels channels;
    private final RingCalls ring;

    public QuestionCalls(PeerChannels channels) {
        this.channels = channels;
        this.ring = new RingCalls(channels);
    }

    @Override
    @SuppressWarnings("unchecked") // the replies of a question hear its answers
    public <A> void ask(Peer peer, Question<A> question, Duration limit, Replies<A> replies) {
        try {
            if (question instanceof Question.Pull asked) {
                pull(peer, asked, limit, (Replies<Question.Batch>) replies);
            } else if (question instanceof Question.Release asked) {
                release(peer, asked, limit, (Replies<Question.Batch>) replies);
            } else if (question instanceof Question.Presence) {
                ring.isThere(peer.endpoint(), peer.process(), limit)
                        .thenAccept(there -> only((Replies<Boolean>) replies, there));
            } else {
                one(peer, question, limit, (Replies<Object>) replies);
            }
        } catch (RuntimeException e) {
            replies.ended(false); // nowhere to send it to, or stopping
        }
    }

    private static <A> void only(Replies<A> replies, A answer) {
        replies.heard(answer, () -> {});
        replies.ended(true);
    }

    private void one(Peer peer, Question<?> question, Duration limit, Replies<Object> replies) {
        RecordServiceFutureStub stub = channels.stub(RecordServiceGrpc::newFutureStub, peer.endpoint(), limit);
        if (question instanceof Question.Replicate asked) {
            hear(stub.replicate(out(peer, asked)), QuestionCalls::in, replies);
        } else if (question instanceof Question.Promise asked) {
            hear(stub.promiseTenure(out(peer, asked)), QuestionCalls::in, replies);
        } else if (question instanceof Question.Note asked) {
            hear(stub.noteTenure(out(peer, asked)), QuestionCalls::in, replies);
        } else if (question instanceof Question.Lease asked) {
            hear(stub.leaseTenure(out(peer, asked)), QuestionCalls::in, replies);
        } else if (question instanceof Question.Compare asked) {
            hear(stub.compareRecords(out(asked)), CompareRecordsReply::getLackingList, replies);
        } else if (question instanceof Question.Fingerprint asked) {
            hear(stub.fingerprintRecords(out(asked)), r -> RecordCodec.fingerprints(r.getPartsList()), replies);
        } else {
            throw new IllegalArgumentException("a question of another kind: " + question);
        }
    }

    private static <R> void hear(ListenableFuture<R> call, Function<R, Object> in, Replies<Object> replies) {
        Futures.addCallback(
                call,
                new FutureCallback<R>() {
                    @Override
                    public void onSuccess(@Nullable R reply) {
                        Object answer;
                        try {
                            answer = in.apply(Objects.requireNonNull(reply));
                        } catch (MalformedMessageException e) {
                            replies.ended(false);
                            return;
                        }
                        only(replies, answer);
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        replies.ended(false);
                    }
                },
                MoreExecutors.directExecutor());
    }

    // ---- streams

    private void pull(Peer peer, Question.Pull asked, Duration limit, Replies<Question.Batch> replies) {
        PullRecordsRequest.Builder request = PullRecordsRequest.newBuilder()
                .setArc(WireCodec.out(asked.arc()))
                .setSince(asked.since());
        asked.here().ifPresent(here -> request.addAllParts(WireCodec.out(here).getPartsList()));
        stream(peer, limit, replies, (stub, heard) -> stub.pullRecords(request.build(), heard), false);
    }

    private void release(Peer peer, Question.Release asked, Duration limit, Replies<Question.Batch> replies) {
        ReleaseArcRequest request = ReleaseArcRequest.newBuilder()
                .setArc(WireCodec.out(asked.arc()))
                .setTaker(WireCodec.out(asked.taker()))
                .setSince(asked.since())
                .setTarget(WireCodec.out(asked.target()))
                .setAsHead(asked.asHead())
                .build();
        stream(peer, limit, replies, (stub, heard) -> stub.releaseArc(request, heard), true);
    }

    private void stream(
            Peer peer,
            Duration limit,
            Replies<Question.Batch> replies,
            BiConsumer<RecordServiceGrpc.RecordServiceStub, Batches<?>> call,
            boolean ends) {
        RecordServiceGrpc.RecordServiceStub stub = channels.stub(RecordServiceGrpc::newStub, peer.endpoint(), limit);
        call.accept(stub, new Batches<>(replies, ends));
    }

    /** Hears batches one at a time: the next is asked for when the last one has been taken in. */
    private static final class Batches<Q> implements ClientResponseObserver<Q, RecordBatch> {
        private final Replies<Question.Batch> replies;
        private final boolean ends;
        private @Nullable ClientCallStreamObserver<Q> call;
        private @Nullable RecordBatch last;

        /** @param ends whether the last message tells how it ended, and holds no records */
        Batches(Replies<Question.Batch> replies, boolean ends) {
            this.replies = replies;
            this.ends = ends;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<Q> started) {
            call = started;
            started.disableAutoRequestWithInitial(1);
        }

        @Override
        public void onNext(RecordBatch batch) {
            try {
                hear(batch);
            } catch (MalformedMessageException e) {
                Objects.requireNonNull(call).cancel(e.getMessage(), e);
            }
        }

        // The last message of a release is known by what it lacks: a position.
        private void hear(RecordBatch batch) {
            boolean end = ends && batch.getPosition() == 0 && batch.getRecordsCount() == 0;
            RecordRequestChecks.asked(batch.getEpoch());
            Optional<Question.Released> released = end
                    ? Optional.of(new Question.Released(batch.getReleased(), batch.getSettled(), batch.getEpoch()))
                    : Optional.empty();
            last = batch;
            replies.heard(
                    new Question.Batch(RecordCodec.in(batch.getRecordsList()), batch.getPosition(), released),
                    () -> Objects.requireNonNull(call).request(1));
        }

        @Override
        public void onError(Throwable failure) {
            replies.ended(false);
        }

        @Override
        public void onCompleted() {
            replies.ended(!ends || last != null && last.getPosition() == 0);
        }
    }

    // ---- messages

    private static ReplicateRequest out(Peer peer, Question.Replicate asked) {
        ReplicateRequest.Builder request = ReplicateRequest.newBuilder()
                .addAllRecords(RecordCodec.out(asked.records()))
                .setEpoch(asked.news())
                .setProcess(WireCodec.out(peer.process()))
                .setTenure(asked.tenure());
        asked.owner().ifPresent(owner -> request.setOwner(WireCodec.out(owner)));
        return request.build();
    }

    private static Question.Kept in(ReplicateReply reply) {
        if (reply.hasNotOwner()) {
            return Question.Kept.NOT_OWNER;
        }
        return reply.getSuperseded() ? Question.Kept.SUPERSEDED : Question.Kept.KEPT;
    }

    private static List<dev.chord.proto.v1.Arc> arcs(List<dev.chord.core.id.Arc> arcs) {
        return arcs.stream().map(WireCodec::out).toList();
    }

    private static PromiseTenureRequest out(Peer peer, Question.Promise asked) {
        return PromiseTenureRequest.newBuilder()
                .setProcess(WireCodec.out(peer.process()))
                .addAllArcs(arcs(asked.arcs()))
                .setEpoch(asked.epoch())
                .build();
    }

    private static Question.Promised in(PromiseTenureReply reply) {
        return new Question.Promised(
                reply.getAgreed(),
                RecordCodec.inClaims(reply.getClaimsList()),
                RecordCodec.inGivenUp(reply.getGivenUpList()),
                reply.getLeaseLeftMillis() * MICROS);
    }

    private static NoteTenureRequest out(Peer peer, Question.Note asked) {
        return NoteTenureRequest.newBuilder()
                .setProcess(WireCodec.out(peer.process()))
                .addAllArcs(arcs(asked.arcs()))
                .setTenure(RecordCodec.out(asked.tenure()))
                .setBegun(asked.begun())
                .build();
    }

    private static LeaseTenureRequest out(Peer peer, Question.Lease asked) {
        return LeaseTenureRequest.newBuilder()
                .setProcess(WireCodec.out(peer.process()))
                .setArc(WireCodec.out(asked.arc()))
                .setEpoch(asked.epoch())
                .build();
    }

    private static Question.Word in(TenureReply reply) {
        return new Question.Word(reply.getAgreed(), RecordCodec.inClaims(reply.getClaimsList()));
    }

    private static CompareRecordsRequest out(Question.Compare asked) {
        return CompareRecordsRequest.newBuilder()
                .addAllDigests(asked.digests().stream().map(RecordCodec::out).toList())
                .setKeepMillis(asked.keep() / MICROS)
                .build();
    }

    private static FingerprintRecordsRequest out(Question.Fingerprint asked) {
        return FingerprintRecordsRequest.newBuilder()
                .setArc(WireCodec.out(asked.arc()))
                .setKeepMillis(asked.keep() / MICROS)
                .build();
    }
}
