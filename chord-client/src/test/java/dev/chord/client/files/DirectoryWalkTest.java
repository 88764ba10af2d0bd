package dev.chord.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files to names: one to one, and what gets no name is told. */
class DirectoryWalkTest {
    @TempDir
    Path directory;

    private Path file(String name) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, name);
    }

    private static List<String> names(DirectoryWalk walk) {
        return walk.files().stream().map(DirectoryWalk.Found::name).toList();
    }

    private static List<String> reasons(DirectoryWalk walk) {
        return walk.leftOut().stream()
                .map(left -> left.name() + ": " + left.why())
                .toList();
    }

    @Test
    void aBackslashIsNoSlash() throws IOException {
        file("x/y");
        file("x\\y");
        DirectoryWalk walk = DirectoryWalk.of(directory, "d");
        assertThat(names(walk)).containsExactly("d/x/y");
        assertThat(reasons(walk)).containsExactly("d/x\\y: it contains a backslash");
        assertThat(walk.faulty()).isTrue();
    }

    @Test
    void namesThatOnlyLookAlikeStayTwo() throws IOException {
        file("a\u0308");
        file("\u00e4");
        DirectoryWalk walk = DirectoryWalk.of(directory, "d");
        assertThat(names(walk)).containsExactlyInAnyOrder("d/a\u0308", "d/\u00e4");
        assertThat(walk.leftOut()).isEmpty();
    }

    @Test
    void aNameThatIsNoUtf8IsLeftOut() throws IOException {
        Assumptions.assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("unix"), "not a Unix");
        Path bad = Path.of(URI.create(directory.toUri().toString().replaceAll("/$", "") + "/b%ffd/"));
        Files.createDirectories(bad);
        Files.writeString(bad.resolve("in"), "x");
        file("good");
        DirectoryWalk walk = DirectoryWalk.of(directory, "d");
        assertThat(names(walk)).containsExactly("d/good");
        assertThat(reasons(walk)).singleElement().asString().endsWith("its name is no UTF-8");
        assertThat(names(DirectoryWalk.of(bad, "given")))
                .as("below a directory that is no UTF-8 itself, under a name that is given")
                .containsExactly("given/in");
    }

    @Test
    void linksArePassedOverBelowTheRootAndFollowedThere() throws IOException {
        file("real/a");
        Files.createSymbolicLink(directory.resolve("real/l"), directory.resolve("real/a"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));
        DirectoryWalk walk = DirectoryWalk.of(link, "");
        assertThat(names(walk)).containsExactly("link/a");
        assertThat(reasons(walk)).containsExactly("link/l: a symbolic link, not followed");
        assertThat(walk.faulty()).isFalse();
    }

    @Test
    void aNameThatGetsTooLongByItsDirectoriesIsLeftOut() throws IOException {
        String part = "n".repeat(250);
        file(String.join("/", part, part, part, part, "end"));
        DirectoryWalk walk = DirectoryWalk.of(directory, "a directory with a name of its own");
        assertThat(walk.files()).isEmpty();
        assertThat(walk.leftOut())
                .singleElement()
                .satisfies(left -> assertThat(left.why()).contains("1024"));
    }

    @Test
    void whatIsIgnoredIsNotEntered() throws IOException {
        file(".chord-trash/x");
        file("y");
        DirectoryWalk walk = DirectoryWalk.of(
                directory, "d", path -> path.getFileName().toString().startsWith(".chord-"));
        assertThat(names(walk)).containsExactly("d/y");
    }

    @Test
    void aSingleFileHasItsOwnFault() throws IOException {
        expect(ErrorCode.USAGE, "backslash", file("a\\b"));
        expect(ErrorCode.NOT_FOUND, "no such file", directory.resolve("nothing"));
        DirectoryWalk walk = DirectoryWalk.of(file("plain"), "");
        assertThat(names(walk)).containsExactly("plain");
        assertThat(walk.tree()).isFalse();
    }

    private static void expect(ErrorCode code, String words, Path path) {
        assertThatThrownBy(() -> DirectoryWalk.of(path, ""))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(words);
    }

    @Test
    void twoFilesOfOneNameAreRefusedWithBothPaths() throws IOException {
        Path one = file("one/same");
        Path two = file("two/same");
        List<DirectoryWalk.Found> both = List.of(
                DirectoryWalk.of(one, "").files().get(0),
                DirectoryWalk.of(two, "").files().get(0));
        assertThatThrownBy(() -> DirectoryWalk.requireOneNameEach(both))
                .hasMessageContainingAll(one.toString(), two.toString(), "'same'");
    }
}
