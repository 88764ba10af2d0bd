package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.sync.FolderSync;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code chord sync --once} ends with. */
class SyncCommandTest {
    @TempDir
    private Path work;

    private LocalRing ring;
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        ring = new LocalRing(work.resolve("ring"), 1);
        folder = Files.createDirectories(work.resolve("folder"));
    }

    @AfterEach
    void stop() {
        ring.close();
    }

    private int sync(LocalRing with, String... more) {
        List<String> words = new ArrayList<>(List.of("sync", folder.toString(), "s/", "--once", "--node"));
        words.add(with.entry().toString());
        words.addAll(List.of(more));
        return Cli.run(words.toArray(String[]::new));
    }

    @Test
    void oneOddNameIsAPartialAnswerAndALinkIsNot() throws IOException {
        Files.writeString(folder.resolve("good"), "good");
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("good"));
        assertThat(sync(ring)).isZero();
        Files.writeString(folder.resolve("od\u0001d"), "odd");
        assertThat(sync(ring)).isEqualTo(4);
    }

    @Test
    void manyRemovalsEndWithFourteenUntilSomebodySaysYes() throws IOException {
        for (int i = 0; i < 6; i++) {
            Files.writeString(folder.resolve("f" + i), "text " + i);
        }
        assertThat(sync(ring)).isZero();
        for (int i = 0; i < 5; i++) {
            Files.delete(folder.resolve("f" + i));
        }
        assertThat(sync(ring)).isEqualTo(14);
        try (Ring client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()))) {
            assertThat(client.names().list("s/").names()).hasSize(6);
            assertThat(sync(ring, "--yes")).isZero();
            assertThat(client.names().list("s/").names()).hasSize(1);
        }
    }

    @Test
    void anotherRingEndsWithFifteenAndAnotherSyncWithEleven() throws IOException {
        Files.writeString(folder.resolve("a"), "text");
        assertThat(sync(ring)).isZero();
        try (LocalRing other = new LocalRing(work.resolve("other"), 1);
                Ring client = Ring.connect(RingOptions.DEFAULT, List.of(other.entry()))) {
            assertThat(sync(other)).isEqualTo(15);
            assertThat(client.names().list("").names()).isEmpty();
            assertThat(folder.resolve("a")).hasContent("text");
            assertThat(sync(other, "--adopt")).isZero();
            assertThat(client.names().list("s/").names()).hasSize(1);
            try (FolderSync.Hold hold = new FolderSync(client, folder, "s/").hold()) {
                assertThat(sync(other)).isEqualTo(11);
            }
        }
    }
}
