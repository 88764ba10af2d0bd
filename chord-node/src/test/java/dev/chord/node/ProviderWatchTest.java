package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Located;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Shared;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.demo.LocalRing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider that dies is not named any more soon after, long before its lease ends. */
class ProviderWatchTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    @Test
    void aDeadProviderIsNotNamedAnyMore() throws Exception {
        killsAProvider(false);
    }

    /** Its replica has the providers' records already, and asks after them when it becomes their owner. */
    @Test
    void aDeadProviderThatOwnedTheRecordsIsNotNamedAnyMore() throws Exception {
        killsAProvider(true);
    }

    private void killsAProvider(boolean owner) throws Exception {
        try (LocalRing ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 5)) {
            ring.awaitIdeal(LIMIT);
            Path file = Files.writeString(work.resolve("shared.txt"), "in two places\n".repeat(10_000));
            ChordNode first = ring.nodes().get(0);
            ChordNode second = ring.nodes().get(1);
            String content = share(first, file).content().toHex();
            ChordNode owning = owner(ring, content);
            ChordNode one = owner ? owning : owning == first ? second : first;
            ChordNode other = one == first ? second : first;
            share(one, file);
            share(other, file);
            try (Ring client = connect(other)) {
                assertThat(providers(client, content)).containsExactlyInAnyOrder(one.endpoint(), other.endpoint());
                Awaitility.await()
                        .atMost(LIMIT)
                        .until(() -> reasons(client, content).allMatch(reason -> reason.contains("told the owner so")));
                client.files().download(content, work.resolve("copy"));
                long probes = probes(ring);
                long start = System.nanoTime();
                ring.kill(one);
                Awaitility.await()
                        .atMost(LIMIT)
                        .until(() -> !providers(client, content).contains(one.endpoint()));
                double seconds = (System.nanoTime() - start) / 1e9;
                assertThat(providers(client, content)).as("the live one stays").containsExactly(other.endpoint());
                System.out.printf(
                        Locale.ROOT,
                        "a killed provider was named for %.1f s more; probes meanwhile: %d, by all owners%n",
                        seconds,
                        probes(ring) - probes);
            }
        }
    }

    private static ChordNode owner(LocalRing ring, String content) {
        try (Ring client = connect(ring.nodes().get(0))) {
            Identifier owner =
                    client.files().locate(content).arc().orElseThrow().to();
            return ring.nodes().stream()
                    .filter(n -> n.self().id().equals(owner))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Stream<String> reasons(Ring client, String ref) {
        return client.files().locate(ref).sources().stream()
                .filter(s -> s.kind() == Located.Kind.PROVIDER)
                .map(Located.Source::reason);
    }

    private static long probes(LocalRing ring) {
        return (long) ring.counted("chord.providers.probes");
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
