package dev.chord.node.demo;

import com.google.common.util.concurrent.Futures;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.ring.Endpoint;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Deadline;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * Links between the nodes of a demo that can be cut and slowed down: calls fail, or their answers come late.
 */
public final class LinkFaults implements AutoCloseable {
    private final Map<String, Endpoint> places = new ConcurrentHashMap<>();
    private final Map<Endpoint, Duration> slow = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor later =
            new ScheduledThreadPoolExecutor(1, DaemonThreads.named("chord-links"));
    private volatile Set<Endpoint> otherSide = Set.of();

    public LinkFaults() {
        later.setRemoveOnCancelPolicy(true);
    }

    /** Where a node listens: until that is known its links are whole. */
    void place(String node, Endpoint at) {
        places.put(node, at);
    }

    /** What stands between a node and each of the others. */
    public Function<Endpoint, ClientInterceptor> from(String node) {
        return to -> new Link(node, to);
    }

    /** Cuts the ring in two: these on one side, all others, and those that come later, on the other. */
    public void cut(Set<Endpoint> one) {
        otherSide = Set.copyOf(one);
    }

    /** All links are whole again. */
    public void heal() {
        otherSide = Set.of();
    }

    /** The nodes that the others do not reach; empty: there is no cut. */
    public Set<Endpoint> cutOff() {
        return otherSide;
    }

    /** Answers from a node, and to it, take longer by so much; zero: no longer. */
    public void slow(Endpoint node, Duration by) {
        if (by.isZero()) {
            slow.remove(node);
        } else {
            slow.put(node, by);
        }
    }

    /** The nodes with slow links. */
    public Map<Endpoint, Duration> slowed() {
        return Map.copyOf(slow);
    }

    void forget(Endpoint node) {
        slow.remove(node);
        Set<Endpoint> left = new HashSet<>(otherSide);
        left.remove(node);
        otherSide = Set.copyOf(left);
    }

    /** One direction between two nodes. */
    private final class Link implements ClientInterceptor {
        private final String from;
        private final Endpoint to;

        Link(String from, Endpoint to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            Optional<Endpoint> here = Optional.ofNullable(places.get(from));
            Set<Endpoint> side = otherSide;
            if (here.isPresent() && side.contains(here.get()) != side.contains(to)) {
                return new CutCall<>(options);
            }
            Duration delay = here.map(h -> slow.getOrDefault(h, Duration.ZERO))
                    .orElse(Duration.ZERO)
                    .plus(slow.getOrDefault(to, Duration.ZERO));
            ClientCall<Q, A> call = next.newCall(method, options);
            boolean self = here.filter(to::equals).isPresent();
            return delay.isZero() || self ? call : new SlowCall<>(call, options, delay.toMillis());
        }
    }

    private static Executor executor(CallOptions options) {
        Executor given = options.getExecutor();
        return given == null ? Runnable::run : given;
    }

    /** Fails at once, as where a router says that there is no way. */
    private static final class CutCall<Q, A> extends ClientCall<Q, A> {
        private final CallOptions options;

        CutCall(CallOptions options) {
            this.options = options;
        }

        @Override
        public void start(Listener<A> listener, Metadata headers) {
            executor(options)
                    .execute(() ->
                            listener.onClose(Status.UNAVAILABLE.withDescription("the link is cut"), new Metadata()));
        }

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(
                @org.jspecify.annotations.Nullable String message,
                @org.jspecify.annotations.Nullable Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {}
    }

    /** Answers come later, in their order; those that would come after the call's deadline do not come. */
    private final class SlowCall<Q, A> extends SimpleForwardingClientCall<Q, A> {
        private final CallOptions options;
        private final Executor executor;
        private final long millis;
        private final AtomicBoolean closed = new AtomicBoolean();

        SlowCall(ClientCall<Q, A> call, CallOptions options, long millis) {
            super(call);
            this.options = options;
            this.executor = executor(options);
            this.millis = millis;
        }

        private void late(Runnable task) {
            try {
                later.schedule(() -> executor.execute(task), millis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                executor.execute(task); // the demo ends
            }
        }

        private Future<?> atDeadline(Runnable task) {
            Deadline deadline = options.getDeadline();
            try {
                return deadline == null
                        ? Futures.immediateVoidFuture()
                        : deadline.runOnExpiration(() -> executor.execute(task), later);
            } catch (RejectedExecutionException e) {
                return Futures.immediateVoidFuture();
            }
        }

        @Override
        public void start(Listener<A> listener, Metadata headers) {
            // The call below sees its answer in time: the one who waits for it does not.
            Future<?> expiry = atDeadline(() -> {
                if (closed.compareAndSet(false, true)) {
                    cancel("the deadline has passed on a slow link", null);
                    listener.onClose(
                            Status.DEADLINE_EXCEEDED.withDescription("the link is slower than that"), new Metadata());
                }
            });
            super.start(
                    new SimpleForwardingClientCallListener<>(listener) {
                        @Override
                        public void onHeaders(Metadata metadata) {
                            late(() -> {
                                if (!closed.get()) {
                                    super.onHeaders(metadata);
                                }
                            });
                        }

                        @Override
                        public void onMessage(A message) {
                            late(() -> {
                                if (!closed.get()) {
                                    super.onMessage(message);
                                }
                            });
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            late(() -> {
                                if (closed.compareAndSet(false, true)) {
                                    expiry.cancel(false);
                                    super.onClose(status, trailers);
                                }
                            });
                        }
                    },
                    headers);
        }
    }

    @Override
    public void close() {
        later.shutdownNow();
    }
}
