package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.rpc.NodeServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a start waits for, how long, and what ends it at once. */
class PatienceTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private static ChordException failure(ErrorCode code, Throwable cause) {
        return new ChordException(code, "no", "", cause);
    }

    private static int attempts(Patience patience, ChordException first) {
        AtomicInteger attempts = new AtomicInteger();
        return patience.await("it", () -> {
            if (attempts.incrementAndGet() < 3) {
                throw first;
            }
            return attempts.get();
        });
    }

    @Test
    void whatMayStillComeIsTriedAgain() {
        Patience patience = new Patience(Optional.of(LONG));
        assertThat(attempts(patience, failure(ErrorCode.UNREACHABLE, null))).isEqualTo(3);
        assertThat(attempts(patience, failure(ErrorCode.DEADLINE, null))).isEqualTo(3);
        assertThat(attempts(patience, failure(ErrorCode.NOT_PERMITTED, new NoSuchFileException("/mnt"))))
                .isEqualTo(3);
        assertThat(attempts(new Patience(Optional.empty()), failure(ErrorCode.UNREACHABLE, null)))
                .isEqualTo(3);
    }

    @Test
    void whatCannotComeEndsItAtOnce() {
        for (ChordException end : new ChordException[] {
            failure(ErrorCode.CONFLICT, null),
            failure(ErrorCode.INCOMPATIBLE, null),
            failure(ErrorCode.USAGE, null),
            failure(ErrorCode.NOT_PERMITTED, null),
            failure(ErrorCode.NOT_PERMITTED, new AccessDeniedException("/root")),
            failure(ErrorCode.NOT_PERMITTED, new FileSystemException("/f/x", null, "Not a directory")),
            failure(ErrorCode.NO_SPACE, new IOException("No space left on device")),
            failure(ErrorCode.INTERNAL, new IOException("No space left on device")),
        }) {
            assertThatThrownBy(() -> attempts(new Patience(Optional.empty()), end))
                    .isSameAs(end);
        }
    }

    @Test
    void timeThatIsOverKeepsTheReason() {
        Patience patience = new Patience(Optional.of(Duration.ofMillis(1)));
        assertThatThrownBy(() -> patience.await("it", () -> {
                    throw failure(ErrorCode.UNREACHABLE, null);
                }))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE))
                .hasMessageContaining("no (waited ");
    }

    @Test
    void whoLetsOthersInFirstIsWaitedForLongerButNotForEver() {
        Patience patience = new Patience(Optional.of(Duration.ofMillis(200)));
        AtomicInteger attempts = new AtomicInteger();
        assertThatThrownBy(() -> patience.await("it", () -> {
                    attempts.incrementAndGet();
                    patience.moves();
                    throw failure(ErrorCode.UNREACHABLE, null);
                }))
                .hasMessageContaining("waited");
        assertThat(attempts.get()).isGreaterThan(2);
    }

    @Test
    void anAddressThatThisMachineDoesNotHaveYetMayComeAndAPortThatIsTakenWillNotGo() {
        assertThatThrownBy(() -> NodeServer.bound(new InetSocketAddress("192.0.2.1", 0)))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE));
        try (NodeServer first = NodeServer.bound(new InetSocketAddress("127.0.0.1", 0))) {
            assertThatThrownBy(() -> NodeServer.bound(first.address()))
                    .isInstanceOfSatisfying(
                            ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT))
                    .hasMessageContaining("cannot listen on");
        }
    }

    @Test
    void underAServiceManagerItWaitsForEverUnlessToldOtherwise() {
        NodeConfig config = NodeConfig.defaults();
        Map<String, String> managed = Map.of("NOTIFY_SOCKET", "/run/notify");
        assertThat(Patience.of(config, Map.of(), 1234).limit()).contains(Duration.ofSeconds(30));
        assertThat(Patience.of(config, managed, 1234).limit()).isEmpty();
        assertThat(Patience.of(config, Map.of(), 1).limit()).isEmpty();
        NodeConfig given = config.with(ConfigKey.RING_JOIN_TIMEOUT, "30s", "flag");
        assertThat(Patience.of(given, managed, 1).limit()).contains(Duration.ofSeconds(30));
    }
}
