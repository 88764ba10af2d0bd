package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.core.id.Identifier;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands that go on until somebody ends them, as processes of their own: {@code chord watch}, {@code
 * chord sync}.
 */
class FollowingTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    private LocalRing ring;
    private Ring client;

    @BeforeEach
    void start() {
        ring = new LocalRing(work.resolve("ring"), 3);
        ring.awaitIdeal(LIMIT);
        client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()));
    }

    @AfterEach
    void stop() {
        client.close();
        ring.close();
    }

    private Process chord(Path out, Path err, String... arguments) throws IOException {
        return ProcessRing.java(arguments)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    @Test
    void watchTellsWhatBecomesOfNames() throws Exception {
        client.names().set("w/there", Identifier.of(1), 1);
        Path out = work.resolve("out");
        Path err = work.resolve("err");
        Process watch = chord(
                out,
                err,
                "watch",
                "w/",
                "--format",
                "ndjson",
                "--node",
                ring.entry().toString());
        try {
            await().atMost(LIMIT).until(() -> lines(err).contains("1 names now"));
            client.names().set("w/new", Identifier.of(2), 2);
            await().atMost(LIMIT).until(() -> lines(out).size() == 1);
            client.names().set("w/there", Identifier.of(3), 3);
            await().atMost(LIMIT).until(() -> lines(out).size() == 2);
            client.names().set("elsewhere", Identifier.of(3), 3);
            client.names().remove("w/new");
            await().atMost(LIMIT).until(() -> lines(out).size() == 3);
            List<JsonObject> events = lines(out).stream()
                    .map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .toList();
            assertThat(events)
                    .extracting(e -> e.get("event").getAsString())
                    .containsExactly("added", "changed", "removed");
            assertThat(events)
                    .extracting(e -> e.get("name").getAsString())
                    .containsExactly("w/new", "w/there", "w/new");
            assertThat(events.get(1).get("content").getAsString())
                    .isEqualTo(Identifier.of(3).toHex());
            assertThat(events)
                    .extracting(e -> e.get("id").getAsLong())
                    .isSorted()
                    .doesNotHaveDuplicates();
        } finally {
            watch.destroyForcibly();
        }
    }

    @Test
    void ringWatchTellsWhoComesAndGoes() throws Exception {
        Path out = work.resolve("out");
        Path err = work.resolve("err");
        Process watch = chord(
                out,
                err,
                "ring",
                "watch",
                "--format",
                "ndjson",
                "--node",
                ring.entry().toString());
        try {
            await().atMost(LIMIT).until(() -> lines(err).contains("watching the ring"));
            ChordNode fourth = ring.add();
            String id = fourth.self().id().toHex();
            await().atMost(LIMIT).until(() -> told(out, "joined", id));
            ring.kill(fourth);
            await().atMost(LIMIT).until(() -> told(out, "gone", id));
        } finally {
            watch.destroyForcibly();
        }
    }

    private static boolean told(Path out, String event, String id) {
        return lines(out).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .anyMatch(e -> e.get("event").getAsString().equals(event)
                        && e.get("id").getAsString().equals(id));
    }

    @Test
    void syncKeepsAFolderInStepBothWays() throws Exception {
        Path folder = Files.createDirectories(work.resolve("folder"));
        Path out = work.resolve("out");
        Process sync = chord(
                out,
                work.resolve("err"),
                "sync",
                folder.toString(),
                "s/",
                "--node",
                ring.entry().toString());
        try {
            Files.createDirectories(folder.resolve("deep/er"));
            Files.writeString(folder.resolve("deep/er/here.txt"), "from the folder");
            await().atMost(LIMIT)
                    .until(() -> client.names().find("s/deep/er/here.txt").isPresent());
            Path given = Files.writeString(work.resolve("given"), "from the ring");
            client.files().put(given, "s/there.txt");
            Path fetched = folder.resolve("there.txt");
            await().atMost(LIMIT)
                    .until(() ->
                            Files.exists(fetched) && Files.readString(fetched).equals("from the ring"));
            client.names().remove("s/deep/er/here.txt");
            await().atMost(LIMIT).until(() -> !Files.exists(folder.resolve("deep/er/here.txt")));
            Files.delete(fetched);
            await().atMost(LIMIT).until(() -> client.names().find("s/there.txt").isEmpty());
            // The command says what it did once it has an answer, which is after the ring shows it.
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(lines(out).toString())
                            .contains("stored", "fetched", "removed here", "removed there"));
        } finally {
            sync.destroyForcibly();
        }
    }
}
