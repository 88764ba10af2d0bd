package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.name.Label;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Peer;
import dev.chord.node.ChordNode;
import dev.chord.node.cli.Commands.Result;
import dev.chord.node.demo.LocalRing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two of the three holders of a name are gone for good, and an operator says so. */
class GiveUpTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    private String node = "";

    private Result chord(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--node", node));
        return Commands.run(all.toArray(String[]::new));
    }

    @Test
    void whatIsRefusedIsServedAgainWhenAllThatAreMissingAreGivenUp() throws Exception {
        try (LocalRing ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 6)) {
            ring.awaitIdeal(LIMIT);
            node = ring.entry().toString();
            Path file = Files.writeString(work.resolve("kept"), "what the third still has");
            assertThat(chord("put", file.toString()).exit()).isZero();
            List<ChordNode> gone = twoHolders(ring);
            node = ring.nodes().stream()
                    .filter(n -> !gone.contains(n))
                    .findFirst()
                    .orElseThrow()
                    .endpoint()
                    .toString();
            gone.forEach(ring::kill);
            String first = gone.get(0).endpoint().toString();
            String second = gone.get(1).endpoint().toString();
            await().atMost(LIMIT)
                    .until(() -> chord("ring", "check")
                            .out()
                            .lines()
                            .anyMatch(line -> line.contains("NamesServed")
                                    && line.contains(first + " (process ")
                                    && line.contains(second + " (process ")));
            assertThat(chord("ring", "check").exit()).isEqualTo(ErrorCode.UNHEALTHY.exitCode());
            Result refused = chord("cat", "kept");
            assertThat(refused.exit()).isEqualTo(ErrorCode.UNREACHABLE.exitCode());
            assertThat(refused.err()).contains("too few of the holders", "'chord ring check' names");

            Result unknown = chord("ring", "give-up", node);
            assertThat(unknown.exit()).isEqualTo(ErrorCode.USAGE.exitCode());
            assertThat(unknown.err()).contains("nothing waits for " + node);

            Result one = chord("ring", "give-up", first);
            assertThat(one.out()).contains("given up: " + first, "4 processes told");
            await().atMost(LIMIT)
                    .until(() -> chord("ring", "check")
                            .out()
                            .lines()
                            .anyMatch(line ->
                                    line.contains("NamesServed") && line.contains(second) && !line.contains(first)));
            assertThat(chord("cat", "kept").exit())
                    .as("the second may have what the third has not")
                    .isEqualTo(ErrorCode.UNREACHABLE.exitCode());

            String process = process(chord("ring", "check").out(), second);
            Result both = chord("ring", "give-up", process, "--format", "json");
            assertThat(both.out()).contains(process).contains("\"untold\":[]");
            await().atMost(LIMIT).until(() -> chord("ring", "check").exit() == 0);
            assertThat(chord("cat", "kept").out()).isEqualTo("what the third still has");
        }
    }

    private List<ChordNode> twoHolders(LocalRing ring) {
        try (Ring client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()))) {
            List<Peer> chain = client.topology().trace(Label.key("kept")).chain();
            return Placement.holders(chain, 3).subList(0, 2).stream()
                    .map(peer -> ring.nodes().stream()
                            .filter(n -> n.endpoint().equals(peer.endpoint()))
                            .findFirst()
                            .orElseThrow())
                    .toList();
        }
    }

    private static String process(String check, String address) {
        String from = check.substring(check.indexOf(address + " (process ") + (address + " (process ").length());
        return from.substring(0, from.indexOf(')'));
    }
}
