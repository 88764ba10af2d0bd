package dev.chord.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.Iterators;
import com.google.protobuf.ByteString;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.bounds.CallMemory;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.ConfirmTransferReply;
import dev.chord.proto.v1.ConfirmTransferRequest;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.ListNamesReply;
import dev.chord.proto.v1.ListNamesRequest;
import dev.chord.proto.v1.LocateReply;
import dev.chord.proto.v1.LocateRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * A server with services that do next to nothing, somebody who asks it as one should, and connections that
 * say what they like.
 */
final class Callee implements AutoCloseable {
    static final Duration SOON = Duration.ofMinutes(3);
    static final GetBlockReply BLOCK = GetBlockReply.newBuilder()
            .setData(ByteString.copyFrom(new byte[4 << 20]))
            .build();

    final CountDownLatch open = new CountDownLatch(1);
    final AtomicInteger working = new AtomicInteger();
    final AtomicInteger stopped = new AtomicInteger();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<AutoCloseable> ends = new ArrayList<>();
    private final PeerChannels channels = new PeerChannels("default");
    private final NodeServer server;

    Callee(CallMemory memory) {
        server = NodeServer.bound(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), memory);
        server.serve(
                new ServerGuard("default", new NodeMetrics(registry)),
                new ServerInterceptor() {
                    @Override
                    public <Q, P> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
                        return next.startCall(call, headers);
                    }
                },
                List::of,
                new Blocks(),
                new Names(),
                new RingOfOne());
    }

    /** A connection that has said who it is, and reads. */
    RawConnection connection() throws IOException {
        RawConnection raw = RawConnection.open(server.address());
        ends.add(raw);
        return raw;
    }

    /** One that has said nothing, and does not read. */
    RawConnection silent() throws IOException {
        RawConnection raw = new RawConnection(server.address());
        ends.add(raw);
        return raw;
    }

    BlockServiceGrpc.BlockServiceBlockingStub blocks() {
        return BlockServiceGrpc.newBlockingStub(channels.to(here()))
                .withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    RingServiceGrpc.RingServiceBlockingStub ring() {
        return RingServiceGrpc.newBlockingStub(channels.to(here()))
                .withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    HealthGrpc.HealthBlockingStub health() {
        return HealthGrpc.newBlockingStub(channels.to(here())).withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    private Endpoint here() {
        return new Endpoint("127.0.0.1", server.address().getPort());
    }

    /** Each kind of threads answers somebody who asks as one should. */
    void isServed() {
        assertThat(ring().exchange(RingRequest.getDefaultInstance())).isNotNull();
        assertThat(ring().locate(LocateRequest.getDefaultInstance())).isNotNull();
        assertThat(blocks().confirmTransfer(ConfirmTransferRequest.getDefaultInstance()))
                .isNotNull();
    }

    static void until(Callable<Boolean> condition) {
        Awaitility.await().atMost(SOON).until(condition);
    }

    /** HasBlocks works until the test lets it, or its caller goes; the others answer at once. */
    private final class Blocks extends BlockServiceGrpc.BlockServiceImplBase {
        @Override
        public void hasBlocks(HasBlocksRequest request, StreamObserver<HasBlocksReply> out) {
            working.incrementAndGet();
            Answers.one(out, () -> {
                try {
                    while (!open.await(10, TimeUnit.MILLISECONDS)) {
                        Answers.stillWanted();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    stopped.incrementAndGet();
                }
                return HasBlocksReply.getDefaultInstance();
            });
        }

        @Override
        public void getBlock(GetBlockRequest request, StreamObserver<GetBlockReply> out) {
            Answers.one(out, () -> BLOCK);
        }

        @Override
        public void confirmTransfer(ConfirmTransferRequest request, StreamObserver<ConfirmTransferReply> out) {
            Answers.one(out, ConfirmTransferReply::getDefaultInstance);
        }
    }

    private static final class Names extends RecordServiceGrpc.RecordServiceImplBase {
        @Override
        public void listNames(ListNamesRequest request, StreamObserver<ListNamesReply> out) {
            Record record = Record.newBuilder().setLabel("n".repeat(10_000)).build();
            Answers.stream(
                    out,
                    () -> Iterators.cycle(
                            ListNamesReply.newBuilder().addRecords(record).build()));
        }
    }

    private static final class RingOfOne extends RingServiceGrpc.RingServiceImplBase {
        @Override
        public void exchange(RingRequest request, StreamObserver<RingReply> out) {
            Answers.one(out, RingReply::getDefaultInstance);
        }

        @Override
        public void locate(LocateRequest request, StreamObserver<LocateReply> out) {
            Answers.one(out, LocateReply::getDefaultInstance);
        }
    }

    @Override
    public void close() throws Exception {
        open.countDown();
        for (AutoCloseable end : ends) {
            end.close();
        }
        channels.close();
        server.close();
    }
}
