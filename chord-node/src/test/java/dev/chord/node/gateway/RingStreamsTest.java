package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.Progress;
import dev.chord.client.PutOptions;
import dev.chord.client.Refs;
import dev.chord.client.Ring;
import dev.chord.client.Stored;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.transfer.InputPublisher;
import dev.chord.client.transfer.Uploader;
import dev.chord.client.wire.Await;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Files of any length as streams, in and out, at the pace of the other side. */
class RingStreamsTest extends GatewayBed {
    private static Ring client;

    @BeforeAll
    static void connect() {
        client = Ring.connect(ring.nodes().get(0).endpoint().toString());
    }

    @AfterAll
    static void disconnect() {
        client.close();
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new SplittableRandom(size).nextBytes(bytes);
        return bytes;
    }

    private static Uploader.Upload store(InputStream in, OptionalLong announced) {
        return Await.REAL.of(
                client.streams().store(new InputPublisher(in, "it"), announced, PutOptions.DEFAULT, Progress.NONE),
                LIMIT.multipliedBy(4),
                "the ring");
    }

    /** Takes one piece at a time, and only when it is told to. */
    private static final class Slow implements Flow.Subscriber<ByteBuffer> {
        private final ByteArrayOutputStream got = new ByteArrayOutputStream();
        private final CompletableFuture<Flow.Subscription> begun = new CompletableFuture<>();
        private final CompletableFuture<Void> over = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            begun.complete(subscription);
        }

        @Override
        public synchronized void onNext(ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            got.writeBytes(copy);
        }

        synchronized int size() {
            return got.size();
        }

        @Override
        public void onError(Throwable failure) {
            over.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            over.complete(null);
        }
    }

    @Test
    void aStreamOfUnknownLengthIsTheFileThatItsBytesAre() {
        for (int size : List.of(0, 1, FileManifest.CHUNK - 1, FileManifest.CHUNK, 3 * FileManifest.CHUNK + 17)) {
            byte[] bytes = random(size);
            Uploader.Upload upload = store(new ByteArrayInputStream(bytes), OptionalLong.empty());
            assertThat(upload.manifest().size()).isEqualTo(size);
            Stored stored = client.streams().name(upload, "streams/" + size, PutOptions.DEFAULT);
            ByteArrayOutputStream back = new ByteArrayOutputStream();
            client.files().copyTo(stored.name(), 0, -1, back);
            assertThat(back.toByteArray()).as("%d bytes", size).isEqualTo(bytes);
        }
    }

    @Test
    void whatIsNotAskedForIsNotSent() throws Exception {
        byte[] bytes = random(5 * FileManifest.CHUNK);
        client.streams()
                .name(
                        store(new ByteArrayInputStream(bytes), OptionalLong.of(bytes.length)),
                        "streams/asked",
                        PutOptions.DEFAULT);
        Refs.Resolved file = client.files().resolve("streams/asked");
        FileManifest manifest = client.files().manifest(file.content());
        Slow reader = new Slow();
        client.streams().read(file, manifest, 100, bytes.length - 101).subscribe(reader);
        Flow.Subscription subscription = reader.begun.get();
        for (int i = 1; i <= 5; i++) {
            assertThat(reader.over).isNotDone();
            subscription.request(1);
            int pieces = i;
            Awaitility.await()
                    .atMost(LIMIT.multipliedBy(2))
                    .until(() -> reader.size() >= Math.min(pieces * FileManifest.CHUNK - 100, bytes.length - 200));
            assertThat(reader.size()).isLessThanOrEqualTo(pieces * FileManifest.CHUNK);
        }
        Awaitility.await().atMost(LIMIT).until(reader.over::isDone);
        assertThat(reader.got.toByteArray()).isEqualTo(Arrays.copyOfRange(bytes, 100, bytes.length - 100));
    }

    @Test
    void oneThatIsNoLongerWantedEnds() throws Exception {
        byte[] bytes = random(3 * FileManifest.CHUNK);
        client.streams()
                .name(store(new ByteArrayInputStream(bytes), OptionalLong.empty()), "streams/left", PutOptions.DEFAULT);
        Refs.Resolved file = client.files().resolve("streams/left");
        Slow reader = new Slow();
        client.streams()
                .read(file, client.files().manifest(file.content()), 0, bytes.length - 1)
                .subscribe(reader);
        reader.begun.get().request(1);
        Awaitility.await().atMost(LIMIT).until(() -> reader.size() > 0);
        reader.begun.get().cancel();
        reader.begun.get().request(10);
        assertThat(reader.size()).isLessThan(bytes.length);
        assertThat(client.files().resolve("streams/left").content()).isEqualTo(file.content());
    }

    @Test
    void whatBreaksOffOrIsNotAsLongAsItSaidIsAnError() {
        byte[] bytes = random(2 * FileManifest.CHUNK);
        assertThatThrownBy(() -> store(new ByteArrayInputStream(bytes), OptionalLong.of(bytes.length + 1)))
                .isInstanceOf(ChordException.class)
                .hasMessageContaining("only");
        assertThatThrownBy(() -> store(new ByteArrayInputStream(bytes), OptionalLong.of(bytes.length - 1)))
                .isInstanceOf(ChordException.class)
                .hasMessageContaining("more came");
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the disk is gone");
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                throw new IOException("the disk is gone");
            }
        };
        assertThatThrownBy(() -> store(broken, OptionalLong.empty()))
                .isInstanceOf(ChordException.class)
                .hasMessageContaining("the disk is gone");
    }
}
