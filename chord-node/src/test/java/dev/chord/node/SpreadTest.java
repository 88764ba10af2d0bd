package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.Explanation;
import dev.chord.client.Progress;
import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.placement.Spread;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies that must not go together. */
class SpreadTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    @Test
    void aFileIsNamedOnlyIfItsCopiesAreAsFarApartAsWanted() throws Exception {
        Path root = Files.createDirectories(work.resolve("ring"));
        // the fourth node is in a zone of its own
        try (LocalRing ring = new LocalRing(
                root,
                4,
                config -> config.with(
                        ConfigKey.NODE_ZONE, config.text(ConfigKey.NODE_NAME).equals("local-4") ? "there" : "here"))) {
            ring.awaitIdeal(LIMIT);
            try (Ring client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()))) {
                Path file = Files.write(work.resolve("file"), new byte[3_000_000]);
                PutOptions two = PutOptions.DEFAULT.withCopies(2).withSpread(Spread.ZONE);
                client.files().put(file, "two", two, Progress.NONE);
                Explanation where = client.diagnosis().explain("two");
                assertThat(where.parts()).isNotEmpty();
                where.parts().forEach(part -> assertThat(zones(part)).containsExactlyInAnyOrder("here", "there"));
                assertThatThrownBy(() -> client.files().put(file, "three", two.withCopies(3), Progress.NONE))
                        .isInstanceOfSatisfying(
                                ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FEWER_COPIES))
                        .hasMessageContaining("3 copies would be in only 2 zones");
                assertThat(client.names().find("three")).isEmpty();
                assertThat(client.files()
                                .put(file, "three", PutOptions.DEFAULT, Progress.NONE)
                                .copies())
                        .isEqualTo(3);
            }
        }
    }

    private static List<String> zones(Explanation.Part part) {
        return part.holders().stream()
                .filter(holder -> holder.state() == Explanation.State.GOOD)
                .map(holder -> holder.peer().zone())
                .toList();
    }
}
