package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that start while other things happen: many in one moment, a seed that is not there yet, a seed of
 * another ring.
 */
class StartTogetherTest {
    private static final int NODES = 16;
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    Path work;

    /** However few processors there are, with the time to join that everybody has. */
    @Test
    @Tag("slow")
    void sixteenProcessesStartedAtOnceAllJoin() throws Exception {
        try (ProcessRing ring = new ProcessRing(work)) {
            int seed = ProcessRing.freePort();
            for (int i = 2; i <= NODES; i++) {
                ring.start(i, ProcessRing.freePort(), joining(seed));
            }
            ring.start(1, seed, List.of("--http", ""));
            Duration taken = ring.awaitIdeal(LIMIT);
            System.out.println(
                    "ideal ring of " + NODES + " processes started at once after " + taken.toSeconds() + " s");
        }
    }

    private static List<String> joining(int seed) {
        return List.of("--join", "127.0.0.1:" + seed, "--http", "");
    }

    @Test
    void aRingOfAnotherNameOrVersionIsRefusedAtOnceAndAPortThatIsTakenToo() throws Exception {
        try (ProcessRing ring = new ProcessRing(work)) {
            int seed = ProcessRing.freePort();
            ring.start(1, seed, List.of("--http", "", "--ring-name", "b\u00fcro"));
            ring.awaitOutput(1, "alone in a new ring", LIMIT);
            String other = fails(
                    11,
                    "up",
                    "--join",
                    "127.0.0.1:" + seed,
                    "--bind",
                    "127.0.0.1:0",
                    "--http",
                    "",
                    "--ring.join-timeout",
                    "1d",
                    "--data-dir",
                    work.resolve("other").toString());
            assertThat(other).contains("belongs to ring 'b\u00fcro', not 'default'");
            String taken = fails(
                    11,
                    "up",
                    "--bind",
                    "127.0.0.1:0",
                    "--http",
                    "127.0.0.1:" + seed,
                    "--ring-name",
                    "b\u00fcro",
                    "--join",
                    "127.0.0.1:" + seed,
                    "--data-dir",
                    work.resolve("taken").toString());
            assertThat(taken).contains("HTTP cannot listen").doesNotContain("MEMBER");
        }
    }

    private String fails(int exit, String... arguments) throws IOException, InterruptedException {
        Path said = work.resolve("said-" + arguments.length + "-" + exit);
        Process process = ProcessRing.java(arguments)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            String words = Files.readString(said);
            assertThat(process.exitValue()).as(words).isEqualTo(exit);
            return words;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aHangupDoesNotEndANode() throws Exception {
        try (ProcessRing ring = new ProcessRing(work)) {
            ring.start(1, ProcessRing.freePort(), List.of("--http", ""));
            ring.awaitOutput(1, "alone in a new ring", LIMIT);
            ring.hangup(1);
            Awaitility.await().during(Duration.ofSeconds(2)).atMost(LIMIT).until(() -> ring.running(1));
            ring.awaitIdeal(LIMIT);
        }
    }
}
