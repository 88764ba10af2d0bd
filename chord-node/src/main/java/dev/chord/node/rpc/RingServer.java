package dev.chord.node.rpc;

import com.google.protobuf.ByteString;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.node.loop.NodeLoop;
import dev.chord.proto.v1.LocateReply;
import dev.chord.proto.v1.LocateRequest;
import dev.chord.proto.v1.Place;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Ring messages in: checked, offered to the loop, answered from its thread without blocking; and where many
 * keys are.
 */
public final class RingServer extends RingServiceGrpc.RingServiceImplBase {
    private static final int MOST_KEYS = 4096;
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final NodeLoop loop;
    private final KeyLocator locator;

    public RingServer(NodeLoop loop, KeyLocator locator) {
        this.loop = loop;
        this.locator = locator;
    }

    @Override
    public void exchange(RingRequest request, StreamObserver<RingReply> out) {
        try {
            loop.receive(RingCodec.target(request), RingCodec.from(request), RingCodec.in(request))
                    .whenComplete((reply, failure) -> {
                        if (failure != null) {
                            out.onError(Answers.status(failure));
                        } else {
                            out.onNext(RingCodec.out(reply));
                            out.onCompleted();
                        }
                    });
        } catch (MalformedMessageException e) {
            out.onError(Answers.status(e));
        }
    }

    @Override
    public void locate(LocateRequest request, StreamObserver<LocateReply> out) {
        Answers.one(out, () -> {
            if (request.getKeysCount() > MOST_KEYS) {
                throw new ChordException(
                        ErrorCode.USAGE, request.getKeysCount() + " keys at once", MOST_KEYS + " is the limit");
            }
            Deadline deadline = Optional.ofNullable(Context.current().getDeadline())
                    .map(d -> d.minimum(Deadline.after(LIMIT.toMillis(), TimeUnit.MILLISECONDS)))
                    .orElse(Deadline.after(LIMIT.toMillis(), TimeUnit.MILLISECONDS));
            Map<Arc, Place> places = new LinkedHashMap<>();
            for (ByteString bytes : request.getKeysList()) {
                Answers.stillWanted();
                // half of what is left: so that there is an answer before nobody waits for it any more
                Duration left = Duration.ofMillis(deadline.timeRemaining(TimeUnit.MILLISECONDS) / 2);
                if (left.toMillis() <= 0) {
                    break;
                }
                locator.place(WireCodec.in(bytes), left)
                        .ifPresent(p -> places.put(
                                p.arc(),
                                Place.newBuilder()
                                        .setArc(WireCodec.out(p.arc()))
                                        .addAllChain(WireCodec.out(p.chain()))
                                        .build()));
            }
            return LocateReply.newBuilder().addAllPlaces(places.values()).build();
        });
    }
}
