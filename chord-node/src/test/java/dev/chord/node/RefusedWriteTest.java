package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.RecordKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four nodes, three holders for each name: the owner of one is cut off from its other holders, together with
 * the fourth node.
 */
class RefusedWriteTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NAME = "refused";

    @TempDir
    private Path work;

    private LocalRing ring;
    private List<Endpoint> holders;
    private Endpoint fourth;
    private Ring client; // on the smaller side of the cut

    @BeforeEach
    void start() {
        ring = new LocalRing(work, 4);
        ring.awaitIdeal(LIMIT);
        try (Ring anywhere = Ring.connect(RingOptions.DEFAULT.withTimeout(LIMIT), List.of(ring.entry()))) {
            holders = holders(anywhere, NAME);
            anywhere.names().set(NAME, Identifier.of(1), 1);
        }
        ChordNode node = ring.nodes().stream()
                .filter(n -> !holders.contains(n.endpoint()))
                .findFirst()
                .orElseThrow();
        fourth = node.endpoint();
        client = Ring.connect(
                RingOptions.DEFAULT.withTimeout(Duration.ofSeconds(20)),
                List.of(fourth),
                new PeerChannels("default", ring.links().from(node.config().nodeName())));
    }

    @AfterEach
    void stop() {
        client.close();
        ring.close();
    }

    private static Identifier key(String name) {
        return Identifier.sha256(("name:" + name).getBytes(StandardCharsets.UTF_8));
    }

    private static List<Endpoint> holders(Ring through, String name) {
        List<Peer> chain = through.topology().trace(key(name)).chain();
        return Placement.holders(chain, 3).stream().map(Peer::endpoint).toList();
    }

    private static void fails(ErrorCode code, ThrowingCallable operation) {
        assertThatThrownBy(operation)
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void whatIsRefusedIsWrittenNowhere() {
        ring.links().cut(Set.of(holders.get(0), fourth));
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> fails(ErrorCode.UNREACHABLE, () -> client.names().find(NAME))); // the lease is over
        fails(ErrorCode.UNREACHABLE, () -> client.names().set(NAME, Identifier.of(2), 2));
        for (ChordNode node : ring.nodes()) {
            assertThat(node.store().records().find(key(NAME), RecordKind.RECORD_KIND_NAME, NAME).stream())
                    .as(node.config().nodeName())
                    .allSatisfy(record -> assertThat(
                                    NameValue.parseFrom(record.getValue()).getSize())
                            .isEqualTo(1));
        }
    }

    @Test
    void whatMayHaveBeenWrittenIsNotSaidToBeRefused() {
        // one that is owned on the other side, and the client knows it
        String there = IntStream.range(0, 1000)
                .mapToObj(i -> "there/" + i)
                .filter(name -> !List.of(holders.get(0), fourth)
                        .contains(holders(client, name).get(0)))
                .filter(name -> !holders(client, name).containsAll(List.of(holders.get(0), fourth)))
                .findFirst()
                .orElseThrow();
        client.names().set(there, Identifier.of(1), 1);
        ring.links().cut(Set.of(holders.get(0), fourth));
        assertThatThrownBy(() -> client.names().set(there, Identifier.of(2), 2))
                .hasMessageContaining("whether it was written is unknown")
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE));
    }
}
