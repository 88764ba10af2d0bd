package dev.chord.node.rpc;

import com.google.protobuf.MessageLite;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireErrors;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.BlockServiceGrpc;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Blocks that have been read for somebody who does not take them lie in this node's memory: of one connection only so many,
 * and of all together only so many. More is turned away; whoever means it asks again.
 */
final class UnreadLimit implements ServerInterceptor {
    private static final Set<MethodDescriptor<?, ?>> LIMITED =
            Set.of(BlockServiceGrpc.getGetBlockMethod(), BlockServiceGrpc.getGetBlocksMethod());
    private static final long OF_ONE = 36L * 1024 * 1024; // a window of the largest blocks, and a little

    private final NodeMetrics metrics;
    private final long ofAll = Math.max(OF_ONE, Runtime.getRuntime().maxMemory() / 2);
    private final Map<Object, AtomicLong> unread = new ConcurrentHashMap<>();
    private final AtomicLong all = new AtomicLong();

    UnreadLimit(NodeMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
        if (!LIMITED.contains(call.getMethodDescriptor())) {
            return next.startCall(call, headers);
        }
        Object connection = String.valueOf(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
        Held held = new Held(connection);
        ServerCall<Q, P> limited = new SimpleForwardingServerCall<>(call) {
            private boolean refused;

            @Override
            public void sendMessage(P message) {
                if (message instanceof MessageLite reply && !held.take(reply.getSerializedSize())) {
                    refused = true;
                    metrics.blockRefused();
                    StatusRuntimeException why = WireErrors.toStatus(new ChordException(
                            ErrorCode.UNFINISHED, "you have asked for more than you read", "read, then ask again"));
                    Metadata trailers = why.getTrailers();
                    super.close(why.getStatus(), trailers == null ? new Metadata() : trailers);
                } else {
                    super.sendMessage(message);
                }
            }

            @Override
            public void close(Status status, Metadata trailers) {
                if (!refused) {
                    super.close(status, trailers);
                }
            }
        };
        return new SimpleForwardingServerCallListener<>(next.startCall(limited, headers)) {
            @Override
            public void onComplete() {
                held.release();
                super.onComplete();
            }

            @Override
            public void onCancel() {
                held.release();
                super.onCancel();
            }
        };
    }

    /** What one call holds until its reader has taken it, or has gone. */
    private final class Held {
        private final Object connection;
        private long bytes;
        private boolean over;

        Held(Object connection) {
            this.connection = connection;
        }

        synchronized boolean take(int size) {
            long together = all.addAndGet(size);
            long mine =
                    unread.computeIfAbsent(connection, c -> new AtomicLong()).addAndGet(size);
            bytes = size;
            boolean first = mine == size; // everybody may have one
            if (over || !first && (mine > OF_ONE || together > ofAll)) {
                giveBack();
                return over; // its reader has gone: nothing is sent any more
            }
            return true;
        }

        synchronized void release() {
            over = true;
            giveBack();
        }

        private void giveBack() {
            if (bytes > 0) {
                all.addAndGet(-bytes);
                long taken = bytes;
                unread.computeIfPresent(connection, (c, count) -> count.addAndGet(-taken) <= 0 ? null : count);
                bytes = 0;
            }
        }
    }
}
