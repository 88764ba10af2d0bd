package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadStoreTest {
    private static final int QUOTA = 1_000_000;
    private static final int PIECE = 100_000;

    @TempDir
    private Path root;

    private final Hands clock = new Hands();
    private NodeStore node;
    private KeptBlocks kept;
    private UploadStore uploads;

    /** A clock that somebody sets. */
    private static final class Hands extends Clock {
        private Instant now = Instant.parse("2030-01-01T00:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }

        void forward(Duration time) {
            now = now.plus(time);
        }
    }

    @BeforeEach
    void start() throws IOException {
        StoreLimits limits = new StoreLimits(0, disk -> QUOTA, 0);
        node = new NodeStore(new DiskIo(), root, limits, clock);
        uploads = node.uploads();
        kept = new KeptBlocks(node.blocks());
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private void restart() throws IOException {
        stop();
        start();
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size);
    }

    private static void send(Upload upload, int size) {
        try (Upload.Piece piece = upload.receive(upload.received())) {
            piece.write(bytes(size));
        }
    }

    private void put(int size, int content) {
        ByteBuffer data = ByteBuffer.allocate(size).put(0, (byte) content);
        kept.put(Identifier.sha256(data), data, 0);
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> list = Files.list(root.resolve("incoming"))) {
            return list.toList();
        }
    }

    @Test
    void whatCameGoesOnAfterARestartAndWhatWasNotSyncedDoesNot() throws IOException {
        Upload begun = uploads.begin("a/b", 3 * PIECE);
        send(begun, PIECE);
        Files.write(begun.file(), new byte[7], java.nio.file.StandardOpenOption.APPEND); // as a crash leaves it
        restart();
        Upload again = uploads.get(begun.id());
        assertThat(again.name()).isEqualTo("a/b");
        assertThat(again.received()).isEqualTo(PIECE);
        assertRefused(ErrorCode.CONFLICT, () -> again.receive(PIECE + 7));
        send(again, 2 * PIECE);
        assertThat(again.whole()).isTrue();
        assertThat(Files.size(again.file())).isEqualTo(3 * PIECE);
        uploads.remove(again);
        assertRefused(ErrorCode.NOT_FOUND, () -> uploads.get(begun.id()));
        assertThat(files()).isEmpty();
    }

    @Test
    void whatCannotGoOnSaysWhyAlsoAfterAnotherRestart() throws IOException {
        Upload lost = uploads.begin("lost", PIECE);
        send(lost, PIECE / 2);
        Upload torn = uploads.begin("torn", PIECE);
        Upload old = uploads.begin("old", PIECE);
        Files.write(lost.file(), new byte[PIECE / 4]); // the disk lost bytes that it had promised to keep
        Files.writeString(root.resolve("incoming").resolve(torn.id() + ".upload"), "size=seven");
        restart();
        for (int life = 0; life < 2; life++) {
            for (Upload upload : List.of(lost, torn)) {
                assertThatThrownBy(() -> uploads.get(upload.id())).isInstanceOfSatisfying(ChordException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.CANNOT_RESUME);
                    assertThat(e.getMessage()).contains("restarted");
                });
            }
            assertThat(uploads.get(old.id()).received()).isZero();
            restart();
        }
        clock.forward(UploadStore.MAX_AGE.plusSeconds(1));
        assertRefused(ErrorCode.CANNOT_RESUME, () -> uploads.get(old.id()));
        clock.forward(Duration.ofDays(3));
        assertRefused(ErrorCode.NOT_FOUND, () -> uploads.get(old.id()));
        assertThat(files()).isEmpty();
    }

    @Test
    void bytesCountWhileTheyArriveAndOfManyAtOnceAsManySucceedAsFit() {
        List<Upload> admitted = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < 5; i++) {
            try {
                admitted.add(uploads.begin("n" + i, 3 * PIECE));
            } catch (ChordException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE);
                refused++;
            }
        }
        assertThat(admitted).hasSize(3);
        assertThat(refused).isEqualTo(2);
        assertRefused(ErrorCode.NO_SPACE, () -> put(2 * PIECE, 1));
        try (IncomingFile body = uploads.body(-1)) {
            body.write(bytes(PIECE));
            assertRefused(ErrorCode.NO_SPACE, () -> body.write(bytes(1)));
            assertThat(body.size()).as("nothing of what was refused").isEqualTo(PIECE);
        }
        admitted.forEach(upload -> send(upload, 3 * PIECE));
        admitted.forEach(uploads::remove);
        put(10 * PIECE, 2);
    }

    @Test
    void whoSendsNothingKeepsNoRoomForLong() {
        Upload silent = uploads.begin("silent", 9 * PIECE);
        assertRefused(ErrorCode.NO_SPACE, () -> uploads.begin("other", 5 * PIECE));
        clock.forward(UploadStore.QUIET.plusSeconds(1));
        Upload other = uploads.begin("other", 5 * PIECE);
        assertRefused(ErrorCode.NO_SPACE, () -> send(silent, PIECE));
        assertThat(silent.received()).isZero();
        uploads.remove(other);
        send(silent, PIECE);
        clock.forward(UploadStore.ABANDONED.plusSeconds(1));
        put(95 * PIECE / 10, 3);
        assertRefused(ErrorCode.CANNOT_RESUME, () -> uploads.get(silent.id()));
    }

    @Test
    void openUploadsAreBoundedAndTheQuietestMakesPlace() {
        List<Upload> all = new ArrayList<>();
        for (int i = 0; i < UploadStore.MAX_OPEN; i++) {
            all.add(uploads.begin("n" + i, 10));
        }
        assertRefused(ErrorCode.UNFINISHED, () -> uploads.begin("more", 10));
        clock.forward(UploadStore.ABANDONED.plusSeconds(1));
        all.subList(1, all.size()).forEach(upload -> send(upload, 1));
        uploads.begin("more", 10);
        assertRefused(ErrorCode.CANNOT_RESUME, () -> uploads.get(all.get(0).id()));
        assertRefused(ErrorCode.UNFINISHED, () -> uploads.begin("too many", 10));
    }

    @Test
    void onePieceAtATimeAndNeverMoreThanWasAnnounced() {
        Upload upload = uploads.begin("one", PIECE);
        try (Upload.Piece piece = upload.receive(0)) {
            assertRefused(ErrorCode.CONFLICT, () -> upload.receive(0));
            assertRefused(ErrorCode.CONFLICT, () -> uploads.remove(upload));
            piece.write(bytes(PIECE - 1));
            assertRefused(ErrorCode.USAGE, () -> piece.write(bytes(2)));
        }
        assertThat(upload.received()).isEqualTo(PIECE - 1);
        send(upload, 1);
        try (Upload.Piece piece = upload.receive(PIECE)) {
            piece.storing();
            put(9 * PIECE, 4); // the blocks count now, not the file
        }
        assertRefused(ErrorCode.NO_SPACE, () -> put(PIECE, 5));
        uploads.giveUp(upload, "the ring was full");
        put(PIECE, 6);
    }
}
