package dev.chord.node.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RingCalls;
import dev.chord.core.ring.Peer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkFaultsTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration SHORT = Duration.ofMillis(500);

    @Test
    void whatWouldComeAfterItsDeadlineDoesNotCome(@TempDir Path work) throws Exception {
        try (LocalRing ring = new LocalRing(work, 1);
                PeerChannels channels = new PeerChannels("default", ring.links().from("client"))) {
            RingCalls calls = new RingCalls(channels);
            Peer node = ring.nodes().get(0).self();
            ring.links().slow(node.endpoint(), SHORT.multipliedBy(2));
            assertThat(calls.isThere(node.endpoint(), node.process(), LONG).get())
                    .isTrue();
            assertThat(calls.isThere(node.endpoint(), node.process(), SHORT).get())
                    .isFalse();
        }
    }
}
