package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.node.demo.LocalRing;
import dev.chord.node.store.BlockStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files from standard input and to standard output, and what is left of one that is broken off. */
class StandardStreamsTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int MIB = 1 << 20;

    private static LocalRing ring;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws IOException {
        ring = new LocalRing(Files.createTempDirectory("chord-streams-"), 2);
        ring.awaitIdeal(LIMIT);
    }

    @AfterAll
    static void stop() {
        ring.close();
    }

    private static Commands.Piped run(byte[] input, String... arguments) {
        List<String> words = new ArrayList<>(List.of(arguments));
        words.addAll(List.of("--node", ring.entry().toString()));
        return Commands.piped(input, words.toArray(new String[0]));
    }

    private ProcessBuilder chord(String... arguments) {
        return Commands.process(ring.entry(), arguments)
                .redirectError(directory.resolve("err").toFile())
                .redirectOutput(directory.resolve("out").toFile());
    }

    private String told() throws IOException {
        return Files.readString(directory.resolve("err"));
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatGoesInComesOut() throws Exception {
        for (int length : new int[] {0, 1, 3 * MIB + 17}) {
            byte[] bytes = bytes(length);
            String name = "in/" + length;
            Commands.Piped put = run(bytes, "put", "-", "--name", name);
            assertThat(put.exit()).as(put.err()).isZero();
            assertThat(new String(put.out(), StandardCharsets.UTF_8))
                    .startsWith("stored ")
                    .contains(name);
            Commands.Piped get = run(new byte[0], "get", name, "-o", "-");
            assertThat(get.exit()).as(get.err()).isZero();
            assertThat(Arrays.equals(get.out(), bytes)).as("%d bytes", length).isTrue();
            assertThat(get.err()).as("nothing but bytes").isEmpty();
        }
        assertThat(run(new byte[0], "get", "in/1", "-o", "-", "--format", "json")
                        .out())
                .isEqualTo(bytes(1));
        Process get = chord("get", "in/" + (3 * MIB + 17), "-o", "-").start();
        assertThat(get.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(get.exitValue()).as(told()).isZero();
        assertThat(Arrays.equals(Files.readAllBytes(directory.resolve("out")), bytes(3 * MIB + 17)))
                .as("as a process")
                .isTrue();
    }

    @Test
    void whatCannotBeMeantIsRefused() throws Exception {
        byte[] bytes = bytes(10);
        Path file = Files.write(directory.resolve("-"), bytes(20));
        Commands.Piped unnamed = run(bytes, "put", "-");
        assertThat(unnamed.exit()).isEqualTo(2);
        assertThat(unnamed.err()).contains("standard input has no name").contains("--name");
        assertThat(run(bytes, "put", "-", file.toString(), "--name", "x").exit())
                .isEqualTo(2);
        assertThat(run(bytes, "put", "-", "--name", "../x").exit()).isEqualTo(2);
        Commands.Piped none = run(bytes, "get", "in/none", "-o", "-");
        assertThat(none.exit()).isEqualTo(3);
        assertThat(none.out()).isEmpty();
        assertThat(run(bytes, "put", file.toString(), "--name", "dash").exit()).isZero();
        assertThat(run(bytes, "get", "dash", "-o", "-").out())
                .as("of the file of that name, not what was piped in")
                .isEqualTo(bytes(20));
    }

    @Test
    void whoIsStoppedGivesBackTheRoomItTook() throws Exception {
        BlockStore here = ring.nodes().get(0).store().blocks();
        long before = here.totalBytes();
        Process put = chord("put", "-", "--name", "never").start();
        try (OutputStream in = put.getOutputStream()) {
            in.write(bytes(8 * MIB));
            in.flush();
            Awaitility.await().atMost(LIMIT).until(() -> here.totalBytes() >= before + 4 * MIB);
            assertThat(new ProcessBuilder("kill", "-TERM", Long.toString(put.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            assertThat(put.waitFor(5, TimeUnit.MINUTES)).isTrue();
        }
        assertThat(put.exitValue()).isEqualTo(143);
        assertThat(told()).as("that it was stopped is no news").isEmpty();
        Awaitility.await()
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(here.totalBytes())
                        .as("bytes after it was told to end")
                        .isEqualTo(before));
    }
}
