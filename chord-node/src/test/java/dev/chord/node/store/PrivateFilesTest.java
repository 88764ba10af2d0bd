package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFilesTest {
    @TempDir
    private Path work;

    private Path root;

    @BeforeEach
    void posix() {
        assumeTrue(
                work.getFileSystem().supportedFileAttributeViews().contains("posix"), "this file system has no modes");
        root = work.resolve("data");
    }

    private static void mode(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    // A life of a node: a block in a file, one in the database, a record of its own.
    private void live() throws IOException {
        try (DataDirectory directory = DataDirectory.open(root);
                NodeStore store = new NodeStore(new DiskIo(), root, StoreLimits.NONE, Clock.systemUTC())) {
            directory.writeAddress("127.0.0.1:1");
            KeptBlocks kept = new KeptBlocks(store.blocks());
            for (int size : List.of(10, StoreLimits.SMALL + 1)) {
                ByteBuffer data = ByteBuffer.allocate(size);
                kept.put(Identifier.sha256(data), data, 0);
            }
        }
    }

    private Map<Path, String> open() throws IOException {
        Map<Path, String> open = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                if (!mode(path).endsWith("------")) {
                    open.put(path, mode(path));
                }
            }
        }
        return open;
    }

    @Test
    void whatANodeMakesIsItsUsersAlone() throws IOException {
        live();
        assertThat(open()).isEmpty();
    }

    @Test
    void aDirectoryOfAnEarlierVersionIsClosedAtTheNextStart() throws IOException {
        live();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                mode(path, Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--");
            }
        }
        assertThat(open()).isNotEmpty();
        live();
        assertThat(open()).isEmpty();
    }

    @Test
    void whatOthersCanWriteIsRefused() throws IOException {
        live();
        for (Path path : List.of(root, root.resolve("blocks/ab"), root.resolve("records.db"))) {
            String before = mode(path);
            mode(root, "rwxr-xr-x");
            mode(path, Files.isDirectory(path) ? "rwxr-xrwx" : "rw-r--rw-");
            assertThatThrownBy(this::live).isInstanceOfSatisfying(ChordException.class, e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.NOT_PERMITTED);
                assertThat(e.getMessage()).contains(path.toString());
            });
            mode(path, before);
        }
        live();
    }

    @Test
    void anEmptyDirectoryThatAllCanWriteIsTaken() throws IOException {
        Files.createDirectory(root);
        mode(root, "rwxrwxrwx");
        live();
        assertThat(open()).isEmpty();
    }

    @Test
    void otherPeoplesFilesKeepTheirModes() throws IOException {
        Files.createDirectory(root);
        Path letter = Files.writeString(root.resolve("letter.txt"), "dear all");
        mode(letter, "rw-r--r--");
        mode(root, "rwxr-xr-x");
        live();
        live();
        assertThat(mode(letter)).isEqualTo("rw-r--r--");
        assertThat(open().keySet()).isSubsetOf(letter, root);
    }
}
