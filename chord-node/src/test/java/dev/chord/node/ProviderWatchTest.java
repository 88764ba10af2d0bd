package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Located;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Shared;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.demo.LocalRing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider that dies is not named any more soon after, long before its lease ends. */
class ProviderWatchTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path work;

    @Test
    void aDeadProviderIsNotNamedAnyMore() throws Exception {
        try (LocalRing ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 5)) {
            ring.awaitIdeal(LIMIT);
            Path file = Files.writeString(work.resolve("shared.txt"), "in two places\n");
            ChordNode one = ring.nodes().get(1);
            ChordNode other = ring.nodes().get(2);
            Shared shared = share(one, file);
            share(other, file);
            try (Ring client = connect(ring.nodes().get(0))) {
                String content = shared.content().toHex();
                assertThat(providers(client, content)).containsExactlyInAnyOrder(one.endpoint(), other.endpoint());
                ring.kill(one);
                long end = System.nanoTime() + LIMIT.toNanos();
                List<Endpoint> named = providers(client, content);
                while (named.contains(one.endpoint()) && System.nanoTime() < end) {
                    Thread.onSpinWait();
                    named = providers(client, content);
                }
                assertThat(named).as("the live one stays").containsExactly(other.endpoint());
            }
        }
    }

    private static Ring connect(ChordNode node) {
        return Ring.connect(RingOptions.DEFAULT, List.of(node.endpoint()));
    }

    private static Shared share(ChordNode node, Path file) {
        try (Ring client = connect(node)) {
            return client.files().share(file, "").get(0);
        }
    }

    private static List<Endpoint> providers(Ring client, String ref) {
        return client.files().locate(ref).sources().stream()
                .filter(s -> s.kind() == Located.Kind.PROVIDER)
                .map(s -> s.peer().endpoint())
                .toList();
    }
}
