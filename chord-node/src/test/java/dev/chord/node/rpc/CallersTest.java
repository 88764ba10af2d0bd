package dev.chord.node.rpc;

import static dev.chord.node.rpc.Callee.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.wire.Batches;
import dev.chord.client.wire.BlockChecks;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.bounds.CallMemory;
import dev.chord.core.id.Identifier;
import dev.chord.proto.v1.ConfirmTransferRequest;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.RingRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers that are slow, many or greedy, said in raw frames, and an honest one beside them. */
class CallersTest {
    private static final byte[] NOTHING = {};
    private static final long MIB = 1 << 20;

    private Callee callee = new Callee(CallMemory.of(1024 * MIB, 1024 * MIB));

    @AfterEach
    void stop() throws Exception {
        callee.close();
    }

    @Test
    void callsThatAreOnlyBegunTakeNoPermit() throws Exception {
        for (int i = 0; i < 4; i++) {
            RawConnection raw = callee.connection();
            for (int k = 0; k < 500; k++) {
                raw.call(k % 2 == 0 ? "RingService/Exchange" : "BlockService/HasBlocks");
            }
        }
        callee.isServed();
    }

    @Test
    void aMessageWithoutTheEndOfItsRequestTakesNoPermitEither() throws Exception {
        for (int i = 0; i < 3; i++) {
            RawConnection raw = callee.connection();
            for (int k = 0; k < 500; k++) {
                raw.part(raw.call("BlockService/HasBlocks"), 0, NOTHING, false);
            }
        }
        callee.isServed();
        assertThat(callee.working).hasValue(0);
    }

    @Test
    void unfinishedRequestsHoldNoMoreThanTheirShare() throws Exception {
        byte[] most = new byte[4 << 20];
        RawConnection raw = callee.connection();
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
        callee.isServed();
        assertThat(callee.registry
                        .get("chord.rpc.refused")
                        .tag("what", "HasBlocks")
                        .counter()
                        .count())
                .isGreaterThanOrEqualTo(11);
    }

    @Test
    void oneConnectionHasAtMostHalfOfThePermitsAndNotAllThreads() throws Exception {
        RawConnection greedy = callee.connection();
        for (int i = 0; i < 510; i++) {
            greedy.message(greedy.call("BlockService/HasBlocks"), NOTHING);
        }
        until(() -> greedy.ended("8") == 510 - CallRoom.PERMITS / 2);
        until(() -> callee.working.get() == 9); // of twelve threads
        callee.isServed();
        assertThat(callee.working).hasValue(9);
        callee.open.countDown();
        until(() -> greedy.ended("0") == CallRoom.PERMITS / 2);
    }

    @Test
    void theRingsMessagesGetThroughWhenAllPermitsAreTaken() throws Exception {
        for (int i = 0; i < 16; i++) {
            RawConnection greedy = callee.connection();
            for (int k = 0; k < 500; k++) {
                greedy.message(greedy.call("BlockService/HasBlocks"), NOTHING);
            }
        }
        RawConnection last = callee.connection();
        until(() -> {
            int stream = last.call("BlockService/HasBlocks");
            last.message(stream, NOTHING);
            until(() -> !last.status(stream).isEmpty() || callee.working.get() >= 12);
            return "8".equals(last.status(stream)) || last.ended("8") > 0;
        });
        assertThat(callee.ring().exchange(RingRequest.getDefaultInstance())).isNotNull();
        assertThat(callee.health()
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void workEndsWhenItsCallerHasGone() throws Exception {
        RawConnection raw = callee.connection();
        for (int i = 0; i < 40; i++) {
            raw.message(raw.call("BlockService/HasBlocks"), NOTHING);
        }
        until(() -> callee.working.get() == 9);
        raw.close();
        until(() -> callee.stopped.get() == callee.working.get());
        assertThat(callee.working).as("what had not begun never does").hasValueLessThan(40);
        callee.isServed();
    }

    @Test
    void whoDoesNotReadAListHoldsNoThread() throws Exception {
        for (int i = 0; i < 3; i++) {
            RawConnection raw = callee.silent();
            raw.raw(RawConnection.preface());
            raw.frame(FrameBudget.SETTINGS, 0, 0);
            for (int k = 0; k < 20; k++) { // more than there are threads for it
                int stream = 2 * k + 1;
                raw.frame(FrameBudget.HEADERS, 4, stream, RawConnection.headers("RecordService/ListNames"));
                raw.frame(FrameBudget.DATA, 1, stream, new byte[5]);
            }
        }
        callee.isServed();
    }

    @Test
    void whoDoesNotReadMakesRoomForThoseWhoDo() throws Exception {
        stop();
        callee = new Callee(new CallMemory(16 * MIB, 16 * MIB, 10 * MIB)); // two large answers, and no third
        RawConnection raw = callee.connection(); // it never says that it has read anything
        for (int i = 0; i < 3; i++) {
            raw.message(raw.call("BlockService/GetBlock"), NOTHING);
        }
        until(() -> raw.ended("14") == 1); // the third is turned away: busy
        until(() -> {
            try {
                return callee.blocks()
                                .getBlock(GetBlockRequest.getDefaultInstance())
                                .getData()
                                .size()
                        == Callee.BLOCK.getData().size();
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                return false;
            }
        });
        until(raw::isClosed);
    }

    @Test
    void whatIsCompressedIsRefusedBecauseItGrowsInMemory() {
        assertThatThrownBy(() -> callee.blocks()
                        .withCompression("gzip")
                        .confirmTransfer(ConfirmTransferRequest.newBuilder()
                                .setTransfer("t".repeat(1000))
                                .build()))
                .isInstanceOf(StatusRuntimeException.class)
                .extracting(e -> Status.fromThrowable(e).getCode())
                .isEqualTo(Status.Code.UNIMPLEMENTED);
    }

    @Test
    void silenceIsClosedBeforeItsFirstFrameAndSoIsAPartOfOne() throws Exception {
        RawConnection silent = callee.silent();
        RawConnection half = callee.silent();
        half.raw(RawConnection.preface());
        half.raw((byte) 0, (byte) 0);
        RawConnection spoken = callee.connection();
        silent.read();
        half.read();
        until(() -> silent.isClosed() && half.isClosed());
        assertThat(spoken.isClosed()).isFalse();
        spoken.message(spoken.call("RingService/Exchange"), NOTHING);
        until(() -> spoken.ended("0") == 1);
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
