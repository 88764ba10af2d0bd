package dev.chord.client.wire;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.ListRefusedRequest;
import dev.chord.proto.v1.LocateRequest;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/** Ring messages from somebody who is no member. Thread-safe. */
public final class RingCalls {
    private final Outside around;
    private final AtomicLong bytes = new AtomicLong();

    public RingCalls(Outside around) {
        this.around = around;
    }

    public Outside around() {
        return around;
    }

    /** How many bytes of questions and answers have passed here. */
    public long bytes() {
        return bytes.get();
    }

    /**
     * Asks without waiting.
     *
     * @param target the member meant; empty: whichever the process has
     * @return fails as {@link Outside#call} says, or with a {@link MalformedMessageException}
     */
    public ListenableFuture<Reply> start(Endpoint to, Optional<Identifier> target, Request question, Duration limit) {
        RingRequest request = RingCodec.out(target, Optional.empty(), question);
        bytes.addAndGet(request.getSerializedSize());
        return Futures.transform(
                around.call(to, RingServiceGrpc.getExchangeMethod(), request, limit),
                reply -> {
                    bytes.addAndGet(reply.getSerializedSize());
                    return RingCodec.in(reply);
                },
                MoreExecutors.directExecutor());
    }

    /**
     * What a process knows of where keys are: arcs, and who holds them, owner first.
     *
     * @throws StatusRuntimeException as {@link Outside#ask} does
     */
    public List<ArcMap.Piece<List<Peer>>> locate(Endpoint to, Collection<Identifier> keys, Duration limit) {
        LocateRequest.Builder request = LocateRequest.newBuilder();
        keys.forEach(key -> request.addKeys(WireCodec.out(key)));
        return around.ask(to, RingServiceGrpc.getLocateMethod(), request.build(), limit).getPlacesList().stream()
                .map(place -> new ArcMap.Piece<>(WireCodec.in(place.getArc()), WireCodec.in(place.getChainList())))
                .toList();
    }

    /**
     * Whether a process is there now, at this address; completes with false at the latest after
     * {@code limit}.
     */
    public CompletableFuture<Boolean> isThere(Endpoint at, Identifier process, Duration limit) {
        CompletableFuture<Boolean> there = new CompletableFuture<>();
        ListenableFuture<Reply> reply = start(at, Optional.empty(), new Request.Ping(), limit);
        reply.addListener(() -> there.complete(isFrom(process, reply)), MoreExecutors.directExecutor());
        return there;
    }

    private static boolean isFrom(Identifier process, ListenableFuture<Reply> reply) {
        try {
            return Futures.getDone(reply) instanceof Reply.Neighborhood n
                    && n.self().process().equals(process);
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
            return neighborhood(to, around.await().reply(start(to, target, new Request.GetNeighborhood(), limit)));
        } catch (StatusRuntimeException e) {
            throw WireErrors.fromStatus(e, to);
        } catch (MalformedMessageException e) {
            throw notAMember(to);
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

    /**
     * What a process answered to that question.
     *
     * @throws ChordException INCOMPATIBLE if it answered something else
     */
    public static Reply.Neighborhood neighborhood(Endpoint from, Reply reply) {
        if (reply instanceof Reply.Neighborhood at) {
            return at;
        }
        throw notAMember(from);
    }

    private static ChordException notAMember(Endpoint to) {
        return new ChordException(
                ErrorCode.INCOMPATIBLE, to + " answers, but not as a node of a ring would", "compare versions");
    }
}
