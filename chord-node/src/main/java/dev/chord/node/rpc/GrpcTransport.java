package dev.chord.node.rpc;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RingChecks;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Event;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.PeerTransport;
import dev.chord.node.telemetry.Refusals;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.Status;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Ring messages over gRPC, each with the failure timeout as its deadline. */
public final class GrpcTransport implements PeerTransport {
    private final PeerChannels channels;
    private final Duration limit;
    private final Refusals refusals;

    public GrpcTransport(PeerChannels channels, Duration limit, Refusals refusals) {
        this.channels = channels;
        this.limit = limit;
        this.refusals = refusals;
    }

    @Override
    public CompletableFuture<Reply> send(Endpoint to, Optional<Identifier> target, Peer from, Request request) {
        CompletableFuture<Reply> result = new CompletableFuture<>();
        ListenableFuture<RingReply> call;
        try {
            call = channels.stub(RingServiceGrpc::newFutureStub, to, limit)
                    .exchange(RingCodec.out(target, Optional.of(from), request));
        } catch (ChordException e) {
            result.completeExceptionally(unanswered("this node is stopping", false));
            return result;
        } catch (RuntimeException e) {
            result.completeExceptionally(unanswered("cannot be asked: " + e.getMessage(), false));
            return result;
        }
        Futures.addCallback(
                call,
                new FutureCallback<RingReply>() {
                    @Override
                    public void onSuccess(@Nullable RingReply reply) {
                        try {
                            result.complete(RingChecks.answer(target, RingCodec.in(Objects.requireNonNull(reply))));
                        } catch (MalformedMessageException e) {
                            refusals.note("answer of the ring", e);
                            result.completeExceptionally(unanswered("answered " + e.getMessage(), false));
                        }
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        result.completeExceptionally(failed(failure));
                    }
                },
                MoreExecutors.directExecutor());
        return result;
    }

    private Unanswered failed(Throwable failure) {
        Status status = Status.fromThrowable(failure);
        String text = status.getCode() == Status.Code.DEADLINE_EXCEEDED
                ? "no answer within " + limit.toMillis() + " ms"
                : WireErrors.describe(status);
        // The process is there and says that it does not host the member: that is certain. Silence never is.
        return unanswered(text, status.getCode() == Status.Code.NOT_FOUND);
    }

    private static Unanswered unanswered(String text, boolean certain) {
        return new Unanswered(new Event.Failure(text, certain));
    }
}
