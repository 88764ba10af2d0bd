package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chord.client.Downloaded;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Shared;
import dev.chord.client.Transfer;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads that are steered, disturbed, or not wanted any more. */
class TransferTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int MIB = 1024 * 1024;

    @TempDir
    private Path work;

    private LocalRing ring;
    private Ring client;

    @BeforeEach
    void start() throws IOException {
        ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 4);
        ring.awaitIdeal(LIMIT);
        PeerChannels channels = new PeerChannels(
                "default", ring.links().from(ring.nodes().get(0).config().nodeName()));
        client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()), channels);
    }

    @AfterEach
    void stop() {
        client.close();
        ring.close();
    }

    private Path file(String name, int mebibytes, long seed) throws IOException {
        byte[] bytes = new byte[mebibytes * MIB - 17];
        new Random(seed).nextBytes(bytes);
        return Files.write(work.resolve(name), bytes);
    }

    @Test
    void aDownloadIsPausedResumedCancelledAndGoesOnWhereItWas() throws Exception {
        Path original = file("steered.bin", 24, 1);
        client.files().put(original, "steered.bin");
        Path target = work.resolve("copy");
        Transfer transfer =
                client.transfers().download("steered.bin", target).limit(MIB).start();
        await().atMost(LIMIT).until(() -> transfer.status().bytes() > 0);
        transfer.pause();
        await().atMost(LIMIT).until(() -> transfer.status().waitingFor().contains("resume"));
        assertThat(transfer.status().state()).isEqualTo(Transfer.State.PAUSED);
        long asked = ring.calls("GetBlock");
        long paused = transfer.status().bytes();
        assertThat(paused).isLessThan(Files.size(original));
        transfer.resume();
        await().atMost(LIMIT).until(() -> transfer.status().bytes() > paused);
        assertThat(ring.calls("GetBlock")).isGreaterThan(asked);
        assertThat(transfer.status().state()).isEqualTo(Transfer.State.RUNNING);
        transfer.cancel();
        assertThatThrownBy(transfer::await)
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNFINISHED));
        assertThat(transfer.status().state()).isEqualTo(Transfer.State.CANCELLED);
        assertThat(target).doesNotExist();
        Downloaded done = client.files().download("steered.bin", target);
        assertThat(done.resumed()).isPositive();
        assertThat(Files.mismatch(original, target)).isEqualTo(-1);
    }

    @Test
    void cancellingADerivedFutureEndsTheTransferAndItsCalls() throws Exception {
        Path original = file("derived.bin", 24, 2);
        client.files().put(original, "derived.bin");
        Transfer transfer = client.transfers()
                .download("derived.bin", work.resolve("copy"))
                .limit(MIB)
                .start();
        await().atMost(LIMIT).until(() -> transfer.status().bytes() > 0);
        assertThat(transfer.future()
                        .thenApply(Downloaded::size)
                        .thenApply(size -> size + 1)
                        .cancel(true))
                .isTrue();
        await().atMost(LIMIT).until(() -> transfer.status().state() == Transfer.State.CANCELLED);
        long asked = ring.calls("GetBlock");
        client.files().download("derived.bin", work.resolve("other"));
        assertThat(ring.calls("GetBlock")).isGreaterThan(asked);
    }

    @Test
    void aSlowSourceIsOvertaken() throws Exception {
        Path original = file("two.bin", 32, 3);
        ChordNode slow = ring.nodes().get(2);
        ChordNode quick = ring.nodes().get(3);
        for (ChordNode node : List.of(slow, quick)) {
            try (Ring sharer = Ring.connect(RingOptions.DEFAULT, List.of(node.endpoint()))) {
                assertThat(sharer.files().share(original, "two.bin"))
                        .extracting(Shared::skipped)
                        .containsExactly("");
            }
        }
        ring.links().slow(slow.endpoint(), Duration.ofSeconds(30));
        Downloaded done = client.files().download("two.bin", work.resolve("copy"));
        assertThat(Files.mismatch(original, work.resolve("copy"))).isEqualTo(-1);
        Map<Endpoint, Long> delivered = new HashMap<>();
        done.receipts().forEach(r -> delivered.merge(r.source().endpoint(), r.blocks(), Long::sum));
        assertThat(delivered.get(quick.endpoint())).as("%s", delivered).isGreaterThanOrEqualTo(24);
        assertThat(done.receipts()).allMatch(Downloaded.Receipt::confirmed);
    }

    @Test
    void aFileIsTakenFromOneNodeAlone() throws Exception {
        Path original = file("from.bin", 6, 4);
        client.files().put(original, "from.bin");
        Identifier content = client.files().resolve("from.bin").content();
        ChordNode holder = ring.nodes().stream()
                .filter(n -> client.files().manifest(content).chunks().stream()
                        .allMatch(c -> n.store().blocks().has(c)))
                .findFirst()
                .orElse(ring.nodes().get(0));
        boolean all = client.files().manifest(content).chunks().stream()
                .allMatch(c -> holder.store().blocks().has(c));
        var plan = client.transfers()
                .download("from.bin", work.resolve("copy"))
                .from(holder.endpoint().toString());
        if (all) {
            assertThat(plan.run().receipts())
                    .extracting(r -> r.source().endpoint())
                    .containsExactly(holder.endpoint());
        } else {
            assertThatThrownBy(plan::run).isInstanceOf(ChordException.class);
        }
        assertThatThrownBy(() -> client.transfers()
                        .download("from.bin", work.resolve("none"))
                        .from("127.0.0.1:1")
                        .run())
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    @Test
    void aReaderThatNeverReadsCostsTheSenderNoMemory() throws Exception {
        Path original = file("unread.bin", 4, 5);
        client.files().put(original, "unread.bin");
        Identifier content = client.files().resolve("unread.bin").content();
        Identifier chunk = client.files().manifest(content).chunks().get(0);
        ChordNode holder = ring.nodes().stream()
                .filter(n -> n.store().blocks().has(chunk))
                .findFirst()
                .orElseThrow();
        AtomicInteger refused = new AtomicInteger();
        List<Unread> unread = new ArrayList<>();
        try (PeerChannels reader = new PeerChannels("default")) {
            GetBlockRequest request =
                    GetBlockRequest.newBuilder().setDigest(WireCodec.out(chunk)).build();
            for (int i = 0; i < 300; i++) {
                unread.add(new Unread(refused));
                BlockServiceGrpc.newStub(reader.to(holder.endpoint()))
                        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                        .getBlock(request, unread.get(i));
            }
            // what is not read is not held for the reader: the rest is turned away, and others are
            // served meanwhile
            await().atMost(LIMIT).until(() -> refused.get() >= 200);
            assertThat(ring.counted("chord.blocks.refused")).isGreaterThanOrEqualTo(200);
            unread.forEach(Unread::end);
        }
        await().atMost(LIMIT).until(() -> {
            client.files().download("unread.bin", work.resolve("copy"));
            return Files.mismatch(original, work.resolve("copy")) == -1;
        });
    }

    /** Asks and never reads. */
    private static final class Unread implements ClientResponseObserver<GetBlockRequest, GetBlockReply> {
        private final AtomicInteger refused;
        private volatile Optional<ClientCallStreamObserver<GetBlockRequest>> call = Optional.empty();

        Unread(AtomicInteger refused) {
            this.refused = refused;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<GetBlockRequest> call) {
            call.disableAutoRequestWithInitial(0);
            this.call = Optional.of(call);
        }

        // What lies unread at this end is given back; else it would count as leaked.
        void end() {
            call.ifPresent(c -> c.cancel("never meant it", null));
        }

        @Override
        public void onNext(GetBlockReply reply) {
            throw new AssertionError("nobody asked for it");
        }

        @Override
        public void onError(Throwable failure) {
            refused.incrementAndGet();
        }

        @Override
        public void onCompleted() {}
    }
}
