package dev.chord.client.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is written to while it is read: whole in the end, or refused, never a mixture. */
class ChangingFileTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void make() throws IOException {
        file = Files.write(directory.resolve("f"), new byte[3 * FileManifest.CHUNK]);
    }

    private interface Deed {
        void run() throws IOException;
    }

    // Reads the file and lets something happen at the second chunk of the first readings.
    private FileManifest during(int readings, Deed deed) throws IOException {
        AtomicInteger chunks = new AtomicInteger();
        return FileDigester.digest(file, (digest, data) -> {
            int chunk = chunks.getAndIncrement();
            if (chunk % 3 == 1 && chunk / 3 < readings) {
                deed.run();
            }
        });
    }

    private void overwriteKeepingTime() throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) System.nanoTime(), 1}), 0);
        }
        Files.setLastModifiedTime(file, time);
    }

    private void replace() throws IOException {
        Path other = Files.write(directory.resolve("other"), new byte[3 * FileManifest.CHUNK]);
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void oneWriteMeanwhileAndItIsReadAgain() throws IOException {
        FileManifest manifest = during(1, this::overwriteKeepingTime);
        assertThat(manifest).isEqualTo(FileDigester.digest(file, (d, c) -> {}));
    }

    @Test
    void whoeverWritesAllTheTimeIsToldSo() {
        for (Deed deed : new Deed[] {this::overwriteKeepingTime, this::replace}) {
            assertThatThrownBy(() -> during(2, deed))
                    .isInstanceOfSatisfying(
                            ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTEGRITY))
                    .hasMessageContaining("changed while it was read");
        }
    }

    @Test
    void growingAndShrinkingAreChanges() {
        assertThatThrownBy(() -> during(2, () -> Files.write(file, new byte[1], StandardOpenOption.APPEND)))
                .hasMessageContaining("changed");
        assertThatThrownBy(() -> FileDigester.digest(file, (digest, data) -> {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(channel.size() - 1);
                    }
                }))
                .hasMessageContaining("changed");
    }

    @Test
    void oneThatVanishesIsNotFound() {
        assertThatThrownBy(() -> during(2, () -> Files.delete(file)))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }
}
