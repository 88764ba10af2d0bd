package dev.chord.client.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.core.id.Identifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentTest {
    @TempDir
    Path directory;

    @Test
    void namesThatWouldLeaveTheirPlaceAreRefused() {
        List<String> bad = List.of(
                "",
                "/etc/passwd",
                "..",
                "a/../b",
                "a/./b",
                "a//b",
                "a/",
                "/",
                "a\\b",
                "a\nb",
                "a\u0000b",
                "\u001b[2J",
                "x".repeat(1025),
                "\uD800",
                "./a",
                "a/..",
                "\u007f");
        for (String name : bad) {
            assertThatThrownBy(() -> FileName.of(name))
                    .as("name '%s'", name)
                    .isInstanceOfSatisfying(
                            ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.USAGE));
        }
    }

    @Test
    void oddButHonestNamesAreKept() {
        for (String name : List.of(
                "a", "a b", "ä", "日本語/文書.txt", "...", "..a", "-rf", "$HOME", "a@b", "%2e%2e", "x".repeat(1024))) {
            assertThat(FileName.of(name)).isEqualTo(name);
        }
        assertThat(FileName.of("a\u0308")).as("names are exact").isEqualTo("a\u0308");
    }

    @Property(tries = 2000)
    void whateverTheNameTheFileStaysBelowTheDirectory(@ForAll String name) {
        Path root = Path.of("/somewhere/safe");
        try {
            Path target = FileName.under(root, name);
            assertThat(target.startsWith(root) && !target.equals(root))
                    .as("%s", target)
                    .isTrue();
        } catch (ChordException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.USAGE);
        }
    }

    @Test
    void aManifestDescribesTheFileAndReadsBack() throws IOException {
        byte[] data = new byte[2 * FileManifest.CHUNK + 17];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 31 + i / 1000);
        }
        Path file = Files.write(directory.resolve("f"), data);
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        FileManifest manifest = FileDigester.digest(file, (digest, chunk) -> {
            assertThat(Identifier.sha256(chunk)).isEqualTo(digest);
            copy.write(chunk);
        });
        assertThat(copy.toByteArray()).isEqualTo(data);
        assertThat(manifest.chunks()).hasSize(3);
        assertThat(manifest.length(2)).isEqualTo(17);
        assertThat(manifest.digest()).isEqualTo(Identifier.sha256(data));
        assertThat(ManifestCodec.in(ByteBuffer.wrap(ManifestCodec.out(manifest))))
                .isEqualTo(manifest);
    }

    @Test
    void anEmptyFileHasNoChunks() throws IOException {
        FileManifest manifest = FileDigester.digest(Files.createFile(directory.resolve("e")), (d, c) -> {});
        assertThat(manifest.chunks()).isEmpty();
        assertThat(ManifestCodec.in(ByteBuffer.wrap(ManifestCodec.out(manifest))))
                .isEqualTo(manifest);
    }

    @Test
    void missingFilesAndDirectoriesAreNamed() {
        assertThatThrownBy(() -> FileDigester.digest(directory.resolve("no"), (d, c) -> {}))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThatThrownBy(() -> FileDigester.digest(directory, (d, c) -> {}))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.USAGE));
    }

    @Property(tries = 1000)
    void anyBytesAreAManifestOrAnIntegrityError(@ForAll byte[] bytes) {
        try {
            ManifestCodec.in(ByteBuffer.wrap(bytes));
        } catch (ChordException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INTEGRITY);
        }
    }

    @Test
    void manifestsWhoseNumbersDoNotFitAreRefused() {
        Identifier id = Identifier.of(1);
        for (FileManifest bad : List.of(
                new FileManifest(10, 4, List.of(id), id),
                new FileManifest(-1, 4, List.of(), id),
                new FileManifest(10, 0, List.of(id), id),
                new FileManifest(10, 1 << 30, List.of(id), id))) {
            assertThatThrownBy(() -> ManifestCodec.in(ByteBuffer.wrap(ManifestCodec.out(bad))))
                    .isInstanceOf(ChordException.class);
        }
    }
}
