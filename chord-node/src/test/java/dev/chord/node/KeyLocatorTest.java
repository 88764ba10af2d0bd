package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.node.demo.LocalRing;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a client and a node remember of the ring: learned from every answer, many keys at once, and
 * kept fresh.
 */
class KeyLocatorTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int MEMBERS = 12;
    private static final List<Identifier> KEYS = IntStream.range(0, 1_000)
            .mapToObj(i -> Identifier.sha256(("key " + i).getBytes(StandardCharsets.UTF_8)))
            .toList();

    @TempDir
    private Path work;

    private LocalRing ring;
    private PeerChannels channels;
    private KeyLocator locator;

    @BeforeEach
    void start() throws Exception {
        ring = new LocalRing(Files.createDirectories(work.resolve("ring")), MEMBERS);
        ring.awaitIdeal(LIMIT);
        channels = new PeerChannels("default");
        locator = new KeyLocator(channels, List.of(ring.entry()));
    }

    @AfterEach
    void stop() {
        channels.close();
        ring.close();
    }

    private RingOracle oracle() {
        return new RingOracle(ring.nodes().stream().map(ChordNode::self).toList(), RingSettings.DEFAULT);
    }

    private void assertAllRight() {
        RingOracle oracle = oracle();
        for (Identifier key : KEYS) {
            List<Peer> chain = locator.known(key).orElseThrow();
            assertThat(chain.get(0)).isEqualTo(oracle.successor(key));
            assertThat(chain.size()).isGreaterThanOrEqualTo(5);
            List<Peer> after = oracle.successors(chain.get(0).id());
            int both = Math.min(after.size(), chain.size() - 1);
            assertThat(chain.subList(1, 1 + both)).isEqualTo(after.subList(0, both));
        }
    }

    @Test
    void anAddressThatHangsDoesNotHoldUpTheNextOne() throws Exception {
        try (ServerSocket hangs = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            List<Endpoint> seeds = List.of(
                    new Endpoint("127.0.0.1", hangs.getLocalPort()), new Endpoint("127.0.0.1", 1), ring.entry());
            // its time would be over with the first
            RingOptions options = RingOptions.DEFAULT.withTimeout(Duration.ofSeconds(60));
            try (Ring client = Ring.connect(options, seeds)) {
                assertThat(client.entry().endpoint()).isEqualTo(ring.entry());
                assertThat(client.topology().members()).hasSize(MEMBERS);
            }
            KeyLocator other = new KeyLocator(channels, seeds);
            assertThat(other.lookup(KEYS.get(0), Duration.ofSeconds(60)).chain().get(0))
                    .isEqualTo(oracle().successor(KEYS.get(0)));
        }
    }

    @Test
    void oneCallTellsWhereAThousandKeysAre() {
        locator.locate(KEYS, LIMIT);
        assertThat(ring.calls("Locate")).isEqualTo(1);
        assertAllRight();
        locator.locate(KEYS, LIMIT);
        assertThat(ring.calls("Locate")).as("all is known").isEqualTo(1);
    }

    @Test
    void everyAnswerTeaches() {
        int lookups = 0;
        for (Identifier key : KEYS) {
            if (locator.known(key).isEmpty()) {
                locator.lookup(key, LIMIT);
                lookups++;
            }
        }
        assertThat(lookups).as("%d members, found with few lookups", MEMBERS).isBetween(1, MEMBERS / 2);
        assertAllRight();
    }

    @Test
    void whatIsRememberedIsLookedUpAgainWithinItsBudget() throws Exception {
        locator.locate(KEYS, LIMIT);
        ring.kill(ring.nodes().get(5));
        ring.awaitIdeal(LIMIT);
        long budget = 2_000;
        assertThat(locator.refresh(budget, Duration.ofHours(1), LIMIT))
                .as("nothing is that old")
                .isZero();
        Awaitility.await().atMost(LIMIT).untilAsserted(() -> {
            long spent = locator.refresh(budget, Duration.ZERO, LIMIT);
            assertThat(spent).isBetween(1L, 10 * budget); // the last lookup may go beyond
            assertAllRight();
        });
    }
}
