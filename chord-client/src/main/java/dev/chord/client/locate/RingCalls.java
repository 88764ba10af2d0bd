package dev.chord.client.locate;

import com.google.common.util.concurrent.ListenableFuture;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.rpc.MalformedMessageException;
import dev.chord.client.rpc.PeerChannels;
import dev.chord.client.rpc.WireCodec;
import dev.chord.client.rpc.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Ring messages from somebody who is no member. */
public final class RingCalls {
    private final PeerChannels channels;

    public RingCalls(PeerChannels channels) {
        this.channels = channels;
    }

    ListenableFuture<RingReply> start(Endpoint to, Optional<Identifier> target, Request request, Duration limit) {
        return RingServiceGrpc.newFutureStub(channels.to(to))
                .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS)
                .exchange(WireCodec.out(target, Optional.empty(), request));
    }

    /**
     * A member's neighbourhood.
     *
     * @param target the member meant; empty: whichever the process has
     * @throws ChordException if there is no proper answer
     */
    public Reply.Neighborhood neighborhood(Endpoint to, Optional<Identifier> target, Duration limit) {
        try {
            RingReply reply = RingServiceGrpc.newBlockingStub(channels.to(to))
                    .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS)
                    .exchange(WireCodec.out(target, Optional.empty(), new Request.GetNeighborhood()));
            if (WireCodec.in(reply) instanceof Reply.Neighborhood at) {
                return at;
            }
            throw notAMember(to);
        } catch (MalformedMessageException e) {
            throw notAMember(to);
        } catch (StatusRuntimeException e) {
            channels.drop(to);
            throw WireErrors.fromStatus(e, to);
        }
    }

    private static ChordException notAMember(Endpoint to) {
        return new ChordException(
                ErrorCode.INCOMPATIBLE, to + " answers, but not as a node of a ring would", "compare versions");
    }
}
