package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Delays are distributed as they say. */
class DelayTest {
    private static final int DRAWS = 400_000;

    private static long[] draw(Delay delay) {
        SplittableRandom random = new SplittableRandom(20030211);
        return LongStream.generate(() -> delay.draw(random)).limit(DRAWS).toArray();
    }

    @Test
    void anExponentialDelayIsLongerThanAnyTimeAsOftenAsItShouldBe() {
        long mean = 50 * Simulation.MILLISECOND;
        long[] drawn = draw(Delay.exponential(mean));
        for (double times : new double[] {0.01, 0.1, 0.5, 1, 2, 3, 5, 8}) {
            double longer = LongStream.of(drawn).filter(d -> d > times * mean).count() / (double) DRAWS;
            // four standard deviations of a count of independent draws
            double expected = Math.exp(-times);
            assertThat(longer).isCloseTo(expected, within(4 * Math.sqrt(expected * (1 - expected) / DRAWS)));
        }
        assertThat(LongStream.of(drawn).average().orElseThrow()).isCloseTo(mean, within(4 * mean / Math.sqrt(DRAWS)));
    }

    @Test
    void aUniformDelayKeepsWithinItsBounds() {
        long[] drawn = draw(Delay.uniform(15, 45));
        assertThat(LongStream.of(drawn).min()).hasValue(15);
        assertThat(LongStream.of(drawn).max()).hasValue(45);
    }
}
