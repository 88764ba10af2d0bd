package dev.chord.client.locate;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.Outside;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.ListRefusedRequest;
import dev.chord.proto.v1.LocateReply;
import dev.chord.proto.v1.LocateRequest;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Ring messages from somebody who is no member. */
public final class RingCalls {
    private final Outside around;

    public RingCalls(Outside around) {
        this.around = around;
    }

    Outside around() {
        return around;
    }

    ListenableFuture<RingReply> start(Endpoint to, RingRequest request, Duration limit) {
        return around.call(to, RingServiceGrpc.getExchangeMethod(), request, limit);
    }

    LocateReply locate(Endpoint to, LocateRequest request, Duration limit) {
        return around.ask(to, RingServiceGrpc.getLocateMethod(), request, limit);
    }

    /**
     * Whether a process is there now, at this address; completes with false at the latest after
     * {@code limit}.
     */
    public CompletableFuture<Boolean> isThere(Endpoint at, Identifier process, Duration limit) {
        CompletableFuture<Boolean> there = new CompletableFuture<>();
        ListenableFuture<RingReply> reply =
                start(at, RingCodec.out(Optional.empty(), Optional.empty(), new Request.Ping()), limit);
        reply.addListener(() -> there.complete(isFrom(process, reply, at)), MoreExecutors.directExecutor());
        return there;
    }

    private boolean isFrom(Identifier process, ListenableFuture<RingReply> reply, Endpoint at) {
        try {
            RingReply answer = Futures.getDone(reply);
            return answer != null
                    && RingCodec.in(answer) instanceof Reply.Neighborhood n
                    && n.self().process().equals(process);
        } catch (MalformedMessageException e) {
            return false;
        } catch (ExecutionException | CancellationException e) {
            return false;
        }
    }

    /**
     * A member's neighbourhood.
     *
     * @param target the member meant; empty: whichever the process has
     * @throws ChordException if there is no proper answer
     */
    public Reply.Neighborhood neighborhood(Endpoint to, Optional<Identifier> target, Duration limit) {
        try {
            RingRequest question = RingCodec.out(target, Optional.empty(), new Request.GetNeighborhood());
            return neighborhood(to, around.ask(to, RingServiceGrpc.getExchangeMethod(), question, limit));
        } catch (StatusRuntimeException e) {
            throw WireErrors.fromStatus(e, to);
        }
    }

    /**
     * Whether whoever is left takes over in a node's ring ("eventual"), without agreement of the holders;
     * empty: it does not say.
     */
    public Optional<Boolean> isEventual(Endpoint node, Duration limit) {
        try {
            ListRefusedRequest question = ListRefusedRequest.getDefaultInstance();
            return Optional.of(around.ask(node, RecordServiceGrpc.getListRefusedMethod(), question, limit)
                    .getEventual());
        } catch (StatusRuntimeException e) {
            return Optional.empty();
        }
    }

    /** What a process answered to that question. */
    static Reply.Neighborhood neighborhood(Endpoint from, RingReply reply) {
        try {
            if (RingCodec.in(reply) instanceof Reply.Neighborhood at) {
                return at;
            }
        } catch (MalformedMessageException e) {
            throw notAMember(from);
        }
        throw notAMember(from);
    }

    private static ChordException notAMember(Endpoint to) {
        return new ChordException(
                ErrorCode.INCOMPATIBLE, to + " answers, but not as a node of a ring would", "compare versions");
    }
}
