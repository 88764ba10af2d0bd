package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockStoreTest {
    @TempDir
    Path root;

    private BlockStore store;
    private final ByteBuffer data = StandardCharsets.UTF_8.encode("some bytes worth keeping");
    private final Identifier digest = Identifier.sha256(data);

    @BeforeEach
    void open() throws IOException {
        store = new BlockStore(root, 0);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("blocks"))) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    @Test
    void keepsWhatWasPutAlsoAfterReopening() throws IOException {
        assertThat(store.put(digest, data)).isFalse();
        assertThat(store.put(digest, data)).as("known the second time").isTrue();
        assertThat(new BlockStore(root, 0).get(digest)).hasValue(data);
        assertThat(store.count()).isEqualTo(1);
        assertThat(store.totalBytes()).isEqualTo(data.remaining());
    }

    @Test
    void refusesABlockUnderAWrongDigest() {
        assertThatThrownBy(() -> store.put(Identifier.of(1), data)).isInstanceOf(ChordException.class);
        assertThat(store.count()).isZero();
    }

    @Test
    void everyDamageIsNoticedPutAsideAndCanBeHealed() throws IOException {
        store.put(digest, data);
        byte[] good = Files.readAllBytes(file());
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            boolean headerDigest = i >= 8 && i < 40; // the name says the digest too, so this one may pass
            expectDamage(bad, headerDigest);
        }
        for (byte[] bad : List.of(
                new byte[0], java.util.Arrays.copyOf(good, 10), java.util.Arrays.copyOf(good, good.length + 1))) {
            expectDamage(bad, false);
        }
    }

    private void expectDamage(byte[] bad, boolean harmless) throws IOException {
        Files.write(file(), bad);
        if (!harmless) {
            assertThatThrownBy(() -> store.get(digest))
                    .isInstanceOfSatisfying(
                            ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTEGRITY));
            assertThat(store.has(digest)).as("counts as absent").isFalse();
            assertThat(store.put(digest, data)).as("a good copy is taken").isFalse();
        }
        assertThat(store.get(digest)).hasValue(data);
    }

    @Test
    void aDamagedCopyDoesNotTurnAGoodOneAway() throws IOException {
        store.put(digest, data);
        Files.write(file(), new byte[] {1, 2, 3});
        assertThat(store.put(digest, data)).isFalse();
        assertThat(store.get(digest)).hasValue(data);
    }

    @Test
    void unfinishedWritesAreSweptAway() throws IOException {
        Path left = root.resolve("blocks/ab/" + digest.toHex() + "-7.tmp");
        Files.write(left, new byte[10]);
        new BlockStore(root, 0);
        assertThat(left).doesNotExist();
    }

    @Test
    void aFullDiskIsRefusedBeforeAnythingIsWritten() throws IOException {
        BlockStore full = new BlockStore(root, 1.0);
        assertThatThrownBy(() -> full.put(digest, data))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
        assertThat(full.get(digest)).isEmpty();
    }
}
