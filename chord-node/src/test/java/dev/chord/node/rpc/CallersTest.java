package dev.chord.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.Iterators;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.BlockChecks;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.ConfirmTransferReply;
import dev.chord.proto.v1.ConfirmTransferRequest;
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
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Callers that are slow, many or greedy, said in raw frames, and an honest one beside them. */
class CallersTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final byte[] NOTHING = {};

    private final CountDownLatch open = new CountDownLatch(1);
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicInteger stopped = new AtomicInteger();
    private final List<AutoCloseable> ends = new ArrayList<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private NodeServer server;
    private PeerChannels channels;

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

    @BeforeEach
    void start() {
        server = NodeServer.bound(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
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
        channels = new PeerChannels("default");
    }

    @AfterEach
    void stop() throws Exception {
        open.countDown();
        for (AutoCloseable end : ends) {
            end.close();
        }
        channels.close();
        server.close();
    }

    private RawConnection connection() throws IOException {
        RawConnection raw = RawConnection.open(server.address());
        ends.add(raw);
        return raw;
    }

    private Endpoint here() {
        return new Endpoint("127.0.0.1", server.address().getPort());
    }

    // Each kind of threads answers somebody who asks as one should.
    private void isServed() {
        assertThat(RingServiceGrpc.newBlockingStub(channels.to(here()))
                        .withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS)
                        .exchange(RingRequest.getDefaultInstance()))
                .isNotNull();
        assertThat(RingServiceGrpc.newBlockingStub(channels.to(here()))
                        .withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS)
                        .locate(LocateRequest.getDefaultInstance()))
                .isNotNull();
        assertThat(BlockServiceGrpc.newBlockingStub(channels.to(here()))
                        .withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS)
                        .confirmTransfer(ConfirmTransferRequest.getDefaultInstance()))
                .isNotNull();
    }

    private static void until(Callable<Boolean> condition) {
        Awaitility.await().atMost(SOON).until(condition);
    }

    @Test
    void callsThatAreOnlyBegunTakeNoPermit() throws Exception {
        for (int i = 0; i < 4; i++) {
            RawConnection raw = connection();
            for (int k = 0; k < 500; k++) {
                raw.call(k % 2 == 0 ? "RingService/Exchange" : "BlockService/HasBlocks");
            }
        }
        isServed();
    }

    @Test
    void aMessageWithoutTheEndOfItsRequestTakesNoPermitEither() throws Exception {
        for (int i = 0; i < 3; i++) {
            RawConnection raw = connection();
            for (int k = 0; k < 500; k++) {
                raw.part(raw.call("BlockService/HasBlocks"), 0, NOTHING, false);
            }
        }
        isServed();
        assertThat(working).hasValue(0);
    }

    @Test
    void unfinishedRequestsHoldNoMoreThanTheirShare() throws Exception {
        byte[] most = new byte[4 << 20];
        RawConnection raw = connection();
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int stream = raw.call("BlockService/HasBlocks");
            streams.add(stream);
            raw.part(stream, most.length + 1, most, false); // one byte is missing
        }
        until(() -> raw.ended("8") >= 11);
        assertThat(streams.stream().filter(s -> raw.status(s).isEmpty()))
                .as("within half of 64 MiB")
                .hasSizeBetween(7, 8);
        isServed();
        assertThat(registry.get("chord.rpc.refused").tag("what", "HasBlocks").counter().count())
                .isGreaterThanOrEqualTo(11);
    }

    @Test
    void oneConnectionHasAtMostHalfOfThePermitsAndNotAllThreads() throws Exception {
        RawConnection greedy = connection();
        for (int i = 0; i < 510; i++) {
            greedy.message(greedy.call("BlockService/HasBlocks"), NOTHING);
        }
        until(() -> greedy.ended("8") == 510 - CallRoom.PERMITS / 2);
        until(() -> working.get() == 9); // of twelve threads
        isServed();
        assertThat(working).hasValue(9);
        open.countDown();
        until(() -> greedy.ended("0") == CallRoom.PERMITS / 2);
    }

    @Test
    void theRingsMessagesGetThroughWhenAllPermitsAreTaken() throws Exception {
        for (int i = 0; i < 16; i++) {
            RawConnection greedy = connection();
            for (int k = 0; k < 500; k++) {
                greedy.message(greedy.call("BlockService/HasBlocks"), NOTHING);
            }
        }
        RawConnection last = connection();
        until(() -> {
            int stream = last.call("BlockService/HasBlocks");
            last.message(stream, NOTHING);
            until(() -> !last.status(stream).isEmpty() || working.get() >= 12);
            return "8".equals(last.status(stream)) || last.ended("8") > 0;
        });
        assertThat(RingServiceGrpc.newBlockingStub(channels.to(here()))
                        .withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS)
                        .exchange(RingRequest.getDefaultInstance()))
                .isNotNull();
    }

    @Test
    void workEndsWhenItsCallerHasGone() throws Exception {
        RawConnection raw = connection();
        for (int i = 0; i < 40; i++) {
            raw.message(raw.call("BlockService/HasBlocks"), NOTHING);
        }
        until(() -> working.get() == 9);
        raw.close();
        until(() -> stopped.get() == working.get());
        assertThat(working).as("what had not begun never does").hasValueLessThan(40);
        isServed();
    }

    @Test
    void whoDoesNotReadAListHoldsNoThread() throws Exception {
        for (int i = 0; i < 3; i++) {
            RawConnection raw = new RawConnection(server.address());
            ends.add(raw);
            raw.raw(RawConnection.preface());
            raw.frame(FrameBudget.SETTINGS, 0, 0);
            for (int k = 0; k < 20; k++) { // more than there are threads for it
                int stream = 2 * k + 1;
                raw.frame(FrameBudget.HEADERS, 4, stream, RawConnection.headers("RecordService/ListNames"));
                raw.frame(FrameBudget.DATA, 1, stream, new byte[5]);
            }
        }
        isServed();
    }

    @Test
    void whatIsCompressedIsRefusedBecauseItGrowsInMemory() {
        assertThatThrownBy(() -> BlockServiceGrpc.newBlockingStub(channels.to(here()))
                        .withCompression("gzip")
                        .withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS)
                        .confirmTransfer(ConfirmTransferRequest.newBuilder()
                                .setTransfer("t".repeat(1000))
                                .build()))
                .isInstanceOf(StatusRuntimeException.class)
                .extracting(e -> Status.fromThrowable(e).getCode())
                .isEqualTo(Status.Code.UNIMPLEMENTED);
    }

    @Test
    void silenceIsClosedBeforeItsFirstFrameAndSoIsAPartOfOne() throws Exception {
        RawConnection silent = new RawConnection(server.address());
        RawConnection half = new RawConnection(server.address());
        ends.add(silent);
        ends.add(half);
        half.raw(RawConnection.preface());
        half.raw((byte) 0, (byte) 0);
        RawConnection spoken = connection();
        silent.read();
        half.read();
        until(() -> silent.isClosed() && half.isClosed());
        assertThat(spoken.isClosed()).isFalse();
        spoken.message(spoken.call("RingService/Exchange"), NOTHING);
        until(() -> spoken.ended("0") == 1);
    }

    /** Frames that carry nothing. */
    enum Flood {
        SETTINGS,
        PING,
        EMPTY_DATA,
        CONTINUATION,
        PRIORITY,
        WINDOW_UPDATE,
        UNKNOWN_TYPE,
        RAPID_RESET,
        BROKEN_WINDOWS;

        void send(RawConnection raw, int round) throws IOException {
            byte[] one = {0, 0, 0, 1};
            switch (this) {
                case SETTINGS -> raw.frame(FrameBudget.SETTINGS, 0, 0);
                case PING -> raw.frame(FrameBudget.PING, 0, 0, new byte[8]);
                case EMPTY_DATA -> {
                    if (round == 0) {
                        raw.call("BlockService/HasBlocks");
                    }
                    raw.frame(FrameBudget.DATA, 0, 1);
                }
                case CONTINUATION -> {
                    if (round == 0) {
                        raw.frame(FrameBudget.HEADERS, 0, 1, RawConnection.headers("BlockService/HasBlocks"));
                    }
                    raw.frame(FrameBudget.CONTINUATION, 0, 1);
                }
                case PRIORITY -> raw.frame(2, 0, 1, new byte[] {0, 0, 0, 0, 1});
                case WINDOW_UPDATE -> raw.frame(FrameBudget.WINDOW_UPDATE, 0, 0, one);
                case UNKNOWN_TYPE -> raw.frame(77, 0, 0);
                case RAPID_RESET -> raw.frame(
                        FrameBudget.RST_STREAM, 0, raw.call("RingService/Exchange"), new byte[] {0, 0, 0, 8});
                case BROKEN_WINDOWS -> raw.frame(
                        FrameBudget.WINDOW_UPDATE, 0, raw.call("BlockService/HasBlocks"), new byte[4]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Flood.class)
    void aFloodEndsItsConnectionAndNoOther(Flood flood) throws Exception {
        RawConnection other = connection();
        RawConnection raw = connection();
        try {
            for (int round = 0; round < 200_000 && !raw.isClosed(); round++) {
                flood.send(raw, round);
            }
        } catch (IOException e) {
            assertThat(e).as("it is cut off").isNotNull();
        }
        until(raw::isClosed);
        assertThat(other.isClosed()).isFalse();
        isServed();
    }

    @Test
    void aMessageAsksAboutSoManyDigestsAndNoMore() {
        HasBlocksRequest.Builder request = HasBlocksRequest.newBuilder();
        for (int i = 0; i <= Batches.DIGESTS; i++) {
            request.addDigests(WireCodec.out(Identifier.of(i)));
        }
        assertThatThrownBy(() -> BlockChecks.request(request.build())).hasMessageContaining("4097 digests");
        request.clearDigests();
        BlockChecks.request(request.build());
    }
}
