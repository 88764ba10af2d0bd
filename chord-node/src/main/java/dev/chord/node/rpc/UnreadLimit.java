package dev.chord.node.rpc;

import com.google.protobuf.MessageLite;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireErrors;
import dev.chord.node.telemetry.NodeMetrics;
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
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Answers that somebody does not take lie in this node's memory: of one connection only so many, and of all
 * together only so many. More is turned away; whoever means it asks again. Where there is too little room for
 * others, the connection that has taken nothing for longest is ended.
 */
final class UnreadLimit implements ServerInterceptor {
    private static final long OF_ONE = 36L * 1024 * 1024; // a window of the largest blocks, and a little
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    private final NodeMetrics metrics;
    private final Consumer<String> end;
    private final long ofAll;
    private final Map<String, Unread> unread = new HashMap<>(); // guarded by itself, as the sum
    private long all;

    /** What one connection has not taken. */
    private static final class Unread {
        private long bytes;
        private long lastTaken = System.nanoTime();
    }

    /**
     * @param ofAll bytes
     * @param end ends a connection, named by the address at its other end
     */
    UnreadLimit(long ofAll, NodeMetrics metrics, Consumer<String> end) {
        this.ofAll = ofAll;
        this.metrics = metrics;
        this.end = end;
    }

    private boolean take(String connection, int size) {
        Optional<String> victim;
        synchronized (unread) {
            Unread mine = unread.computeIfAbsent(connection, c -> new Unread());
            boolean fits = all + size <= ofAll;
            if (fits && (mine.bytes == 0 || mine.bytes + size <= OF_ONE)) {
                mine.bytes += size;
                all += size;
                return true;
            }
            victim = fits ? Optional.empty() : slowest(connection);
            if (mine.bytes == 0) {
                unread.remove(connection);
            }
        }
        victim.ifPresent(end);
        return false;
    }

    private Optional<String> slowest(String but) {
        long now = System.nanoTime();
        return unread.entrySet().stream()
                .filter(e -> !e.getKey().equals(but) && now - e.getValue().lastTaken > PATIENCE_NANOS)
                .max(Comparator.comparingLong(e -> now - e.getValue().lastTaken))
                .map(Map.Entry::getKey);
    }

    private void give(String connection, long size) {
        synchronized (unread) {
            Unread mine = unread.get(connection);
            if (mine != null) {
                mine.bytes -= size;
                mine.lastTaken = System.nanoTime();
                all -= size;
                if (mine.bytes <= 0) {
                    unread.remove(connection);
                }
            }
        }
    }

    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
        if (call.getMethodDescriptor().getType() != MethodDescriptor.MethodType.UNARY) {
            return next.startCall(call, headers); // streams send only what is taken
        }
        String connection = String.valueOf(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
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
        private final String connection;
        private long bytes;
        private boolean over;

        Held(String connection) {
            this.connection = connection;
        }

        synchronized boolean take(int size) {
            if (over) {
                return true; // its reader has gone: nothing is sent any more
            }
            boolean taken = UnreadLimit.this.take(connection, size);
            bytes = taken ? size : 0;
            return taken;
        }

        synchronized void release() {
            over = true;
            if (bytes > 0) {
                give(connection, bytes);
                bytes = 0;
            }
        }
    }
}
