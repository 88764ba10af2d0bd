package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.sync.FolderSync;
import dev.chord.client.sync.FolderSync.Done;
import dev.chord.client.sync.FolderSync.Kind;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two folders, each in step with the ring through a node of its own. */
class FolderSyncTest {
    @TempDir
    private Path work;

    private LocalRing nodes;
    private Ring one;
    private Ring two;
    private Path left;
    private Path right;

    @BeforeEach
    void start() throws IOException {
        nodes = new LocalRing(Files.createDirectories(work.resolve("ring")), 3);
        nodes.awaitIdeal(Duration.ofMinutes(3));
        one = Ring.connect(RingOptions.DEFAULT, List.of(nodes.nodes().get(0).endpoint()));
        two = Ring.connect(RingOptions.DEFAULT, List.of(nodes.nodes().get(2).endpoint()));
        left = Files.createDirectories(work.resolve("left"));
        right = Files.createDirectories(work.resolve("right"));
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        nodes.close();
    }

    private List<Done> left() {
        return new FolderSync(one, left, "box/").round().done();
    }

    private List<Done> right() {
        return new FolderSync(two, right, "box/").round().done();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile)
                    .map(p -> folder.relativize(p).toString())
                    .filter(n -> !n.startsWith(".chord"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void newChangedAndRemovedFilesGoBothWays() throws IOException {
        Files.createDirectories(left.resolve("sub"));
        Files.writeString(left.resolve("a.txt"), "from the left");
        Files.writeString(left.resolve("sub/b.txt"), "deep");
        Files.writeString(right.resolve("c.txt"), "from the right");
        assertThat(left()).containsExactly(new Done(Kind.STORED, "a.txt"), new Done(Kind.STORED, "sub/b.txt"));
        assertThat(right())
                .containsExactly(
                        new Done(Kind.FETCHED, "a.txt"),
                        new Done(Kind.STORED, "c.txt"),
                        new Done(Kind.FETCHED, "sub/b.txt"));
        assertThat(left()).containsExactly(new Done(Kind.FETCHED, "c.txt"));
        assertThat(left()).as("in step").isEmpty();
        assertThat(right()).as("in step").isEmpty();

        Files.writeString(right.resolve("a.txt"), "changed on the right");
        Files.delete(right.resolve("sub/b.txt"));
        assertThat(right()).containsExactly(new Done(Kind.STORED, "a.txt"), new Done(Kind.REMOVED_THERE, "sub/b.txt"));
        assertThat(left()).containsExactly(new Done(Kind.FETCHED, "a.txt"), new Done(Kind.REMOVED_HERE, "sub/b.txt"));
        assertThat(left.resolve("a.txt")).hasContent("changed on the right");
        assertThat(files(left)).isEqualTo(files(right)).containsExactly("a.txt", "c.txt");
    }

    @Test
    void whatChangedOnBothSidesIsKeptTwice() throws IOException {
        Files.writeString(left.resolve("a.txt"), "first");
        left();
        right();
        Files.writeString(left.resolve("a.txt"), "left changed it");
        Files.writeString(right.resolve("a.txt"), "right changed it too");
        assertThat(left()).containsExactly(new Done(Kind.STORED, "a.txt"));
        assertThat(right()).containsExactly(new Done(Kind.CONFLICT, "a.txt"));
        assertThat(right.resolve("a.txt")).as("not overwritten").hasContent("right changed it too");
        for (int i = 0; i < 3; i++) {
            right();
            left();
        }
        assertThat(files(left)).isEqualTo(files(right)).hasSize(2);
        assertThat(left.resolve("a.txt")).hasContent("right changed it too");
        String beside = files(left).get(0);
        assertThat(beside).matches("a\\.conflict-\\d+\\.\\d+\\.txt");
        assertThat(left.resolve(beside)).hasContent("left changed it");
    }

    @Test
    void whatWasRemovedHereAndChangedThereStays() throws IOException {
        Files.writeString(left.resolve("a.txt"), "first");
        left();
        right();
        Files.delete(left.resolve("a.txt"));
        Files.writeString(right.resolve("a.txt"), "worth keeping");
        right();
        assertThat(left()).containsExactly(new Done(Kind.FETCHED, "a.txt"));
        assertThat(left.resolve("a.txt")).hasContent("worth keeping");
    }
}
