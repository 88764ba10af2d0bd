package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.id.Identifier;
import dev.chord.node.demo.LocalRing;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client for those who do not wait. */
class AsyncRingTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    private LocalRing ring;
    private Ring client;
    private volatile boolean holding;
    private final AtomicInteger ended = new AtomicInteger();

    @BeforeEach
    void start() throws IOException {
        ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 5);
        ring.awaitIdeal(LIMIT);
        ClientInterceptor hold = new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return holding ? new Held<>() : next.newCall(method, options);
            }
        };
        PeerChannels channels = new PeerChannels("default", endpoint -> hold);
        client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()), channels);
    }

    @AfterEach
    void stop() {
        client.close();
        ring.close();
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void manyReadsAreUnderWayWithoutAThreadEach() throws Exception {
        for (int i = 0; i < 50; i++) {
            get(client.async().set("name-" + i, Identifier.of(i), i));
        }
        List<CompletableFuture<Optional<NameEntry>>> reads = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            reads.add(client.async().find("name-" + i % 100));
        }
        for (int i = 0; i < reads.size(); i++) {
            Optional<NameEntry> found = get(reads.get(i));
            assertThat(found.isPresent()).isEqualTo(i % 100 < 50);
            assertThat(found.map(NameEntry::size).orElse((long) i % 100)).isEqualTo(i % 100);
        }
        assertThat(get(client.async().remove("name-7")).size()).isEqualTo(7);
        assertThat(get(client.async().find("name-7"))).isEmpty();
    }

    @Test
    void anOwnerThatDiesIsWaitedFor() throws Exception {
        for (int i = 0; i < 50; i++) {
            get(client.async().set("name-" + i, Identifier.of(i), i));
            get(client.async().find("name-" + i));
        }
        ring.kill(ring.nodes().get(3));
        List<CompletableFuture<Optional<NameEntry>>> reads = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            reads.add(client.async().find("name-" + i));
        }
        for (int i = 0; i < 50; i++) {
            assertThat(get(reads.get(i)).map(NameEntry::size)).contains((long) i);
        }
    }

    @Test
    void whatCannotBeIsSaidThroughTheFuture() throws Exception {
        CompletableFuture<Optional<NameEntry>> bad = client.async().find("../up");
        assertThatThrownBy(() -> get(bad))
                .cause()
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.USAGE));
        assertThatThrownBy(() -> get(client.async().locate("nowhere")))
                .cause()
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    @Test
    void cancellingAStageEndsTheCall() throws Exception {
        get(client.async().set("held", Identifier.of(1), 1));
        get(client.async().find("held"));
        holding = true;
        CompletableFuture<Long> derived = client.async()
                .find("held")
                .thenApply(found -> found.map(NameEntry::size).orElse(0L))
                .thenApply(size -> size + 1);
        assertThat(derived.cancel(true)).isTrue();
        assertThat(ended.get()).as("calls cancelled").isEqualTo(1);
        holding = false;
        assertThat(get(client.async().find("held"))).isPresent();
    }

    /** A call that never leaves, until it is cancelled. */
    private final class Held<Q, A> extends ClientCall<Q, A> {
        private Optional<Listener<A>> listener = Optional.empty();

        @Override
        public void start(Listener<A> listener, Metadata headers) {
            this.listener = Optional.of(listener);
        }

        @Override
        public void cancel(String message, Throwable cause) {
            ended.incrementAndGet();
            listener.ifPresent(l -> l.onClose(Status.CANCELLED, new Metadata()));
        }

        @Override
        public void request(int messages) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {}
    }

    @Test
    void cancellingAStageEndsAnUpload() throws Exception {
        byte[] bytes = new byte[64 << 20];
        new Random(5).nextBytes(bytes);
        Path file = Files.write(work.resolve("large"), bytes);
        CompletableFuture<String> derived = client.async().put(file, "large").thenApply(stored -> "stored");
        await().atMost(LIMIT).until(() -> ring.calls("PutBlock") > 2);
        assertThat(derived.cancel(true)).isTrue();
        await().atMost(LIMIT)
                .until(() -> Thread.getAllStackTraces().values().stream()
                        .flatMap(Arrays::stream)
                        .noneMatch(frame -> frame.getClassName().contains("Uploader")));
        assertThat(client.names().find("large")).isEmpty();
    }
}
