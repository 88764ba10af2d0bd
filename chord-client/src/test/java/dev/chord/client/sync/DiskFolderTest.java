package dev.chord.client.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chord.client.content.FileStamp;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFolderTest {
    private static final Identifier ID = Identifier.of(5);

    @TempDir
    private Path work;

    private Path root;
    private DiskFolder folder;

    @BeforeEach
    void open() throws IOException {
        root = Files.createDirectories(work.resolve("folder")).toRealPath();
        folder = DiskFolder.open(root, "s/", Clock.systemUTC());
    }

    @AfterEach
    void close() throws IOException {
        folder.close();
    }

    private Path write(String name, String text) throws IOException {
        Path path = root.resolve(name);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, text);
    }

    @Test
    void aChangeThatKeepsSizeAndTimeShows() throws IOException {
        Path file = write("a", "AAAA");
        FileTime time = Files.getLastModifiedTime(file);
        FileStamp before = folder.stamp("a").orElseThrow();
        Files.writeString(file, "BBBB");
        Files.setLastModifiedTime(file, time);
        FileStamp after = folder.stamp("a").orElseThrow();
        assertThat(after.size()).isEqualTo(before.size());
        assertThat(after.modified()).isEqualTo(before.modified());
        // In the same tick of the file system's clock the stamp may be the same: then it does not count
        // as settled.
        assertThat(after.equals(before) && before.settled(folder.now())).isFalse();

        Files.writeString(root.resolve("other"), "CCCC");
        Files.setLastModifiedTime(root.resolve("other"), time);
        Files.move(root.resolve("other"), file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        assertThat(folder.stamp("a").orElseThrow().sameFile(before))
                .as("another file")
                .isFalse();
    }

    @Test
    void aFileIsReplacedOnlyIfItIsAsItWasSeen() throws IOException {
        write("d/a", "old");
        FileStamp seen = folder.stamp("d/a").orElseThrow();
        String own = folder.incoming("d/a", ID);
        Files.writeString(folder.path(own), "new");
        String kept = folder.keep("d/a");
        Files.writeString(root.resolve("d/a"), "an edit at the last moment");
        assertThat(folder.replace(own, "d/a", seen)).isFalse();
        assertThat(root.resolve("d/a")).hasContent("an edit at the last moment");
        assertThat(folder.path(kept)).as("what is kept is the file itself").hasContent("an edit at the last moment");

        assertThat(folder.replace(own, "d/a", folder.stamp("d/a").orElseThrow()))
                .isTrue();
        assertThat(root.resolve("d/a")).hasContent("new");
        assertThat(folder.path(kept)).hasContent("an edit at the last moment");
        assertThat(folder.path(own)).doesNotExist();
    }

    @Test
    void aLinkTakesNobodysPlace() throws IOException {
        write("a", "theirs");
        write(".chord-x", "ours");
        assertThat(folder.link(".chord-x", "a")).isFalse();
        assertThat(folder.link(".chord-x", "b")).isTrue();
        folder.delete(".chord-x");
        assertThat(root.resolve("a")).hasContent("theirs");
        assertThat(root.resolve("b")).hasContent("ours");
        assertThatThrownBy(() -> folder.delete("a")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsTakenIsInTheTrashForThirtyDays() throws IOException {
        write("d/a", "first");
        String first = folder.take("d/a");
        write("d/a", "second");
        String second = folder.take("d/a");
        assertThat(folder.path(first)).hasContent("first");
        assertThat(folder.path(second)).hasContent("second");
        assertThat(first).startsWith(".chord-trash/").endsWith("/d/a");
        assertThat(root.resolve("d/a")).doesNotExist();
        write(".chord-trash/of somebody else/x", "x");
        folder.emptyTrash();
        assertThat(folder.path(first)).exists();
        Clock later = Clock.fixed(Instant.now().plus(FolderTrash.LIFE).plusSeconds(5), ZoneOffset.UTC);
        new FolderTrash(root, later).empty();
        assertThat(folder.path(first)).doesNotExist();
        assertThat(root.resolve(".chord-trash/of somebody else/x")).exists();
    }

    @Test
    void nothingIsWrittenThroughALinkOrOverADirectory() throws IOException {
        Path outside = Files.createDirectories(work.resolve("outside"));
        Files.createSymbolicLink(root.resolve("link"), outside);
        write("file", "x");
        write("full/x", "x");
        Files.createDirectories(root.resolve("empty"));
        assertThatThrownBy(() -> folder.incoming("link/a", ID)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> folder.incoming("link", ID)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> folder.incoming("file/a", ID)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> folder.incoming("full", ID)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> folder.path("../a")).isInstanceOf(FileSystemException.class);
        assertThat(folder.incoming("empty", ID)).isEqualTo(".chord-" + ID.abbreviated());
        assertThat(folder.stamp("file/a")).isEmpty();
        assertThat(folder.stamp("full")).isEmpty();
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void whatAFetchLeftIsNoOtherNameOfAFile() throws IOException {
        String own = folder.incoming("a", ID);
        Files.writeString(folder.path(own), "fetched");
        folder.link(own, "a");
        String again = folder.incoming("a", ID);
        Files.writeString(folder.path(again), "fetched once more", StandardOpenOption.CREATE);
        assertThat(root.resolve("a")).hasContent("fetched");
    }

    @Test
    void oddThingsAreLeftOutWithTheirReasonsAndTheRestIsFound() throws IOException {
        write("a", "1");
        write("bad\nname", "2");
        write("back\\slash", "2");
        write("d/z", "3");
        write("x.0123456789.part", "4");
        write(".chord-own", "5");
        write("d/.chord-dir/x", "6");
        Files.createSymbolicLink(root.resolve("link"), root.resolve("a"));
        SyncFolder.Walk walk = folder.walk();
        assertThat(walk.files().keySet()).containsExactly("a", "d/z");
        assertThat(walk.leftOut().keySet()).containsExactly("back\\slash", "bad\nname", "link", "x.0123456789.part");
        assertThat(walk.leftOut().values()).noneMatch(String::isEmpty);
        assertThat(walk.links()).containsExactly("link");
    }

    @Test
    void aDirectoryThatCannotBeReadIsLeftOut() throws IOException {
        write("closed/a", "1");
        write("open/a", "1");
        assumeTrue(root.resolve("closed").toFile().setReadable(false, false), "permissions can be set here");
        try {
            assumeTrue(!Files.isReadable(root.resolve("closed")), "root reads everything");
            SyncFolder.Walk walk = folder.walk();
            assertThat(walk.files().keySet()).containsExactly("open/a");
            assertThat(walk.leftOut().keySet()).containsExactly("closed");
        } finally {
            assertThat(root.resolve("closed").toFile().setReadable(true)).isTrue();
        }
    }

    @Test
    void aFolderHasOneAtATimeAndIsMissedWhenItIsGone() throws IOException {
        assertThatThrownBy(() -> DiskFolder.open(root, "s/", Clock.systemUTC()))
                .isInstanceOf(ChordException.class)
                .extracting(e -> ((ChordException) e).code())
                .isEqualTo(ErrorCode.CONFLICT);
        Files.move(root, work.resolve("elsewhere"));
        Files.createDirectories(root);
        assertThatThrownBy(folder::walk)
                .isInstanceOf(ChordException.class)
                .extracting(e -> ((ChordException) e).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void theStateIsSavedInOneStep() throws IOException {
        assertThat(folder.loadState()).isEmpty();
        folder.saveState(List.of("x", "\u00e9"));
        assertThat(folder.loadState()).containsExactly("x", "\u00e9");
        Files.write(root.resolve(".chord-sync"), new byte[] {(byte) 0xff, '\n', 'a'});
        assertThat(folder.loadState()).as("whatever is in it").hasSize(2);
    }
}
