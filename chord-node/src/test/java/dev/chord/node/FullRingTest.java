package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.Progress;
import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.version.Version;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A ring that has room for 20 MB on each of its three nodes, and more is put than fits. */
class FullRingTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int MEGA = 1_000_000;

    @TempDir
    private Path work;

    private final Random random = new Random(7);
    private LocalRing ring;

    @BeforeEach
    void start() {
        ring = new LocalRing(work.resolve("ring"), 3, config -> config.with(ConfigKey.STORE_QUOTA, "20MB"));
        ring.awaitIdeal(LIMIT);
    }

    @AfterEach
    void stop() {
        ring.close();
    }

    private Path file(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return Files.write(work.resolve(name), bytes);
    }

    private Ring connect() {
        return Ring.connect(RingOptions.DEFAULT.withTimeout(LIMIT), List.of(ring.entry()));
    }

    private static void assertRefused(ErrorCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        ChordException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    private long stored() {
        return ring.nodes().stream()
                .mapToLong(n -> n.store().blocks().totalBytes())
                .sum();
    }

    private void assertReadable(Ring client, Path file) throws IOException {
        Path copy = client.files()
                .download(file.getFileName().toString(), work.resolve("copy"))
                .path();
        assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
        Files.delete(copy);
    }

    @Test
    void whatDoesNotFitLeavesNothingBehindWhereverItWas() throws IOException {
        try (Ring client = connect()) {
            Path kept = file("kept", 3 * MEGA);
            client.files().put(kept, "kept");
            long before = stored();
            Path large = file("large", 40 * MEGA);
            assertRefused(ErrorCode.NO_SPACE, () -> client.files().put(large, "large"));
            assertThat(stored()).isEqualTo(before);
            Path next = file("next", 15 * MEGA);
            client.files().put(next, "next");
            assertReadable(client, next);
            assertReadable(client, kept);
        }
    }

    @Test
    void aRefusedPutOfWhatSomebodyElseHasDoesNothingToTheirs() throws IOException {
        try (Ring client = connect()) {
            Path shared = file("shared", 8 * MEGA);
            client.files().put(shared, "shared");
            byte[] longer = java.util.Arrays.copyOf(Files.readAllBytes(shared), 30 * MEGA);
            for (int i = 8 * MEGA; i < longer.length; i++) {
                longer[i] = (byte) random.nextInt();
            }
            Path large = Files.write(work.resolve("longer"), longer);
            assertRefused(ErrorCode.NO_SPACE, () -> client.files().put(large, "longer"));
            assertReadable(client, shared);
            // the name is taken: refused after all blocks were stored, and those of the other name stay
            PutOptions fresh = PutOptions.DEFAULT.onlyIf(Version.NONE);
            Path other = file("other", 4 * MEGA);
            long before = stored();
            assertRefused(ErrorCode.CONFLICT, () -> client.files().put(other, "shared", fresh, Progress.NONE));
            assertThat(stored()).isEqualTo(before);
            assertRefused(ErrorCode.CONFLICT, () -> client.files().put(shared, "shared", fresh, Progress.NONE));
            assertReadable(client, shared);
        }
    }

    @Test
    void ofManyAtOnceAsManySucceedAsFit() throws Exception {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            files.add(file("at-once-" + i, 8 * MEGA));
        }
        ExecutorService pool = Executors.newFixedThreadPool(files.size());
        List<Future<Boolean>> puts = new ArrayList<>();
        for (Path file : files) {
            puts.add(pool.submit((Callable<Boolean>) () -> {
                try (Ring client = connect()) {
                    client.files().put(file, file.getFileName().toString());
                    return true;
                } catch (ChordException e) {
                    assertThat(e.code()).as(e.getMessage()).isIn(ErrorCode.NO_SPACE, ErrorCode.UNFINISHED);
                    return false;
                }
            }));
        }
        int succeeded = 0;
        try (Ring client = connect()) {
            for (int i = 0; i < files.size(); i++) {
                if (puts.get(i).get()) {
                    succeeded++;
                    assertReadable(client, files.get(i));
                } else {
                    Path refused = files.get(i);
                    assertRefused(ErrorCode.NOT_FOUND, () -> assertReadable(client, refused));
                }
            }
        }
        pool.shutdown();
        assertThat(succeeded).isGreaterThanOrEqualTo(2);
        assertThat(stored()).isLessThanOrEqualTo(succeeded * 3L * 8_010_000);
    }
}
