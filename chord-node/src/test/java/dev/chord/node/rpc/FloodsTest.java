package dev.chord.node.rpc;

import static dev.chord.node.rpc.Callee.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.bounds.CallMemory;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Floods of frames that carry nothing, of every kind. */
class FloodsTest {
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
                case RAPID_RESET ->
                    raw.frame(FrameBudget.RST_STREAM, 0, raw.call("RingService/Exchange"), new byte[] {0, 0, 0, 8});
                case BROKEN_WINDOWS ->
                    raw.frame(FrameBudget.WINDOW_UPDATE, 0, raw.call("BlockService/HasBlocks"), new byte[4]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Flood.class)
    void aFloodEndsItsConnectionAndNoOther(Flood flood) throws Exception {
        try (Callee callee = new Callee(CallMemory.of(1L << 30, 1L << 30))) {
            flood(callee, flood);
        }
    }

    private static void flood(Callee callee, Flood flood) throws Exception {
        RawConnection other = callee.connection();
        RawConnection raw = callee.connection();
        try {
            for (int round = 0; round < 200_000 && !raw.isClosed(); round++) {
                flood.send(raw, round);
            }
        } catch (IOException e) {
            assertThat(e).as("it is cut off").isNotNull();
        }
        until(raw::isClosed);
        assertThat(other.isClosed()).isFalse();
        callee.isServed();
    }
}
