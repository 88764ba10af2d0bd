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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockStoreTest {
    @TempDir
    Path root;

    private static final StoreLimits FILES_ONLY = limits(0, Long.MAX_VALUE);

    private final List<Database> databases = new ArrayList<>();
    private BlockStore store;
    private KeptBlocks kept;
    private final ByteBuffer data = StandardCharsets.UTF_8.encode("some bytes worth keeping");
    private final Identifier digest = Identifier.sha256(data);

    @BeforeEach
    void open() throws IOException {
        store = open(FILES_ONLY);
        kept = new KeptBlocks(store);
    }

    @AfterEach
    void close() {
        databases.forEach(Database::close);
    }

    private BlockStore open(StoreLimits limits) throws IOException {
        Database database = new Database(root.resolve("records.db"), NodeStore.SCHEMA);
        databases.add(database);
        return new BlockStore(new DiskIo(), root, database, limits);
    }

    private static StoreLimits limits(double reserve, long quota) {
        return new StoreLimits(reserve, disk -> quota, 0);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("blocks"))) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    @Test
    void keepsWhatWasPutAlsoAfterReopening() throws IOException {
        assertThat(kept.put(digest, data, 0)).isFalse();
        assertThat(kept.put(digest, data, 0)).as("known the second time").isTrue();
        assertThat(open(FILES_ONLY).get(digest)).hasValue(data);
        assertThat(store.count()).isEqualTo(1);
        assertThat(store.totalBytes()).isEqualTo(data.remaining());
    }

    @Test
    void refusesABlockUnderAWrongDigest() {
        assertThatThrownBy(() -> kept.put(Identifier.of(1), data, 0)).isInstanceOf(ChordException.class);
        assertThat(store.count()).isZero();
    }

    @Test
    void everyDamageIsNoticedPutAsideAndCanBeHealed() throws IOException {
        kept.put(digest, data, 0);
        byte[] good = Files.readAllBytes(file());
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            expectDamage(bad);
        }
        for (byte[] bad : List.of(
                new byte[0], java.util.Arrays.copyOf(good, 10), java.util.Arrays.copyOf(good, good.length + 1))) {
            expectDamage(bad);
        }
    }

    private void expectDamage(byte[] bad) throws IOException {
        Files.write(file(), bad);
        assertThatThrownBy(() -> store.get(digest))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTEGRITY));
        assertThat(store.has(digest)).as("counts as absent").isFalse();
        assertThat(kept.put(digest, data, 0)).as("a good copy is taken").isFalse();
        assertThat(store.get(digest)).hasValue(data);
    }

    @Test
    void aDamagedCopyDoesNotTurnAGoodOneAway() throws IOException {
        kept.put(digest, data, 0);
        Files.write(file(), new byte[] {1, 2, 3});
        assertThat(kept.put(digest, data, 0)).isFalse();
        assertThat(store.get(digest)).hasValue(data);
    }

    @Test
    void unfinishedWritesAreSweptAway() throws IOException {
        Path left = root.resolve("blocks/ab/" + digest.toHex() + "-7.tmp");
        Files.write(left, new byte[10]);
        open(FILES_ONLY);
        assertThat(left).doesNotExist();
    }

    @Test
    void aFullDiskIsRefusedBeforeAnythingIsWritten() throws IOException {
        BlockStore full = open(limits(1.0, Long.MAX_VALUE));
        KeptBlocks fullKept = new KeptBlocks(full);
        assertThatThrownBy(() -> fullKept.put(digest, data, 0))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
        assertThat(full.get(digest)).isEmpty();
    }

    @Test
    void aBlockOfTheFirstFormatIsReadAndKept() throws IOException {
        ByteBuffer old = ByteBuffer.allocate(8 + Identifier.BYTES + data.remaining())
                .putInt(0x43484231)
                .putInt(data.remaining())
                .put(digest.toBytes())
                .put(data.duplicate());
        Path file = root.resolve("blocks/" + digest.toHex().substring(0, 2) + "/" + digest.toHex());
        Files.write(file, old.array());
        store = open(FILES_ONLY);
        kept = new KeptBlocks(store);
        assertThat(store.get(digest)).hasValue(data);
        assertThat(store.scrub()).isEmpty();
        assertThat(kept.put(digest, data, 0)).as("known").isTrue();
        byte[] bad = old.array().clone();
        bad[bad.length - 1] ^= 1;
        Files.write(file, bad);
        assertThat(store.scrub()).containsExactly(digest);
    }

    @Test
    void smallBlocksLiveInTheDatabaseAndAreVerifiedToo() throws Exception {
        BlockStore small = open(StoreLimits.NONE);
        KeptBlocks smallKept = new KeptBlocks(small);
        smallKept.put(digest, data, 0);
        try (Stream<Path> files = Files.walk(root.resolve("blocks"))) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(open(StoreLimits.NONE).get(digest)).hasValue(data);
        databases
                .get(0)
                .write(c -> c.createStatement().executeUpdate("UPDATE small_blocks SET data = x'00'"))
                .get();
        assertThat(small.scrub()).containsExactly(digest);
        assertThat(smallKept.put(digest, data, 0)).as("a good copy is taken").isFalse();
    }

    @Test
    void theQuotaIsKeptAndWhatIsThereStaysReadable() throws IOException {
        BlockStore tight = open(limits(0, data.remaining() + 5));
        KeptBlocks tightKept = new KeptBlocks(tight);
        tightKept.put(digest, data, 0);
        ByteBuffer more = StandardCharsets.UTF_8.encode("more than fits");
        assertThatThrownBy(() -> tightKept.put(Identifier.sha256(more), more, 0))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
        assertThat(tight.get(digest)).hasValue(data);
        Database.await(tight.delete(digest));
        assertThat(tightKept.put(Identifier.sha256(more), more, 0)).isFalse();
    }

    @Test
    void aBlockStaysAsLongAsSomebodyNeedsItAndGoesThen() {
        kept.put(digest, data, 0);
        assertThat(kept.reclaim(Duration.ofHours(9))).isZero();
        kept.renew(List.of(digest), 0);
        assertThat(kept.reclaim(Duration.ofHours(9))).isZero();
        assertThat(kept.reclaim(Duration.ofHours(2))).isEqualTo(1);
        assertThat(store.get(digest)).isEmpty();
    }

    @Test
    void aCondemnedBlockGoesSoonUnlessSomebodyElseNeedsItOrPutsItAgain() {
        kept.put(digest, data, 0);
        kept.condemn(List.of(digest));
        assertThat(kept.reclaim(Duration.ofHours(2))).isZero();
        kept.renew(List.of(digest), 0);
        assertThat(kept.reclaim(Duration.ofHours(2))).isZero();
        kept.condemn(List.of(digest));
        assertThat(kept.put(digest, data, 0))
                .as("the same block is uploaded again")
                .isTrue();
        assertThat(kept.reclaim(Duration.ofHours(4))).isZero();
        kept.condemn(List.of(digest));
        assertThat(kept.reclaim(Duration.ofHours(4))).isEqualTo(1);
        assertThat(store.has(digest)).isFalse();
    }

    @Test
    void aCopyDoesNotRenewSoHoldersDoNotKeepABlockAliveForEachOther() throws IOException {
        kept.put(digest, data, 0);
        kept.condemn(List.of(digest));
        kept.reclaim(Duration.ofHours(2));
        assertThat(kept.leaseLeft(digest)).isEqualTo(Duration.ofHours(1));
        assertThat(kept.copy(digest, data, Duration.ofHours(9))).as("known").isTrue();
        assertThat(kept.reclaim(Duration.ofHours(2))).isEqualTo(1);
        assertThat(kept.copy(digest, data, Duration.ofMinutes(30))).isFalse();
        assertThat(kept.reclaim(Duration.ofHours(1))).isEqualTo(1);
    }

    @Test
    void whatIsCondemnedStaysSoAfterARestart() throws IOException {
        kept.put(digest, data, 0);
        kept.condemn(List.of(digest));
        Database.await(databases.get(0).write(connection -> true)); // it is written in the order of the calls
        KeptBlocks restarted = new KeptBlocks(open(FILES_ONLY));
        assertThat(restarted.reclaim(Duration.ofHours(4))).isEqualTo(1);
    }

    @Test
    void theLargestWishForCopiesCountsAndIsRemembered() throws IOException {
        kept.put(digest, data, 2);
        assertThat(kept.copies(digest)).isEqualTo(2);
        kept.put(digest, data, 5);
        kept.renew(List.of(digest), 4);
        assertThat(kept.copies(digest)).isEqualTo(5);
        assertThat(new KeptBlocks(open(FILES_ONLY)).copies(digest)).isEqualTo(5);
    }

    /** A disk that is broken in one way. */
    private static class BrokenIo extends DiskIo {
        private volatile boolean broken;

        @Override
        public NewFile create(Path file) throws IOException {
            NewFile out = super.create(file);
            return new NewFile() {
                @Override
                public void write(ByteBuffer... parts) throws IOException {
                    out.write(parts);
                }

                @Override
                public void sync() throws IOException {
                    if (broken) {
                        throw new IOException("Input/output error");
                    }
                    out.sync();
                }

                @Override
                public void close() throws IOException {
                    out.close();
                }
            };
        }

        @Override
        public byte[] read(Path file) throws IOException {
            if (broken) {
                throw new IOException(file + ": Too many open files");
            }
            return super.read(file);
        }
    }

    @Test
    void afterAFailedFsyncNothingIsWrittenUntilARestartAndThenEverythingIsReadOnce() throws IOException {
        BrokenIo disk = new BrokenIo();
        Database database = new Database(root.resolve("records.db"), NodeStore.SCHEMA);
        databases.add(database);
        BlockStore failing = new BlockStore(disk, root, database, FILES_ONLY);
        KeptBlocks failingKept = new KeptBlocks(failing);
        failingKept.put(digest, data, 0);
        ByteBuffer more = StandardCharsets.UTF_8.encode("the disk fails with this one");
        disk.broken = true;
        assertThatThrownBy(() -> failingKept.put(Identifier.sha256(more), more, 0))
                .isInstanceOf(ChordException.class);
        disk.broken = false;
        assertThat(failing.degraded()).isTrue();
        assertThat(failing.has(Identifier.sha256(more))).isFalse();
        assertThatThrownBy(() -> failingKept.put(Identifier.sha256(more), more, 0))
                .hasMessageContaining("refuses writes");
        assertThat(failing.get(digest)).as("reads go on").hasValue(data);
        BlockStore restarted = open(FILES_ONLY);
        assertThat(restarted.degraded()).isFalse();
        assertThat(restarted.suspect()).isTrue();
        assertThat(restarted.scrub()).isEmpty();
        assertThat(restarted.suspect()).isFalse();
        assertThat(open(FILES_ONLY).suspect()).isFalse();
    }

    @Test
    void whatCannotBeReadNowIsNotTakenForDamaged() throws IOException {
        BrokenIo disk = new BrokenIo();
        kept.put(digest, data, 0);
        Database database = new Database(root.resolve("records.db"), NodeStore.SCHEMA);
        databases.add(database);
        BlockStore busy = new BlockStore(disk, root, database, FILES_ONLY);
        disk.broken = true;
        assertThatThrownBy(() -> busy.get(digest))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNFINISHED));
        disk.broken = false;
        assertThat(busy.get(digest)).hasValue(data);
    }

    @Test
    void manyWritersShareTheSyncingOfDirectories() throws Exception {
        AtomicInteger syncs = new AtomicInteger();
        StoreIo counting = new DiskIo() {
            @Override
            public void syncDirectory(Path directory) throws IOException {
                syncs.incrementAndGet();
                super.syncDirectory(directory);
            }
        };
        DirectorySyncs group = new DirectorySyncs(counting);
        CountDownLatch go = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(32);
        List<Future<?>> waiting = new ArrayList<>();
        for (int i = 0; i < 3200; i++) {
            waiting.add(pool.submit(() -> {
                go.await();
                group.sync(root);
                return null;
            }));
        }
        go.countDown();
        for (Future<?> future : waiting) {
            future.get();
        }
        pool.shutdown();
        assertThat(syncs.get()).isBetween(1, 3199);
    }

    @Test
    void aDirectoryOfThePreviousFormatIsTakenOverAndOneOfTheNextIsRefused() throws IOException {
        Path old = Files.createDirectories(root.resolve("old"));
        Files.writeString(old.resolve("format"), "1\n");
        DataDirectory.open(old).close();
        assertThat(old.resolve("format")).hasContent("2");
        Files.writeString(old.resolve("format"), "3");
        assertThatThrownBy(() -> DataDirectory.open(old))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INCOMPATIBLE));
    }
}
