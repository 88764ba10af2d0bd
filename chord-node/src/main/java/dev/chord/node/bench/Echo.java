package dev.chord.node.bench;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The yardstick: grpc-java with nothing behind it, bytes in, bytes out, set up as well as we know: direct
 * executors at both ends, one event loop a core, a window of 8 MiB, one connection.
 */
final class Echo implements AutoCloseable {
    private static final int WINDOW = 8 * 1024 * 1024;
    private static final long LIMIT_SECONDS = 60;

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    };

    private static final MethodDescriptor<byte[], byte[]> UNARY = method("Echo", MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> STREAM = method("Stream", MethodType.SERVER_STREAMING);

    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(2, new DefaultThreadFactory("bench-echo", true), NioIoHandler.newFactory());
    private final Server server;
    private final ManagedChannel channel;

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder(BYTES, BYTES)
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName("bench.Echo", name))
                .build();
    }

    /**
     * @param reply what is sent back to each call, and again and again on a stream
     */
    Echo(byte[] reply) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .channelType(NioServerSocketChannel.class)
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .directExecutor()
                .flowControlWindow(WINDOW)
                .addService(ServerServiceDefinition.builder("bench.Echo")
                        .addMethod(UNARY, ServerCalls.asyncUnaryCall((request, out) -> {
                            out.onNext(reply);
                            out.onCompleted();
                        }))
                        .addMethod(
                                STREAM,
                                ServerCalls.asyncServerStreamingCall((request, out) ->
                                        stream(reply, ByteBuffer.wrap(request).getInt(), out)))
                        .build())
                .build()
                .start();
        channel = channel(server.getPort(), loops);
    }

    private static ManagedChannel channel(int port, EventLoopGroup loops) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .eventLoopGroup(loops)
                .channelType(NioSocketChannel.class)
                .withOption(ChannelOption.TCP_NODELAY, true)
                .directExecutor()
                .disableRetry()
                .flowControlWindow(WINDOW)
                .maxInboundMessageSize(WINDOW)
                .build();
    }

    int port() {
        return server.getPort();
    }

    /** A process of its own that makes one call and ends: what any command over grpc-java takes at least. */
    public static void main(String[] arguments) {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("bench-echo", true), NioIoHandler.newFactory());
        ManagedChannel channel = channel(Integer.parseInt(arguments[0]), loops);
        call(channel, new byte[1024]);
        channel.shutdownNow();
        // A JVM that ends waits 0.3 s for threads that sit in the selector.
        loops.shutdownGracefully(0, LIMIT_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
        System.exit(0);
    }

    private static void stream(byte[] reply, int count, StreamObserver<byte[]> out) {
        ServerCallStreamObserver<byte[]> ready = (ServerCallStreamObserver<byte[]>) out;
        int[] left = {count};
        ready.setOnReadyHandler(() -> {
            while (left[0] > 0 && ready.isReady()) {
                ready.onNext(reply);
                if (--left[0] == 0) {
                    ready.onCompleted();
                }
            }
        });
    }

    /** One call, waited for. */
    byte[] call(byte[] request) {
        return call(channel, request);
    }

    private static byte[] call(ManagedChannel channel, byte[] request) {
        return ClientCalls.blockingUnaryCall(
                channel, UNARY, CallOptions.DEFAULT.withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS), request);
    }

    /** Many calls, so many at once; returns when all are answered. */
    void calls(byte[] request, int count, int atOnce) throws InterruptedException {
        Semaphore room = new Semaphore(atOnce);
        StreamObserver<byte[]> done = new StreamObserver<>() {
            @Override
            public void onNext(byte[] value) {}

            @Override
            public void onError(Throwable failure) {
                room.release();
            }

            @Override
            public void onCompleted() {
                room.release();
            }
        };
        for (int i = 0; i < count; i++) {
            room.acquire();
            ClientCalls.asyncUnaryCall(
                    channel.newCall(UNARY, CallOptions.DEFAULT.withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)),
                    request,
                    done);
        }
        room.acquire(atOnce);
    }

    /** So many replies, one after the other. */
    Iterator<byte[]> stream(int count) {
        return ClientCalls.blockingServerStreamingCall(
                channel,
                STREAM,
                CallOptions.DEFAULT.withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS),
                ByteBuffer.allocate(Integer.BYTES).putInt(count).array());
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
