package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.wire.RingCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code chord sim} as a user sees it. */
class SimCommandTest {
    private static final String MEASURED = "\"(seconds|memoryPerNodeBytes)\":(null|[0-9.eE-]+)";

    @TempDir
    private Path work;

    private static String chord(int exit, String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            assertThat(Cli.run(arguments)).isEqualTo(exit);
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aSmallRingUnderChurnIsTheSameTwice() {
        String[] arguments = {"--format", "json", "sim", "run", "--nodes", "50", "--for", "2m", "--seed", "4"};
        String one = chord(0, arguments).replaceAll(MEASURED, "");
        assertThat(one).contains("\"wrong\":0").contains("\"hops\"").contains("lookupMillis");
        assertThat(chord(0, arguments).replaceAll(MEASURED, "")).isEqualTo(one);
    }

    @Test
    void exploringAndBurningSayThatNothingBroke() {
        assertThat(chord(0, "-q", "sim", "explore", "--grain", "COARSE")).contains("no violation");
        assertThat(chord(0, "sim", "explore-records")).contains("no violation");
        assertThat(chord(0, "sim", "burn", "--count", "2", "--for", "60s")).contains("nothing broke");
        assertThat(chord(0, "sim", "burn", "--eventual", "--count", "1", "--for", "60s"))
                .contains("nothing broke");
    }

    @Test
    void aReplayShowsTheRingAtEachStep() {
        assertThat(chord(0, "sim", "replay", "1")).contains("nothing broke").contains("MEMBER succ");
        Replay replay = new Replay(List.of(
                "1.0 5@n1:1 MEMBER succ [7]", "1.2 7@n2:1 MEMBER succ [5]", "1.4 s CRASH (1)", "n2:1 killed", "end"));
        assertThat(replay.frame(1)).anyMatch(l -> l.contains("5@n1:1")).anyMatch(l -> l.contains("7@n2:1"));
        assertThat(replay.frame(3)).noneMatch(l -> l.contains("7@n2:1"));
        assertThat(replay.moved(0, "")).isEqualTo(1);
        assertThat(replay.moved(1, "b")).isZero();
        assertThat(replay.moved(0, "/ killed")).isEqualTo(3);
        assertThat(replay.moved(0, "99")).isEqualTo(4);
        assertThat(replay.moved(4, "nonsense")).isEqualTo(4);
    }

    @Test
    void wrongValuesAreRefused() {
        chord(2, "sim", "run", "--nodes", "1");
        chord(2, "sim", "run", "--session", "soon");
        chord(2, "sim", "run", "--for", "1.5m");
        chord(2, "sim", "explore", "--points", "99");
        chord(2, "sim", "explore-records", "--clients", "WRITE+READ_COPIES");
        chord(2, "sim", "explore-records", "--bound", "TAKES=-1");
        chord(2, "sim", "burn", "--count", "0");
    }

    @Test
    void plotsAreWrittenAsPictures() throws IOException {
        PaperStudies studies = new PaperStudies(true, note -> {});
        studies.pathLengths().put(3, 1.4);
        studies.pathLengths().put(4, 1.9);
        for (int i = 0; i <= 5; i++) {
            studies.failureHops().put(i / 10.0, 4.0 + i);
            studies.failureTimeouts().put(i / 10.0, 1.0 * i);
        }
        studies.churnTimeouts().put(0.05, 0.1);
        PaperPlots.write(studies, List.of("a table"), work);
        for (String name : List.of("s1-path-length", "s2-failures", "s3-churn")) {
            assertThat(Files.readAllBytes(work.resolve(name + ".png"))).startsWith(0x89, 'P', 'N', 'G');
            assertThat(Files.readString(work.resolve(name + ".svg"))).contains("<svg");
        }
    }

    /** The simulator counts bytes by a rule of thumb; the real codec is the measure. */
    @Test
    void theSimulatorsMessageSizesAreThoseOfTheWire() {
        SplittableRandom random = new SplittableRandom(1);
        Peer self = peer(random);
        int one = RingCodec.out(Optional.of(self.id()), Optional.of(self), new Request.GetNeighborhood())
                .getSerializedSize();
        int two = RingCodec.out(Optional.of(self.id()), Optional.of(self), new Request.Notify(peer(random)))
                .getSerializedSize();
        assertThat(two - one).as("a peer").isBetween(85, 125);
        assertThat(one).as("a request and its sender").isBetween(48 + 104 - 40, 48 + 104 + 40);
    }

    private static Peer peer(SplittableRandom random) {
        byte[] bytes = new byte[Identifier.BYTES];
        random.nextBytes(bytes);
        Identifier id = Identifier.ofBytes(bytes);
        return new Peer(id, new Endpoint("203.0.113.17", 7450), "z", id, 1_700_000_000_000L);
    }
}
