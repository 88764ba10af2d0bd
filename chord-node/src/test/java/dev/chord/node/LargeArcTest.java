package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of holders where an arc has very many names. */
@Tag("slow")
class LargeArcTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int NAMES = Integer.getInteger("chord.large.names", 30_000);
    private static final int PAGE = 1000;

    @TempDir
    private Path work;

    private static String name(int number) {
        return "large/" + number;
    }

    private static Record record(int number) {
        Identifier key = Identifier.sha256(("name:" + name(number)).getBytes(StandardCharsets.UTF_8));
        return Record.newBuilder()
                .setKey(WireCodec.out(key))
                .setKind(RecordKind.RECORD_KIND_NAME)
                .setLabel(name(number))
                .setValue(NameValue.newBuilder()
                        .setContent(WireCodec.out(key))
                        .setSize(1)
                        .build()
                        .toByteString())
                .setVersion(WireCodec.out(new Version(1, Identifier.of(1))))
                .build();
    }

    @Test
    void whoComesAndWhoGoesDoesNotSendEverythingAgain() {
        try (LocalRing ring = new LocalRing(work, 3)) {
            ring.awaitIdeal(LIMIT);
            for (int from = 0; from < NAMES; from += PAGE) {
                List<Record> page = new ArrayList<>();
                for (int i = from; i < from + PAGE; i++) {
                    page.add(record(i));
                }
                for (ChordNode node : ring.nodes()) {
                    node.store().records().merge(page).join();
                }
            }
            ring.kill(ring.nodes().get(1));
            long before = offered(ring);
            Duration whole = ring.awaitIdeal(LIMIT);
            expectServed(ring);
            // both that are left have all; what is read may be written again, to be sure that enough have it
            assertThat(offered(ring) - before)
                    .as("records that came in, of %s", NAMES)
                    .isLessThan(NAMES / 10);
            ring.add();
            Duration third = ring.awaitIdeal(LIMIT);
            expectServed(ring);
            ring.add();
            Duration fourth = ring.awaitIdeal(LIMIT);
            expectServed(ring);
            System.out.printf(
                    "%d names: one of three was killed, whole after %d ms; a third was in again after %d ms, a fourth after %d ms, "
                            + "for which %d records came in somewhere%n",
                    NAMES, whole.toMillis(), third.toMillis(), fourth.toMillis(), offered(ring) - before);
        }
    }

    private static long offered(LocalRing ring) {
        return ring.nodes().stream()
                .mapToLong(node -> node.store().records().offered())
                .sum();
    }

    private static void expectServed(LocalRing ring) {
        try (Ring client = Ring.connect(RingOptions.DEFAULT.withTimeout(LIMIT), List.of(ring.entry()))) {
            for (int i = 0; i < NAMES; i += NAMES / 100) {
                assertThat(client.names().find(name(i))).as(name(i)).isPresent();
            }
        }
    }
}
