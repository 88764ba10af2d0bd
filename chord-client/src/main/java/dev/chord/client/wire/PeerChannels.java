package dev.chord.client.wire;

import com.google.common.util.concurrent.ListenableFuture;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Endpoint;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.ClientCalls;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One channel per peer, kept. One on which a call got no answer is dropped: the next call dials afresh,
 * without back-off, and without waiting for a connection that sends again only after as long a while as a
 * network was cut. Calls in flight on it end by themselves.
 */
public final class PeerChannels implements Outside, AutoCloseable {
    /** The largest message: a block of 4 MiB and room around it. */
    public static final int MAX_MESSAGE = 4 * 1024 * 1024 + 256 * 1024;

    // Bytes under way on one connection: 5 Gbit/s over 63 ms. What is asked for at once bounds what comes.
    private static final int WINDOW = 40 * 1024 * 1024;
    private static final long CLOSE_NANOS = 1_000_000_000;
    private static final int MOST = 1024; // connections; beyond it those that are not used make room
    private static final long UNUSED_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final ClientInterceptor PASS = new ClientInterceptor() {
        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            return next.newCall(method, options);
        }
    };

    private final Map<Endpoint, Line> channels = new ConcurrentHashMap<>();
    // dropped ones too, until they have ended: they need the event loops as long
    private final Set<ManagedChannel> unfinished = ConcurrentHashMap.newKeySet();
    private final SecureRandom operations = new SecureRandom();
    private final RingHeaders headers;
    private final Function<Endpoint, ClientInterceptor> links;
    private final EventLoopGroup loops;
    private volatile boolean closed;

    public PeerChannels(String ringName) {
        this(ringName, endpoint -> PASS);
    }

    /** @param links what every call to a peer goes through */
    public PeerChannels(String ringName, Function<Endpoint, ClientInterceptor> links) {
        this.links = links;
        headers = new RingHeaders(ringName);
        DefaultThreadFactory threads = new DefaultThreadFactory("chord-net", true);
        loops = new MultiThreadIoEventLoopGroup(2, threads, NioIoHandler.newFactory());
    }

    @Override
    public Time time() {
        return Time.REAL;
    }

    @Override
    public <Q, A> ListenableFuture<A> call(Endpoint to, MethodDescriptor<Q, A> method, Q request, Duration limit) {
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS);
        return ClientCalls.futureUnaryCall(to(to).newCall(method, options), request);
    }

    @Override
    public long operation() {
        return operations.nextLong() | 1;
    }

    /**
     * The channel to a peer. Callers set a deadline on every call.
     *
     * @throws ChordException UNREACHABLE once closed
     */
    public Channel to(Endpoint endpoint) {
        if (closed) {
            throw new ChordException(ErrorCode.UNREACHABLE, "closed: nobody is asked any more", "open another one");
        }
        Line line = channels.computeIfAbsent(endpoint, Line::new);
        line.lastUsed = System.nanoTime();
        if (channels.size() > MOST) {
            dropUnused();
        }
        return line.calls;
    }

    /**
     * A stub of a service of a peer. Its calls end when {@code limit} is over, counted from now.
     *
     * @param service makes the stub, as {@code RecordServiceGrpc::newBlockingStub} does
     * @throws ChordException UNREACHABLE once closed
     */
    public <S extends AbstractStub<S>> S stub(Function<Channel, S> service, Endpoint to, Duration limit) {
        return service.apply(to(to)).withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    // Whoever names addresses without end is not to use up this process's handles.
    private void dropUnused() {
        long now = System.nanoTime();
        channels.values().stream()
                .filter(line -> now - line.lastUsed > UNUSED_NANOS)
                .max(Comparator.comparingLong(line -> now - line.lastUsed))
                .ifPresent(this::drop);
    }

    private void drop(Line line) {
        if (channels.remove(line.endpoint, line)) {
            line.channel.shutdown();
        }
        unfinished.removeIf(ManagedChannel::isTerminated);
    }

    /** The connection to one peer, and what every call on it goes through. */
    private final class Line implements ClientInterceptor {
        private final Endpoint endpoint;
        private final ManagedChannel channel;
        private final Channel calls;
        private volatile long lastUsed = System.nanoTime();

        Line(Endpoint endpoint) {
            this.endpoint = endpoint;
            this.channel = build(endpoint);
            this.calls = ClientInterceptors.intercept(channel, links.apply(endpoint), headers, this);
            unfinished.add(channel);
        }

        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                @Override
                public void start(Listener<A> listener, Metadata metadata) {
                    super.start(watched(listener), metadata);
                }
            };
        }

        private <A> ClientCall.Listener<A> watched(ClientCall.Listener<A> listener) {
            return new SimpleForwardingClientCallListener<>(listener) {
                @Override
                public void onClose(Status status, Metadata trailers) {
                    boolean silent = status.getCode() == Status.Code.UNAVAILABLE
                            || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
                    if (silent && !WireErrors.isAnswer(trailers)) {
                        drop(Line.this);
                    }
                    super.onClose(status, trailers);
                }
            };
        }
    }

    private ManagedChannel build(Endpoint endpoint) {
        return NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
                .usePlaintext()
                .eventLoopGroup(loops)
                .channelType(GuardedSocket.class)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, 3000)
                .directExecutor()
                .disableRetry()
                .flowControlWindow(WINDOW)
                .maxInboundMessageSize(MAX_MESSAGE)
                .build();
    }

    @Override
    public void close() {
        closed = true;
        channels.clear();
        unfinished.forEach(ManagedChannel::shutdownNow);
        awaitEnds();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    // A channel that is still ending when its event loops are gone complains loudly.
    private void awaitEnds() {
        long end = System.nanoTime() + CLOSE_NANOS;
        try {
            for (ManagedChannel channel : unfinished) {
                if (!channel.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
