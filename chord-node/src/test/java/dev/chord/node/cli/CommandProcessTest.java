package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands as processes of their own: where their output goes, and how long they take. */
class CommandProcessTest {
    private static final Path FULL = Path.of("/dev/full");

    private static LocalRing ring;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws IOException {
        ring = new LocalRing(Files.createTempDirectory("chord-process-"), 1);
        ring.awaitIdeal(Duration.ofMinutes(3));
        Path file = Files.write(Files.createTempFile("chord-process-", ".bin"), new byte[2_500_000]);
        assertThat(Commands.run(
                                "put",
                                file.toString(),
                                "--name",
                                "d/f",
                                "--node",
                                ring.entry().toString())
                        .exit())
                .isZero();
    }

    @AfterAll
    static void stop() {
        ring.close();
    }

    private ProcessBuilder chord(String... arguments) {
        return Commands.process(ring.entry(), arguments)
                .redirectError(directory.resolve("err").toFile());
    }

    private static int end(Process process) throws InterruptedException {
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    private String told() throws IOException {
        return Files.readString(directory.resolve("err"));
    }

    @Test
    void whateverPrintsToAFullDiskExitsWithNine() throws Exception {
        Assumptions.assumeTrue(Files.exists(FULL), "there is no /dev/full");
        for (String line : List.of(
                "--help",
                "cat --help",
                "version --format json",
                "config show",
                "completion",
                "cat d/f",
                "ls --format ndjson",
                "explain d/f",
                "get d/f -o " + directory.resolve("copy"),
                "ring picture")) {
            Process process =
                    chord(line.split(" ")).redirectOutput(FULL.toFile()).start();
            assertThat(end(process)).as("chord %s: %s", line, told()).isEqualTo(9);
            assertThat(told()).contains("standard output is full").doesNotContain("\tat ");
        }
    }

    @Test
    void aPipeThatNobodyReadsEndsACommandSilently() throws Exception {
        for (String line : List.of("config reference", "cat d/f", "ls")) {
            Process process = chord(line.split(" ")).start();
            process.getInputStream().close();
            assertThat(end(process)).as("chord %s", line).isEqualTo(141);
            assertThat(told()).as("chord %s", line).doesNotContain("chord: ");
        }
    }

    @Test
    void theTimeIsTheWholeCommands() throws Exception {
        Path pipe = directory.resolve("pipe");
        Process made;
        try {
            made = new ProcessBuilder("mkfifo", pipe.toString()).start();
        } catch (IOException e) {
            Assumptions.abort("there is no mkfifo: " + e);
            return;
        }
        Assumptions.assumeTrue(made.waitFor() == 0, "a pipe cannot be made");
        Process process =
                chord("get", "d/f", "-o", pipe.toString(), "--timeout", "20s").start();
        assertThat(end(process)).as("nobody reads it: %s", told()).isEqualTo(16);
        assertThat(told()).contains("not done within 20s", "--timeout");
        assertThat(Commands.run("ls", "--timeout", "1ms", "--node", ring.entry().toString())
                        .exit())
                .isEqualTo(16);
    }

    @Test
    void whatOnlyComputesIsBoundedToo() throws Exception {
        Process process = chord("sim", "run", "--nodes", "2000", "--for", "1000h", "--timeout", "5s")
                .start();
        assertThat(end(process)).as(told()).isEqualTo(16);
        assertThat(told()).contains("not done within 5s");
        for (String line : List.of("watch", "sync " + directory + " x/", "sim paper", "bench", "up", "demo")) {
            Commands.Result result = Commands.run((line + " --timeout soon").split(" "));
            assertThat(result.exit()).as("chord %s: %s", line, result.err()).isEqualTo(2);
            assertThat(result.err()).contains("--timeout 'soon' is no time");
        }
    }

    @Test
    void whoWaitsForEventsWaitsLongerThanForAnAnswer() throws Exception {
        Process watch = chord("watch", "d/", "--timeout", "2s").start();
        try {
            assertThat(Commands.run(
                                    "put",
                                    Files.writeString(directory.resolve("new"), "new")
                                            .toString(),
                                    "--name",
                                    "d/before",
                                    "--node",
                                    ring.entry().toString())
                            .exit())
                    .isZero();
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> told().contains("now"));
            assertThat(watch.waitFor(3, TimeUnit.SECONDS)).as(told()).isFalse();
            assertThat(Commands.run("rm", "d/before", "--node", ring.entry().toString())
                            .exit())
                    .isZero();
            try (var lines = watch.inputReader()) {
                assertThat(lines.lines()
                                .filter(line -> line.contains("removed"))
                                .findFirst())
                        .isPresent();
            }
        } finally {
            watch.destroy();
        }
    }

    @Test
    void theBytesOfAFileAreAllThatStandardOutputGets() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/stdout")), "there is no /dev/stdout");
        Path out = directory.resolve("out");
        Process process = chord("get", "d/f", "-o", "/dev/stdout")
                .redirectOutput(out.toFile())
                .start();
        assertThat(end(process)).as(told()).isZero();
        assertThat(Files.mismatch(out, Files.write(directory.resolve("same"), new byte[2_500_000])))
                .isEqualTo(-1);
        assertThat(told()).contains("fetched  ");
    }
}
