package dev.chord.client.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.files.Destination;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is said to be larger than the disk. */
class PartFileRoomTest {
    @TempDir
    private Path directory;

    private static FileManifest claiming(long size) {
        return new FileManifest(size, 1 << 22, List.of(Identifier.ZERO), Identifier.ZERO);
    }

    @Test
    void roomIsAskedForBeforeAnythingIsWritten() throws IOException {
        assertThatThrownBy(() -> new PartFile(
                                Destination.named(directory.resolve("bomb")),
                                Identifier.ZERO,
                                claiming(1L << 60),
                                done -> {})
                        .close())
                .isInstanceOfSatisfying(ChordException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE);
                    assertThat(e.getMessage()).contains("bomb needs " + (1L << 60) + " bytes more");
                });
        try (var left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatFitsIsBegun() throws IOException {
        try (PartFile part =
                new PartFile(Destination.named(directory.resolve("small")), Identifier.ZERO, claiming(1), done -> {})) {
            assertThat(part.resumed()).isZero();
        }
    }
}
