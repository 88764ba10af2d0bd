package dev.chord.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What a connection may talk, and how its frames are found. */
class FrameBudgetTest {
    private static int untilOver(int type, int flags, int length) {
        FrameBudget budget = new FrameBudget(0);
        int frames = 0;
        while (frames < 100_000 && budget.came(type, flags, length, 0)) {
            frames++;
        }
        return frames;
    }

    @Test
    void whatCarriesNothingIsOverSoonAndWhatCarriesSomethingNever() {
        assertThat(untilOver(FrameBudget.SETTINGS, 0, 0)).isEqualTo(100);
        assertThat(untilOver(FrameBudget.PING, 0, 8)).isEqualTo(1000);
        assertThat(untilOver(FrameBudget.CONTINUATION, 0, 0)).isEqualTo(200);
        assertThat(untilOver(FrameBudget.DATA, 0, 0)).isEqualTo(200);
        assertThat(untilOver(77, 0, 0)).isEqualTo(400);
        assertThat(untilOver(FrameBudget.DATA, FrameBudget.END_STREAM, 0)).isEqualTo(100_000);
        assertThat(untilOver(FrameBudget.DATA, 0, 16_384)).isEqualTo(100_000);
        assertThat(untilOver(FrameBudget.HEADERS, 0, 100)).isEqualTo(100_000);
    }

    @Test
    void aReaderMaySayForEachFrameThatItHasReadIt() {
        FrameBudget budget = new FrameBudget(0);
        for (int i = 0; i < 100_000; i++) {
            budget.moved(16_384);
            assertThat(budget.came(FrameBudget.WINDOW_UPDATE, 0, 4, 0)).isTrue();
            assertThat(budget.came(FrameBudget.WINDOW_UPDATE, 0, 4, 0)).isTrue();
            assertThat(budget.came(FrameBudget.PING, 0, 8, 0)).isTrue();
        }
    }

    @Test
    void timeEarnsItBack() {
        FrameBudget budget = new FrameBudget(0);
        for (long second = 0; second < 1000; second++) {
            for (int i = 0; i < 4; i++) {
                assertThat(budget.came(FrameBudget.SETTINGS, 0, 0, second * 1_000_000_000))
                        .isTrue();
            }
        }
    }

    @Property
    void framesAreFoundHoweverTheyAreCut(
            @ForAll @Size(max = 20) List<@IntRange(min = 0, max = 40) Integer> lengths,
            @ForAll @IntRange(min = 1, max = 30) int cut) {
        var bytes = Unpooled.buffer().writeZero(FrameReader.PREFACE);
        lengths.forEach(n -> bytes.writeMedium(n)
                .writeByte(n % 10)
                .writeByte(n % 7)
                .writeInt(1)
                .writeZero(n));
        List<Integer> found = new ArrayList<>();
        FrameReader reader = new FrameReader(FrameReader.PREFACE, (type, flags, length) -> {
            assertThat(type).isEqualTo(length % 10);
            assertThat(flags).isEqualTo(length % 7);
            return found.add(length);
        });
        while (bytes.isReadable()) {
            assertThat(reader.read(bytes.readSlice(Math.min(cut, bytes.readableBytes()))))
                    .isTrue();
        }
        assertThat(found).isEqualTo(lengths);
    }
}
