package dev.chord.client.rpc;

import dev.chord.core.ring.Endpoint;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** One channel per peer, kept. A channel that failed is dropped, so that the next call dials afresh, without back-off. */
public final class PeerChannels implements AutoCloseable {
    /** The largest message: a block of 4 MiB and room around it. */
    public static final int MAX_MESSAGE = 4 * 1024 * 1024 + 256 * 1024;

    private static final int WINDOW = 4 * 1024 * 1024;

    private final Map<Endpoint, ManagedChannel> channels = new ConcurrentHashMap<>();
    private final RingHeaders headers;
    private final EventLoopGroup loops;
    private volatile boolean closed;

    public PeerChannels(String ringName) {
        headers = new RingHeaders(ringName);
        DefaultThreadFactory threads = new DefaultThreadFactory("chord-net", true);
        loops = new MultiThreadIoEventLoopGroup(2, threads, NioIoHandler.newFactory());
    }

    /** The channel to a peer. Callers set a deadline on every call. */
    public Channel to(Endpoint endpoint) {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        return ClientInterceptors.intercept(channels.computeIfAbsent(endpoint, this::open), headers);
    }

    /** Forgets a channel whose peer could not be reached; calls in flight on it end by themselves. */
    public void drop(Endpoint endpoint) {
        ManagedChannel channel = channels.remove(endpoint);
        if (channel != null) {
            channel.shutdown();
        }
    }

    private ManagedChannel open(Endpoint endpoint) {
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
        channels.values().forEach(ManagedChannel::shutdownNow);
        channels.clear();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
