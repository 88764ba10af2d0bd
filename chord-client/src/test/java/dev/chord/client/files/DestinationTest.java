package dev.chord.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where files go: what the user named is followed, what the ring named is not. */
class DestinationTest {
    private static final Identifier CONTENT = Identifier.of(0xc0ffee);

    @TempDir
    Path directory;

    private static void bring(Destination to, String text) throws IOException {
        try (GrowingFile file = GrowingFile.open(to, CONTENT, true)) {
            file.channel().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
            file.place();
        }
    }

    private List<String> left() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.map(p -> p.getFileName().toString())
                    .filter(name -> name.startsWith(GrowingFile.BEGINNING))
                    .toList();
        }
    }

    private static void refused(ErrorCode code, Destination to) {
        assertThatThrownBy(() -> bring(to, "from the ring"))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void aNameFromTheRingPassesThroughNoLink() throws IOException {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Path out = Files.createDirectories(directory.resolve("out/a"));
        Files.createSymbolicLink(out.resolve("dir"), outside);
        Files.createSymbolicLink(out.resolve("file"), outside.resolve("new"));
        Path precious = Files.writeString(outside.resolve("precious"), "precious");
        Files.createSymbolicLink(out.resolve("old"), precious);
        for (String name : List.of("a/dir/x", "a/file", "a/old")) {
            refused(ErrorCode.NOT_PERMITTED, Destination.below(directory.resolve("out"), name));
        }
        assertThat(precious).hasContent("precious");
        assertThat(outside).isDirectoryNotContaining("glob:**{new,x}");
        assertThat(left()).isEmpty();
    }

    @Test
    void aDirectoryThatTheUserNamedMayBeALink() throws IOException {
        Path real = Files.createDirectories(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        bring(Destination.below(link, "x/y"), "text");
        assertThat(real.resolve("x/y")).hasContent("text");
        assertThat(left()).isEmpty();
    }

    @Test
    void aFileThatTheUserNamedIsFollowedThroughAllItsLinks() throws IOException {
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        Path one = Files.createSymbolicLink(directory.resolve("one"), Path.of("two"));
        Path two = Files.createSymbolicLink(directory.resolve("two"), Path.of("elsewhere/target"));
        bring(Destination.named(one), "text");
        assertThat(one).isSymbolicLink();
        assertThat(two).isSymbolicLink();
        assertThat(elsewhere.resolve("target")).hasContent("text").isRegularFile();
        Path round = directory.resolve("round");
        Files.createSymbolicLink(round, Path.of("round"));
        assertThatThrownBy(() -> Destination.named(round)).hasMessageContaining("circle");
    }

    @Test
    void whatIsNoRegularFileIsWrittenInto() throws IOException {
        Path device = Path.of("/dev/null");
        Assumptions.assumeTrue(Files.exists(device), "there is no /dev/null");
        Path link = Files.createSymbolicLink(directory.resolve("link"), device);
        assertThat(Destination.named(link).special()).isTrue();
        assertThat(Destination.named(link).path()).isEqualTo(device);
        assertThat(Files.isRegularFile(device, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(Destination.named(directory.resolve("new")).special()).isFalse();
        assertThatThrownBy(() -> Destination.named(directory)).hasMessageContaining("is a directory");
    }

    @Test
    void filesAndDirectoriesInTheWayAreNamed() throws IOException {
        Files.writeString(directory.resolve("file"), "kept");
        Files.createDirectories(directory.resolve("dir"));
        refused(ErrorCode.USAGE, Destination.below(directory, "file/x"));
        refused(ErrorCode.USAGE, Destination.below(directory.resolve("file"), "x"));
        refused(ErrorCode.USAGE, Destination.below(directory, "dir"));
        assertThat(directory.resolve("file")).hasContent("kept");
        assertThat(left()).isEmpty();
    }

    @Test
    void unfinishedFilesHaveShortNamesNobodyForesees() throws IOException {
        String longest = "n".repeat(255);
        Destination to = Destination.below(directory, longest);
        try (GrowingFile one = GrowingFile.open(to, CONTENT, true);
                GrowingFile two = GrowingFile.open(to, CONTENT, true)) {
            assertThat(left()).hasSize(2).doesNotHaveDuplicates().allMatch(name -> name.length() < 40);
            one.place();
            assertThat(two.channel().isOpen()).isTrue();
        }
        assertThat(directory.resolve(longest)).exists();
        assertThat(left()).as("nothing was worth keeping").isEmpty();
    }

    @Test
    void anEarlierTryIsGoneOnWithUnlessItIsALink() throws IOException {
        Destination to = Destination.below(directory, "x");
        try (GrowingFile file = GrowingFile.open(to, CONTENT, true)) {
            file.channel().write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
            file.keep();
        }
        String kept = left().get(0);
        try (GrowingFile file = GrowingFile.open(to, CONTENT, true)) {
            assertThat(file.channel().size()).isEqualTo(3);
            file.keep();
        }
        assertThat(left()).containsExactly(kept);
        Path precious = Files.writeString(directory.resolve("precious"), "precious");
        Files.delete(directory.resolve(kept));
        Files.createSymbolicLink(directory.resolve(kept), precious);
        bring(to, "text");
        Files.delete(directory.resolve(kept));
        Files.createLink(directory.resolve(kept), precious);
        bring(to, "text");
        assertThat(precious).hasContent("precious");
    }
}
