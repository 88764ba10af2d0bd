package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.demo.LocalRing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an owner says that has just lost sight of everybody else, and does not know it yet. */
class AcknowledgementTest {
    private static final int NAMES = 3;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    private final List<String> names = new ArrayList<>();
    private LocalRing ring;
    private Ring client;

    @BeforeEach
    void cutOneOff() throws Exception {
        ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 3);
        ring.awaitIdeal(LIMIT);
        Endpoint alone = ring.nodes().get(1).endpoint();
        client = Ring.connect(
                RingOptions.DEFAULT.withTimeout(Duration.ofSeconds(3)),
                List.of(alone),
                new PeerChannels("default", ring.links().from("local-2")));
        for (int i = 0; i < NAMES; i++) {
            names.add(nameOf(ring.nodes().get(1), i));
            String name = names.get(i);
            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .untilAsserted(() -> client.names().set(name, Identifier.of(7), 1)); // it knows now whom to ask
        }
        ring.links().cut(Set.of(alone));
    }

    @AfterEach
    void stop() {
        client.close();
        ring.close();
    }

    @Test
    void aWriteThatNobodyElseHasIsNotAcknowledged() {
        for (String name : names) {
            assertThatThrownBy(() -> client.names().set(name, Identifier.of(1), 1))
                    .isInstanceOf(ChordException.class);
        }
    }

    // One that falls to the node.
    private static String nameOf(ChordNode owner, int number) {
        return IntStream.range(0, 100_000)
                .mapToObj(i -> number + "/" + i)
                .filter(name -> owner.loop().owner(Label.key(name)).isPresent())
                .findFirst()
                .orElseThrow();
    }
}
