package dev.chord.node.rpc;

import com.google.common.util.concurrent.MoreExecutors;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.bounds.CallMemory;
import dev.chord.core.bounds.HandleBudget;
import dev.chord.core.ring.Peer;
import dev.chord.node.config.Listening;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.AdminServiceGrpc;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.util.MutableHandlerRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The gRPC server of a node, with the limits that grpc-java leaves open: {@link Connections} says who may
 * come in, {@link CallRoom} how much each may have. Calls that wait for other nodes and calls that only touch
 * this one's disk run on pools of their own: so nodes that wait for each other cannot block each other.
 * Commands of the machine have a pool too: strangers cannot hold them up.
 */
public final class NodeServer implements AutoCloseable {
    // Threads bound what is in the heap at once: each may hold a block.
    private static final int PUTTERS = 12;
    private static final int COORDINATORS = 32;
    private static final int ASKERS = 12;
    private static final int WORKERS = 12;
    private static final int COMMANDS = 8;
    private static final int RESETS = 20_000; // what is a flood the guard of the connection finds out long before
    private static final long SWEEP_SECONDS = 5;

    // It tells of every stream that a caller breaks off, with a trace; strangers would fill the log. Kept
    // here, or its level is forgotten.
    private static final Logger STREAMS = Logger.getLogger("io.grpc.netty.NettyServerHandler");

    private static final DecompressorRegistry PLAIN =
            DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false);

    private final InetSocketAddress address;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("chord-server", true), NioIoHandler.newFactory());
    private final FairPool putters = new FairPool(PUTTERS, "chord-putter");
    private final FairPool coordinators = new FairPool(COORDINATORS, "chord-coordinator");
    private final FairPool askers = new FairPool(ASKERS, "chord-asker");
    private final FairPool workers = new FairPool(WORKERS, "chord-worker");
    private final FairPool commands = new FairPool(COMMANDS, "chord-command");
    private final CallMemory memory;
    private final CallRoom room;
    private final Connections connections = new Connections(HandleBudget.of(handles()));
    private final HealthStatusManager health = new HealthStatusManager();
    private final MutableHandlerRegistry services = new MutableHandlerRegistry();
    private final Server server;
    private final Future<?> sweeping;

    static {
        STREAMS.setLevel(Level.SEVERE);
    }

    private NodeServer(InetSocketAddress wanted, CallMemory memory) throws IOException {
        this.memory = memory;
        Map<String, Executor> carriers = carriers();
        this.room = new CallRoom(memory, called -> carriers.getOrDefault(called.getFullMethodName(), workers));
        server = NettyServerBuilder.forAddress(wanted)
                .channelFactory(() -> new GuardedServerChannel(connections))
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .directExecutor() // the room hands calls on once they are complete
                .addStreamTracerFactory(CallRoom.arrivals())
                .intercept(room)
                .decompressorRegistry(PLAIN) // what is small on the line must not be large in memory
                .flowControlWindow(4 * 1024 * 1024)
                .maxInboundMessageSize(PeerChannels.MAX_MESSAGE)
                .maxInboundMetadataSize(8 * 1024)
                .maxConcurrentCallsPerConnection(512)
                .maxRstFramesPerWindow(
                        RESETS, 30) // of ours too: one for each piece on its way to a call that was refused
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxConnectionIdle(10, TimeUnit.MINUTES)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .fallbackHandlerRegistry(services)
                .build();
        health.setStatus("", ServingStatus.NOT_SERVING);
        try {
            server.start();
        } catch (IOException e) {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw e;
        }
        sweeping = loops.next().scheduleWithFixedDelay(room::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
        address = new InetSocketAddress(wanted.getAddress(), server.getPort());
    }

    /**
     * Takes the port, so that the node knows who it is; {@link #serve} opens the door.
     *
     * @param wanted port 0: any free one
     * @throws ChordException CONFLICT if it is taken; UNREACHABLE if the address is none of this
     *     machine's now
     */
    public static NodeServer bound(InetSocketAddress wanted) {
        return bound(
                wanted, CallMemory.of(Runtime.getRuntime().maxMemory(), PlatformDependent.estimateMaxDirectMemory()));
    }

    /** The same with a memory of one's own. */
    static NodeServer bound(InetSocketAddress wanted, CallMemory memory) {
        try {
            return new NodeServer(wanted, memory);
        } catch (IOException e) {
            throw Listening.isHere(wanted.getAddress()) ? taken(wanted, e) : notHere(wanted, e);
        }
    }

    private static ChordException taken(InetSocketAddress address, IOException e) {
        return new ChordException(
                ErrorCode.CONFLICT,
                "cannot listen on " + address.getHostString() + ":" + address.getPort() + ": " + reason(e),
                "is another node running? choose another --bind, port 0 for any free one",
                e);
    }

    private static ChordException notHere(InetSocketAddress address, IOException e) {
        return new ChordException(
                ErrorCode.UNREACHABLE,
                address.getHostString() + " is no address of this machine",
                "choose another --bind; --advertise is for an address that only leads here",
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

    /**
     * Opens the door; until then calls are answered with UNIMPLEMENTED.
     *
     * @param checks says which requests are acceptable
     * @param members of the ring, as far as they are known now; many of them may share an address
     */
    public void serve(
            ServerGuard guard,
            ServerInterceptor checks,
            Supplier<Collection<Peer>> members,
            BindableService... served) {
        NodeMetrics metrics = guard.metrics();
        room.onRefusal(metrics::refused);
        connections.know(
                a -> hasMember(members.get(), a), () -> metrics.refused("flood"), () -> metrics.refused("connection"));
        UnreadLimit unread = new UnreadLimit(memory.unread(), metrics, connections::end);
        for (BindableService service : served) {
            services.addService(ServerInterceptors.interceptForward(service, guard, unread, checks));
        }
        health.setStatus("", ServingStatus.SERVING);
    }

    private static boolean hasMember(Collection<Peer> members, InetAddress address) {
        return members.stream().anyMatch(p -> p.endpoint().host().equals(address.getHostAddress()));
    }

    // The threads that carry a call once its request is complete, by the method's full name; workers if none
    // are named here.
    private Map<String, Executor> carriers() {
        Map<String, Executor> carriers = new HashMap<>();
        carry(
                carriers,
                MoreExecutors.directExecutor(), // none of these blocks
                RingServiceGrpc.getExchangeMethod(),
                RecordServiceGrpc.getReadRecordsMethod(),
                RecordServiceGrpc.getWriteRecordsMethod(),
                RecordServiceGrpc.getReplicateMethod(),
                RecordServiceGrpc.getPromiseTenureMethod(),
                RecordServiceGrpc.getNoteTenureMethod(),
                RecordServiceGrpc.getLeaseTenureMethod(),
                RecordServiceGrpc.getFingerprintRecordsMethod(),
                HealthGrpc.getCheckMethod(),
                HealthGrpc.getWatchMethod());
        carry(carriers, putters, BlockServiceGrpc.getPutBlockMethod(), BlockServiceGrpc.getPutBlocksMethod());
        carry(carriers, coordinators, RecordServiceGrpc.getReleaseArcMethod());
        carry(
                carriers,
                askers, // whoever asks for much does not hold up writes
                RecordServiceGrpc.getPullRecordsMethod(),
                RecordServiceGrpc.getCheckSharedMethod(),
                RecordServiceGrpc.getListNamesMethod(),
                RingServiceGrpc.getLocateMethod());
        AdminServiceGrpc.getServiceDescriptor().getMethods().forEach(method -> carry(carriers, commands, method));
        return carriers;
    }

    private static void carry(Map<String, Executor> carriers, Executor threads, MethodDescriptor<?, ?>... methods) {
        for (MethodDescriptor<?, ?> method : methods) {
            carriers.put(method.getFullMethodName(), threads);
        }
    }

    private static long handles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getMaxFileDescriptorCount()
                : 0;
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
            // a call that still comes in must find somebody to end it, or its caller hears of an
            // internal error
            server.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sweeping.cancel(false);
        putters.close();
        coordinators.close();
        askers.close();
        workers.close();
        commands.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
