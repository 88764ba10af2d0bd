package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes whose arcs' holders agree on who they are. */
class QuorumRingTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NAME = "contended";

    @TempDir
    private Path work;

    private LocalRing ring;
    private final List<Ring> clients = new ArrayList<>();

    @BeforeEach
    void start() {
        ring = new LocalRing(work.resolve("ring"), 6);
        ring.awaitIdeal(LIMIT);
    }

    @AfterEach
    void stop() {
        clients.forEach(Ring::close);
        ring.close();
    }

    private Ring through(Endpoint node, Duration timeout) {
        // it reaches what that node reaches
        String name = "local-" + (all().indexOf(node) + 1);
        Ring client = Ring.connect(
                RingOptions.DEFAULT.withTimeout(timeout),
                List.of(node),
                new PeerChannels("default", ring.links().from(name)));
        clients.add(client);
        return client;
    }

    private List<Endpoint> holders() {
        Identifier key = Identifier.sha256(("name:" + NAME).getBytes(StandardCharsets.UTF_8));
        List<Peer> chain = through(ring.entry(), LIMIT).topology().trace(key).chain();
        return Placement.holders(chain, 3).stream().map(Peer::endpoint).toList();
    }

    private List<Endpoint> all() {
        return ring.nodes().stream().map(ChordNode::endpoint).toList();
    }

    @Test
    void onlyTheSideWithMostHoldersOfANameServesIt() {
        through(ring.entry(), LIMIT).names().set(NAME, Identifier.of(1), 1);
        List<Endpoint> holders = holders();
        List<Endpoint> others = all().stream().filter(e -> !holders.contains(e)).toList();
        // the owner with two that hold nothing of it
        Set<Endpoint> smaller = Set.of(holders.get(0), others.get(0), others.get(1));
        ring.links().cut(smaller);
        Ring larger = through(holders.get(1), LIMIT);
        NameEntry written = larger.names().set(NAME, Identifier.of(2), 2);
        assertThat(larger.names().find(NAME)).contains(written);
        for (Endpoint node : smaller) {
            Ring client = through(node, LIMIT);
            refuses(() -> client.names().find(NAME));
            refuses(() -> client.names().set(NAME, Identifier.of(3), 3));
        }
        ring.links().heal();
        ring.awaitIdeal(LIMIT);
        NameEntry last = through(ring.entry(), LIMIT).names().set(NAME, Identifier.of(4), 4);
        for (Endpoint node : all()) {
            assertThat(through(node, LIMIT).names().find(NAME)).contains(last);
        }
    }

    // Long before its time is over, and it says why.
    private static void refuses(ThrowingCallable operation) {
        assertThatThrownBy(operation)
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE))
                .hasMessageContaining("too few of the holders");
    }

    @Test
    void holdersThatGoOneAfterTheOtherTakeNothingAlong() {
        Ring client = through(ring.entry(), LIMIT);
        for (int i = 0; i < 40; i++) {
            client.names().set("name-" + i, Identifier.of(i + 1), i);
        }
        for (int gone = 0; gone < 3; gone++) {
            ring.kill(ring.nodes().get(ring.nodes().size() - 1));
            ring.awaitIdeal(LIMIT);
            for (int i = 0; i < 40; i++) {
                int number = i;
                await().atMost(LIMIT)
                        .ignoreExceptions()
                        .until(() -> client.names()
                                .find("name-" + number)
                                .filter(e -> e.content().equals(Identifier.of(number + 1)))
                                .isPresent());
            }
        }
    }

    @Test
    void joinsAndPoliteLeavesUnderWritesLoseNothing() {
        Ring client = through(ring.entry(), LIMIT);
        for (int round = 0; round < 3; round++) {
            ring.add();
            for (int i = 0; i < 20; i++) {
                client.names().set("name-" + i, Identifier.of(100L * round + i + 1), i);
            }
            ring.leave(ring.nodes().get(1));
            Set<Long> seen = client.names().list("name-").names().stream()
                    .map(e -> e.content().lowBits() / 100)
                    .collect(Collectors.toSet());
            assertThat(seen).isEqualTo(Set.of((long) round));
        }
    }

    @Test
    void aNodeThatWouldGoOnAloneDoesNotGetIn() throws IOException {
        UnaryOperator<NodeConfig> secondIsEventual =
                config -> config.text(ConfigKey.NODE_NAME).equals("local-2")
                        ? config.with(ConfigKey.RING_CONSISTENCY, "eventual")
                        : config;
        try (LocalRing other = new LocalRing(Files.createDirectories(work.resolve("other")), 1, secondIsEventual)) {
            assertThatThrownBy(other::add)
                    .isInstanceOfSatisfying(
                            ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INCOMPATIBLE))
                    .hasMessageContaining("ring.consistency is eventual here and quorum in the ring of");
        }
    }
}
