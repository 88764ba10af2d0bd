package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.blocks.BlockLimits;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnfinishedUploadsTest {
    private static final int BLOCK = 20_000;
    private static final int ROOM = 10;

    @TempDir
    private Path root;

    private Database database;
    private final AtomicLong now = new AtomicLong();
    private BlockStore store;
    private KeptBlocks kept;

    @BeforeEach
    void open() throws IOException {
        StoreLimits limits = new StoreLimits(0, disk -> ROOM * BLOCK, StoreLimits.SMALL);
        database = new Database(root.resolve("records.db"), NodeStore.SCHEMA);
        store = new BlockStore(new DiskIo(), root, database, limits);
        kept = new KeptBlocks(store, Duration.ofDays(30), now::get);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static Precedence upload(long blocks, int id) {
        return new Precedence(blocks * BLOCK, Identifier.of(id));
    }

    private static ByteBuffer block(int content) {
        return ByteBuffer.allocate(BLOCK).putInt(0, content);
    }

    private static Identifier digest(int content) {
        return Identifier.sha256(block(content));
    }

    private void put(int content, Precedence upload) {
        kept.put(digest(content), block(content), upload);
    }

    private void put(int from, int to, Precedence upload) {
        for (int content = from; content < to; content++) {
            put(content, upload);
        }
    }

    private void assertRefused(int content, Precedence upload) {
        assertThatThrownBy(() -> put(content, upload))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
    }

    @Test
    void whatIsRefusedGivesItsRoomBackAtOnceAndNothingElse() {
        Precedence large = upload(20, 1);
        put(100, Precedence.FIRST); // somebody else's, of before
        put(100, large);
        put(0, 9, large);
        assertRefused(9, large);
        put(3, Precedence.FIRST); // somebody who cannot be told apart from others has the same block
        put(4, upload(30, 2)); // another upload has it too
        assertThat(kept.release(large.upload())).isEqualTo(7);
        assertThat(store.digests()).containsExactlyInAnyOrder(digest(100), digest(3), digest(4));
        assertRefused(1, large);
        assertThat(kept.release(Identifier.of(2))).isEqualTo(1);
        assertThat(store.count()).isEqualTo(2);
        put(10, 18, Precedence.FIRST);
        assertThat(store.totalBytes()).isEqualTo(ROOM * BLOCK);
    }

    @Test
    void aLargerUploadGivesWayAndHearsOfItBeforeItNamesAnything() {
        Precedence small = upload(6, 9);
        Precedence large = upload(7, 1);
        put(0, 6, large);
        put(100, 104, small);
        assertThat(store.count()).isEqualTo(ROOM);
        put(104, small);
        put(105, small);
        assertThat(store.totalBytes()).isEqualTo(6 * BLOCK);
        assertRefused(6, large);
        assertThat(kept.confirm(large.upload(), List.of(digest(0), digest(5)), 0))
                .isEmpty();
        assertThat(kept.confirm(small.upload(), List.of(digest(100), digest(105)), 0))
                .hasSize(2);
    }

    @Test
    void whoIsNotHeardOfAnyMoreMakesRoomForAnybodyAndMayComeBack() {
        Precedence vanished = upload(2, 1);
        put(0, 2, vanished);
        put(10, 18, Precedence.FIRST);
        assertRefused(20, upload(9, 2));
        now.addAndGet(BlockLimits.DEFAULT.patience() + 1);
        put(20, upload(9, 2));
        assertThat(kept.confirm(vanished.upload(), List.of(digest(0), digest(1)), 0))
                .isEmpty();
        kept.release(Identifier.of(2));
        put(0, 2, vanished);
        assertThat(kept.confirm(vanished.upload(), List.of(digest(0), digest(1)), 0))
                .hasSize(2);
        now.addAndGet(BlockLimits.DEFAULT.patience() + 1);
        assertRefused(21, Precedence.FIRST);
    }

    @Test
    void whatIsConfirmedOrNeededByANameGivesWayToNobody() {
        Precedence large = upload(7, 1);
        put(0, 5, large);
        Precedence named = upload(8, 2);
        put(5, 10, named);
        kept.confirm(large.upload(), List.of(digest(0)), 0);
        for (int content = 5; content < 10; content++) {
            kept.renew(List.of(digest(content)), 0); // the owner of a name speaks for them
        }
        assertRefused(50, Precedence.FIRST);
        assertThat(kept.release(named.upload())).as("the name needs them").isZero();
        assertThat(kept.release(large.upload())).as("its name was refused").isEqualTo(5);
        put(50, Precedence.FIRST);
    }

    @Test
    void oneThatIsLargerThanAllRoomKeepsNobodyOut() {
        put(0, 10, upload(1000, 1));
        for (int i = 0; i < 5; i++) {
            put(100 + 2 * i, 102 + 2 * i, upload(2, 10 + i));
            kept.confirm(Identifier.of(10 + i), List.of(digest(100 + 2 * i), digest(101 + 2 * i)), 0);
        }
        assertThat(store.count()).isEqualTo(ROOM);
        assertRefused(200, upload(2, 20));
    }

    @Test
    void twoThatStoreTheSameDoNotTakeItFromEachOther() {
        Precedence one = upload(4, 1);
        Precedence other = upload(5, 2);
        put(0, 4, one);
        put(0, 4, other);
        put(9, other);
        kept.confirm(one.upload(), List.of(digest(0), digest(1), digest(2), digest(3)), 0);
        assertThat(kept.release(other.upload())).isEqualTo(1);
        assertThat(store.count()).isEqualTo(4);
        assertThat(store.get(digest(2))).isPresent();
    }

    @Test
    void aCopyOfWhatIsUnfinishedDoesNotOutliveItForLong() {
        put(0, upload(7, 1));
        assertThat(kept.leaseLeft(digest(0))).isEqualTo(KeptBlocks.GRACE);
        kept.confirm(Identifier.of(1), List.of(digest(0)), 0);
        assertThat(kept.leaseLeft(digest(0))).isEqualTo(Duration.ofDays(30));
    }

    @Test
    void nobodyCanTakeBackWhatBelongsToNoUpload() {
        put(0, Precedence.FIRST);
        assertThat(kept.release(Identifier.ZERO)).isZero();
        put(1, Precedence.FIRST);
        assertThat(kept.release(Identifier.of(77))).isZero();
        assertThat(store.count()).isEqualTo(2);
    }
}
