package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.node.telemetry.NodeMetrics;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.util.MutableHandlerRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The gRPC server of a node, with the limits that grpc-java leaves open. Calls that wait for other nodes and calls that
 * only touch this one's disk run on pools of their own: so nodes that wait for each other cannot block each other.
 */
public final class NodeServer implements AutoCloseable {
    // Threads bound what is in the heap at once: each may hold a block.
    private static final int PUTTERS = 12;
    private static final int COORDINATORS = 32;
    private static final int WORKERS = 12;
    private static final int IDLE_SECONDS = 5;

    private final InetSocketAddress address;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("chord-server", true), NioIoHandler.newFactory());
    private final ExecutorService putters = pool(PUTTERS, "chord-putter");
    private final ExecutorService coordinators = pool(COORDINATORS, "chord-coordinator");
    private final ExecutorService workers = pool(WORKERS, "chord-worker");
    private final HealthStatusManager health = new HealthStatusManager();
    private final MutableHandlerRegistry services = new MutableHandlerRegistry();
    private final Server server;

    private NodeServer(InetSocketAddress wanted) throws IOException {
        server = NettyServerBuilder.forAddress(wanted)
                .channelType(NioServerSocketChannel.class)
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .executor(workers)
                .callExecutor(new ByKind())
                .flowControlWindow(4 * 1024 * 1024)
                .maxInboundMessageSize(PeerChannels.MAX_MESSAGE)
                .maxInboundMetadataSize(8 * 1024)
                .maxConcurrentCallsPerConnection(512)
                .maxRstFramesPerWindow(400, 30)
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxConnectionIdle(10, TimeUnit.MINUTES)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .fallbackHandlerRegistry(services)
                .build();
        health.setStatus("", ServingStatus.NOT_SERVING);
        server.start();
        address = new InetSocketAddress(wanted.getAddress(), server.getPort());
    }

    /**
     * Takes the port, so that the node knows who it is; {@link #serve} opens the door.
     *
     * @param wanted port 0: any free one
     * @throws ChordException CONFLICT if it is taken
     */
    public static NodeServer bound(InetSocketAddress wanted) {
        try {
            return new NodeServer(wanted);
        } catch (IOException e) {
            throw taken(wanted, e);
        }
    }

    private static ChordException taken(InetSocketAddress address, IOException e) {
        return new ChordException(
                ErrorCode.CONFLICT,
                "cannot listen on " + address.getHostString() + ":" + address.getPort() + ": " + reason(e),
                "is another node running? choose another --grpc-bind, port 0 for any free one",
                e);
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /** For work that may wait for other nodes. */
    public Executor coordinators() {
        return coordinators;
    }

    public InetSocketAddress address() {
        return address;
    }

    /** Opens the door; until then calls are answered with UNIMPLEMENTED. */
    public void serve(
            ServerInterceptor guard, ServerInterceptor checks, NodeMetrics metrics, BindableService... served) {
        UnreadLimit unread = new UnreadLimit(metrics);
        for (BindableService service : served) {
            services.addService(ServerInterceptors.interceptForward(service, guard, unread, checks));
        }
        health.setStatus("", ServingStatus.SERVING);
    }

    /** Which threads carry a call. */
    private final class ByKind implements ServerCallExecutorSupplier {
        @Override
        public <Q, P> Executor getExecutor(ServerCall<Q, P> call, Metadata headers) {
            String method = call.getMethodDescriptor().getFullMethodName();
            return switch (method) {
                case "chord.v1.RingService/Exchange", "chord.v1.RecordService/ReadRecords" ->
                    Runnable::run; // never block
                case "chord.v1.BlockService/PutBlock", "chord.v1.BlockService/PutBlocks" -> putters;
                case "chord.v1.RecordService/WriteRecords",
                        "chord.v1.RecordService/ReleaseArc",
                        "chord.v1.RecordService/PullRecords",
                        "chord.v1.RecordService/CheckShared",
                        "chord.v1.RecordService/ListNames",
                        "chord.v1.RingService/Locate" -> coordinators;
                default -> method.startsWith("chord.v1.AdminService/") ? coordinators : workers;
            };
        }
    }

    // Threads without work go: a process may host many nodes, and what the network has under way bounds what waits.
    private static ExecutorService pool(int size, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size,
                size,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(name, true));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Lets calls in progress end. */
    public void drain() {
        health.setStatus("", ServingStatus.NOT_SERVING);
        server.shutdown();
        try {
            server.awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            // a call that still comes in must find somebody to end it, or its caller hears of an internal error
            server.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        putters.shutdownNow();
        coordinators.shutdownNow();
        workers.shutdownNow();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
