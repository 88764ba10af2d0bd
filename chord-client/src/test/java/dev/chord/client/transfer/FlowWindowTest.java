package dev.chord.client.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/** What is asked for at once fills a long line, and stays small where there is none. */
class FlowWindowTest {
    private static final int MIB = 1 << 20;
    private static final long MS = 1_000_000;
    private static final int LEAST = 8;

    @Test
    void aLongLineIsFilled() {
        double share = shareOfLine(63 * MS, 125e6, 1L << 30);
        assertThat(share).isGreaterThan(0.97);
    }

    @Test
    void aShortLineTakesNoMoreThanTheLeast() {
        FlowWindow window = new FlowWindow(LEAST, MIB, 1L << 30, 0);
        carry(window, MS, 300e6, 2_000);
        assertThat(window.chunks()).isEqualTo(LEAST);
    }

    @Test
    void aSmallHeapIsAskedForAQuarterOfItAtMost() {
        FlowWindow window = new FlowWindow(LEAST, MIB, 48L << 20, 0);
        carry(window, 500 * MS, 1e9, 5_000);
        assertThat(window.chunks()).isEqualTo(12);
    }

    @Test
    void aLineThatBecameShortIsNoticed() {
        FlowWindow window = new FlowWindow(LEAST, MIB, 1L << 30, 0);
        long at = carry(window, 63 * MS, 125e6, 2_000);
        assertThat(window.chunks()).isGreaterThan(LEAST);
        double rate = 20e6; // as another reader would leave of it
        for (int i = 0; i < 400; i++) {
            at += (long) (MIB / rate * 1e9);
            window.delivered(MIB, 70 * MS, at);
        }
        assertThat(window.chunks()).isEqualTo(LEAST);
    }

    private static double shareOfLine(long roundTrip, double rate, long heap) {
        FlowWindow window = new FlowWindow(LEAST, MIB, heap, 0);
        int chunks = 2_000;
        long took = carry(window, roundTrip, rate, chunks);
        return chunks * (double) MIB / rate * 1e9 / took;
    }

    // A line of one rate and one delay; returns when the last chunk has come.
    private static long carry(FlowWindow window, long roundTrip, double rate, int chunks) {
        Deque<long[]> line = new ArrayDeque<>(); // asked, arrives
        long now = 0;
        long free = 0;
        int asked = 0;
        for (int come = 0; come < chunks; come++) {
            while (line.size() < window.chunks() && asked < chunks) {
                free = Math.max(free, now + roundTrip / 2) + (long) (MIB / rate * 1e9);
                line.add(new long[] {now, free + roundTrip / 2});
                asked++;
            }
            long[] next = line.remove();
            now = next[1];
            window.delivered(MIB, now - next[0], now);
        }
        return now;
    }
}
