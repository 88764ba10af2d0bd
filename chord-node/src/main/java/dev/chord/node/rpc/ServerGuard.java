package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.RingHeaders;
import dev.chord.client.wire.WireErrors;
import dev.chord.node.telemetry.NodeMetrics;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every service: refuses calls of another ring or version, and administration from other
 * machines. How many calls there may be is for {@link CallRoom} to say.
 */
public final class ServerGuard implements ServerInterceptor {
    private static final String OURS = "chord.v1.";
    private static final String ADMIN = "chord.v1.AdminService";

    private final String ringName;
    private final NodeMetrics metrics;

    public ServerGuard(String ringName, NodeMetrics metrics) {
        this.ringName = ringName;
        this.metrics = metrics;
    }

    NodeMetrics metrics() {
        return metrics;
    }

    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
        String service = String.valueOf(call.getMethodDescriptor().getServiceName());
        if (!service.startsWith(OURS)) {
            return next.startCall(call, headers); // health and reflection, which carry no ring
        }
        try {
            check(service, headers, call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
        } catch (ChordException e) {
            return refuse(call, WireErrors.toStatus(e));
        }
        return next.startCall(measured(call), headers);
    }

    private <Q, P> ServerCall<Q, P> measured(ServerCall<Q, P> call) {
        long start = System.nanoTime();
        return new SimpleForwardingServerCall<>(call) {
            @Override
            public void close(Status status, Metadata trailers) {
                metrics.call(
                        call.getMethodDescriptor().getBareMethodName(), status.getCode(), System.nanoTime() - start);
                super.close(status, trailers);
            }
        };
    }

    private static <Q, P> ServerCall.Listener<Q> refuse(ServerCall<Q, P> call, StatusRuntimeException why) {
        Metadata trailers = why.getTrailers();
        call.close(why.getStatus(), trailers == null ? new Metadata() : trailers);
        return new ServerCall.Listener<>() {};
    }

    private void check(String service, Metadata headers, @Nullable SocketAddress from) {
        String ring = RingHeaders.ring(headers).orElse("");
        String version = headers.get(RingHeaders.VERSION);
        if (!Integer.toString(RingHeaders.PROTOCOL).equals(version)) {
            throw new ChordException(
                    ErrorCode.INCOMPATIBLE,
                    "this node speaks protocol " + RingHeaders.PROTOCOL + ", the caller " + version,
                    "use the same version on both sides");
        }
        if (!ringName.equals(ring)) {
            throw new ChordException(
                    ErrorCode.CONFLICT,
                    "this node belongs to ring '" + ringName + "', not '" + ring + "'",
                    "set ring.name (--ring-name) to the ring that is meant");
        }
        boolean local = from instanceof InetSocketAddress address
                && address.getAddress().isLoopbackAddress();
        if (service.equals(ADMIN) && !local) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED,
                    "administration is for commands on the node's own machine",
                    "run it there");
        }
    }
}
