package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What share of its time a node was up, across its lives. */
class UptimeTest {
    @TempDir
    private Path root;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    // One life of the process; what it says of itself at its start.
    private int live(Duration time) throws IOException {
        try (NodeStore store = new NodeStore(new DiskIo(), root, StoreLimits.NONE, clock)) {
            int eighths = store.uptime().eighths();
            store.uptime().beat().join();
            for (Instant end = now.plus(time); now.isBefore(end); ) {
                now = now.plus(Uptime.BEAT);
                store.uptime().beat().join();
            }
            return eighths;
        }
    }

    private void away(Duration time) {
        now = now.plus(time);
    }

    @Test
    void itIsTheShareOfTheTimeSinceTheFirstStart() throws IOException {
        assertThat(live(Duration.ofHours(3))).as("nothing is known").isEqualTo(8);
        away(Duration.ofHours(9));
        assertThat(live(Duration.ofHours(3)))
                .as("of half a day nothing is said")
                .isEqualTo(8);
        away(Duration.ofHours(9));
        assertThat(live(Duration.ofHours(6))).as("6 of 24 hours").isEqualTo(2);
        assertThat(live(Duration.ofHours(90))).as("12 of 30 hours").isEqualTo(4);
        assertThat(live(Duration.ZERO)).as("102 of 120 hours").isEqualTo(7);
    }

    @Test
    void whatIsLongAgoIsForgotten() throws IOException {
        live(Duration.ofHours(1));
        away(Duration.ofDays(29));
        assertThat(live(Duration.ofDays(27))).isEqualTo(1);
        assertThat(live(Duration.ZERO)).isGreaterThanOrEqualTo(5);
    }

    @Test
    void aTimeOfDayThatIsPutBackBeginsItAnew() throws IOException {
        live(Duration.ofDays(2));
        now = now.minus(Duration.ofDays(100));
        assertThat(live(Duration.ofHours(1))).isEqualTo(8);
        away(Duration.ofDays(2));
        assertThat(live(Duration.ZERO)).isEqualTo(1);
    }
}
