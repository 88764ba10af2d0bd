package dev.chord.client.rpc;

import dev.chord.core.ring.Endpoint;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One channel per peer, kept. A channel that failed is dropped, so that the next call dials afresh, without back-off. */
public final class PeerChannels implements AutoCloseable {
    /** The largest message: a block of 4 MiB and room around it. */
    public static final int MAX_MESSAGE = 4 * 1024 * 1024 + 256 * 1024;

    // Bytes under way on one connection: 5 Gbit/s over 63 ms. What is asked for at once bounds what comes.
    private static final int WINDOW = 40 * 1024 * 1024;
    private static final long CLOSE_NANOS = 1_000_000_000;

    private static final ClientInterceptor PASS = new ClientInterceptor() {
        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            return next.newCall(method, options);
        }
    };

    private final Map<Endpoint, ManagedChannel> channels = new ConcurrentHashMap<>();
    // dropped ones too, until they have ended: they need the event loops as long
    private final Set<ManagedChannel> unfinished = ConcurrentHashMap.newKeySet();
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

    /** The channel to a peer. Callers set a deadline on every call. */
    public Channel to(Endpoint endpoint) {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        return ClientInterceptors.intercept(
                channels.computeIfAbsent(endpoint, this::open), links.apply(endpoint), headers);
    }

    /** Forgets a channel whose peer could not be reached; calls in flight on it end by themselves. */
    public void drop(Endpoint endpoint) {
        ManagedChannel channel = channels.remove(endpoint);
        if (channel != null) {
            channel.shutdown();
        }
        unfinished.removeIf(ManagedChannel::isTerminated);
    }

    private ManagedChannel open(Endpoint endpoint) {
        ManagedChannel channel = build(endpoint);
        unfinished.add(channel);
        return channel;
    }

    private ManagedChannel build(Endpoint endpoint) {
        return NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
                .usePlaintext()
                .eventLoopGroup(loops)
                .channelType(NioSocketChannel.class)
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
