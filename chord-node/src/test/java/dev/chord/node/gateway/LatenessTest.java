package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Requests are put off while this node is late, the longer the later it is, and never for long. */
class LatenessTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long MOST = 500 * MILLI;
    private static final long SECOND = 1000 * MILLI;

    private final Lateness lateness = new Lateness();

    private void late(long by, int times, long now) {
        for (int i = 0; i < times; i++) {
            lateness.began(now, now - by);
        }
    }

    @Test
    void nobodyWaitsWhereWorkBeginsAtOnce() {
        assertThat(lateness.putOff(SECOND)).isZero();
        late(MILLI / 5, 100, SECOND);
        assertThat(lateness.putOff(SECOND)).isZero();
    }

    @Test
    void oneLateBeginningIsNoReasonYet() {
        late(4 * MILLI, 1, SECOND);
        assertThat(lateness.putOff(SECOND)).isZero();
    }

    @Test
    void theLaterTheLonger() {
        late(MILLI, 100, SECOND);
        long little = lateness.putOff(SECOND);
        late(2 * MILLI, 100, SECOND);
        assertThat(little).isBetween(50 * MILLI, 150 * MILLI);
        assertThat(lateness.putOff(SECOND)).isGreaterThan(2 * little);
    }

    @Test
    void latenessOfBeforeIsForgotten() {
        late(50 * MILLI, 100, SECOND);
        assertThat(lateness.putOff(SECOND)).isEqualTo(MOST);
        assertThat(lateness.putOff(2 * SECOND + 1)).isZero();
        late(MILLI / 10, 1, 3 * SECOND);
        assertThat(lateness.putOff(3 * SECOND)).isZero();
    }

    @Property
    void neverForLongAndNeverLessThanNothing(
            @ForAll @Size(min = 1, max = 50) List<@LongRange(min = 0, max = 3_600_000_000_000L) Long> waits) {
        Lateness any = new Lateness();
        waits.forEach(wait -> any.began(SECOND, SECOND - wait));
        assertThat(any.putOff(SECOND)).isBetween(0L, MOST);
    }
}
