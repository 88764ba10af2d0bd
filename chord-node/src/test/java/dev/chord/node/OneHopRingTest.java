package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.PeerSet;
import dev.chord.core.ring.Roster;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real nodes that keep a table of all members: everyone finds every key without asking, whoever comes
 * and goes.
 */
class OneHopRingTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int NODES = 12;
    private static final String OTHERWISE = "local-13";
    private static final List<Identifier> KEYS = IntStream.range(0, 200)
            .mapToObj(i -> Identifier.sha256(("key " + i).getBytes(StandardCharsets.UTF_8)))
            .toList();

    @TempDir
    private Path work;

    private LocalRing ring;

    @BeforeEach
    void start() throws Exception {
        ring = new LocalRing(
                Files.createDirectories(work.resolve("ring")),
                NODES,
                config -> config.with(
                        ConfigKey.ROUTING_TABLE, config.nodeName().equals(OTHERWISE) ? "fingers" : "everyone"));
    }

    @AfterEach
    void stop() {
        ring.close();
    }

    private List<Peer> members() {
        return ring.nodes().stream().map(ChordNode::self).toList();
    }

    private boolean knowsEveryone(ChordNode node) {
        Roster table = node.loop().states().get(0).view().roster();
        return table.complete() && table.peers().equals(PeerSet.of(members()));
    }

    private void awaitTables() {
        ring.awaitIdeal(LIMIT);
        List<ChordNode> keepers = ring.nodes().stream()
                .filter(n -> !n.config().nodeName().equals(OTHERWISE))
                .toList();
        Awaitility.await().atMost(LIMIT).until(() -> keepers.stream().allMatch(this::knowsEveryone));
        NodeState any = ring.nodes().get(0).loop().states().get(0);
        RingOracle oracle = new RingOracle(members(), any.settings());
        for (ChordNode node : keepers) {
            for (Identifier key : KEYS) {
                Lookup.Result guess = node.loop().guess(key).orElseThrow();
                assertThat(guess.owner()).contains(oracle.successor(key));
            }
        }
    }

    @Test
    void everyTableIsTheRingThroughJoinsDeathsAndLeavesAndFilesAreFound() throws Exception {
        awaitTables();
        Path file = work.resolve("file");
        Files.writeString(file, "found in one hop");
        try (Ring client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()))) {
            client.files().put(file, "a/file");
            ring.kill(ring.nodes().get(5));
            awaitTables();
            ring.leave(ring.nodes().get(3));
            awaitTables();
            ChordNode otherwise = ring.add();
            awaitTables();
            assertThat(otherwise.loop().guess(KEYS.get(0))).as("it has fingers").isEmpty();
            ring.add();
            awaitTables();
            client.files().download("a/file", work.resolve("copy"));
            assertThat(work.resolve("copy")).hasSameTextualContentAs(file);
        }
    }

    @Test
    void tablesAreWholeAgainAfterACut() {
        awaitTables();
        ring.links()
                .cut(Set.copyOf(members().stream().map(Peer::endpoint).toList().subList(0, 4)));
        // each side takes the other for dead
        Awaitility.await()
                .atMost(LIMIT)
                .until(() -> ring.nodes().stream()
                        .map(n -> n.loop().states().get(0).view().roster())
                        .noneMatch(r -> r.complete() && r.peers().size() == NODES));
        ring.links().heal();
        awaitTables();
    }
}
