package dev.chord.node.rpc;

import dev.chord.client.wire.AdminChecks;
import dev.chord.client.wire.BlockChecks;
import dev.chord.client.wire.Known;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RecordRequestChecks;
import dev.chord.client.wire.RingChecks;
import dev.chord.node.telemetry.Refusals;
import dev.chord.proto.v1.LocateRequest;
import dev.chord.proto.v1.RingRequest;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;

/**
 * Stands between the network and every service: a request that no conforming peer sends is refused with
 * INVALID_ARGUMENT and the words of its check, counted, and reaches no handler. Runs on the thread of
 * the call.
 */
public final class RequestChecks implements ServerInterceptor {
    private final Known known;
    private final Refusals refusals;

    public RequestChecks(Known known, Refusals refusals) {
        this.known = known;
        this.refusals = refusals;
    }

    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
        String service = String.valueOf(call.getMethodDescriptor().getServiceName());
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            private boolean refused;

            @Override
            public void onMessage(Q message) {
                try {
                    check(message);
                } catch (MalformedMessageException e) {
                    refused = true;
                    refusals.note(service, e);
                    StatusRuntimeException why = Answers.status(e);
                    Metadata trailers = why.getTrailers();
                    call.close(why.getStatus(), trailers == null ? new Metadata() : trailers);
                    return;
                }
                super.onMessage(message);
            }

            @Override
            public void onHalfClose() {
                if (!refused) { // else there is nothing to be answered any more
                    super.onHalfClose();
                }
            }
        };
    }

    private void check(Object message) {
        if (message instanceof RingRequest request) {
            RingChecks.request(request, known);
        } else if (message instanceof LocateRequest request) {
            RingChecks.request(request);
        } else {
            RecordRequestChecks.request(message, known);
            BlockChecks.request(message);
            AdminChecks.request(message);
        }
    }
}
