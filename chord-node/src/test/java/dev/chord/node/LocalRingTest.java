package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.chord.client.Downloaded;
import dev.chord.client.Located;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Shared;
import dev.chord.client.Stored;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.files.GrowingFile;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.StoreBlockRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users do with files, on a ring of five nodes over real gRPC. */
class LocalRingTest {
    private static LocalRing ring;
    private static Ring first;
    private static Ring last;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws IOException {
        ring = new LocalRing(Files.createTempDirectory("chord-test-"), 5);
        ring.awaitIdeal(Duration.ofMinutes(3));
        first = Ring.connect(ring.nodes().get(0).endpoint().toString());
        last = Ring.connect(ring.nodes().get(4).endpoint().toString());
    }

    @AfterAll
    static void stop() {
        first.close();
        last.close();
        ring.close();
    }

    private Path file(String name, int size, long seed) throws IOException {
        byte[] data = new byte[size];
        new SplittableRandom(seed).nextBytes(data);
        Path path = directory.resolve(name);
        Files.createDirectories(path.getParent());
        return Files.write(path, data);
    }

    private static void expect(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ChordException.class, e -> {
            assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
            assertThat(e.getMessage()).doesNotContain("\n").doesNotContain("Exception:");
        });
    }

    @Test
    void aStoredFileComesBackThroughAnyNodeWithReceipts() throws IOException {
        Path original = file("stored.bin", 3_500_000, 1);
        Stored stored = first.files().put(original, "stored.bin");
        assertThat(stored.copies()).isEqualTo(3);
        Downloaded done = last.files().download("stored.bin", directory.resolve("copy"));
        assertThat(Files.mismatch(original, done.path())).isEqualTo(-1);
        assertThat(done.receipts()).isNotEmpty().allMatch(Downloaded.Receipt::confirmed);
        assertThat(done.receipts().stream().mapToLong(Downloaded.Receipt::bytes).sum())
                .isEqualTo(stored.size());
        for (String ref :
                List.of(stored.content().toHex(), stored.content().toHex().substring(0, 12))) {
            assertThat(last.files().resolve(ref).content()).isEqualTo(stored.content());
        }
        ByteArrayOutputStream range = new ByteArrayOutputStream();
        last.files().copyTo("stored.bin", 1_048_570, 2_097_160, range);
        assertThat(range.toByteArray())
                .isEqualTo(Arrays.copyOfRange(Files.readAllBytes(original), 1_048_570, 2_097_161));
    }

    @Test
    void eachBlockIsOnThreeProcessesAndTheSameContentIsStoredOnce() throws IOException {
        Path original = file("once.bin", 2_000_000, 2);
        Stored one = first.files().put(original, "once-a.bin");
        Stored two = last.files().put(original, "once-b.bin");
        assertThat(two.content()).isEqualTo(one.content());
        assertThat(two.known()).isTrue();
        long copies = ring.nodes().stream()
                .filter(n -> n.store().blocks().has(one.content()))
                .count();
        assertThat(copies).isEqualTo(3);
    }

    @Test
    void aNameThatIsPutTwiceHasTwoVersionsAndBothEndsAgree() throws IOException {
        Stored one = first.files().put(file("v1", 1000, 3), "versions.txt");
        Stored two = last.files().put(file("v2", 1000, 4), "versions.txt");
        assertThat(two.version().newerThan(one.version())).isTrue();
        assertThat(two.version().sequence()).isEqualTo(one.version().sequence() + 1);
        NameEntry here = first.names().find("versions.txt").orElseThrow();
        assertThat(here.content()).isEqualTo(two.content());
        assertThat(last.names().find("versions.txt")).contains(here);
        expect(
                ErrorCode.CONFLICT,
                () -> first.names().compareAndSet("versions.txt", one.version(), one.content(), 1000));
        NameEntry back = first.names().compareAndSet("versions.txt", two.version(), one.content(), 1000);
        assertThat(back.version().sequence()).isEqualTo(two.version().sequence() + 1);
        expect(ErrorCode.CONFLICT, () -> first.names().compareAndSet("versions.txt", Version.NONE, one.content(), 1));
    }

    @Test
    void aRemovedNameIsGoneEverywhereAndCanComeBack() throws IOException {
        Path original = file("gone", 10, 5);
        Stored stored = first.files().put(original, "dir/gone.txt");
        assertThat(last.names().list("dir/").names())
                .extracting(NameEntry::name)
                .contains("dir/gone.txt");
        last.files().remove("dir/gone.txt");
        assertThat(first.names().find("dir/gone.txt")).isEmpty();
        assertThat(first.names().list("dir/").names())
                .extracting(NameEntry::name)
                .doesNotContain("dir/gone.txt");
        expect(ErrorCode.NOT_FOUND, () -> first.files().remove("dir/gone.txt"));
        Stored again = first.files().put(original, "dir/gone.txt");
        assertThat(again.version().newerThan(stored.version())).isTrue();
    }

    @Test
    void aSharedFileStaysWhereItIsAndIsFetchedFromTheSharer() throws IOException {
        Path original = file("share/big.bin", 3_000_000, 6);
        long before = stored();
        List<Shared> shared = first.files().share(original.getParent(), "shared");
        assertThat(shared).hasSize(1).allMatch(s -> s.skipped().isEmpty());
        assertThat(stored() - before).as("only the manifest is stored").isLessThan(3L * 1000);
        Located located = last.files().locate("shared/big.bin");
        assertThat(located.sources().get(0).kind()).isEqualTo(Located.Kind.PROVIDER);
        assertThat(located.sources().get(0).peer())
                .isEqualTo(ring.nodes().get(0).self());
        Downloaded done = last.files().download("shared/big.bin", directory.resolve("copy"));
        assertThat(Files.mismatch(original, done.path())).isEqualTo(-1);
        assertThat(done.receipts())
                .extracting(Downloaded.Receipt::source)
                .containsOnly(ring.nodes().get(0).self());
        ring.nodes().get(0).sharing().unshare("shared/big.bin");
        expect(ErrorCode.NOT_FOUND, () -> last.files().locate("shared/big.bin"));
    }

    private static long stored() {
        return ring.nodes().stream()
                .mapToLong(n -> n.store().blocks().totalBytes())
                .sum();
    }

    @Test
    void aChangedOrVanishedFileIsNoticedAndWithdrawn() throws IOException {
        Path changed = file("changed.bin", 2_000_000, 7);
        Path vanished = file("vanished.bin", 2_000_000, 8);
        first.files().share(changed, "");
        first.files().share(vanished, "");
        try (FileChannel channel = FileChannel.open(changed, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), 1_500_000);
        }
        Files.delete(vanished);
        for (String name : List.of("changed.bin", "vanished.bin")) {
            expect(ErrorCode.INTEGRITY, () -> last.files().download(name, directory.resolve("copy")));
            assertThat(directory.resolve("copy")).doesNotExist();
            await(() -> last.names().find(name).isEmpty());
        }
    }

    private static void await(BooleanSupplier condition) {
        Awaitility.await().atMost(Duration.ofMinutes(3)).until(condition::getAsBoolean);
    }

    @Test
    void aDamagedCopyIsNeverServedAndIsHealed() throws IOException {
        Path original = file("damaged.bin", 700_000, 9);
        Stored stored = first.files().put(original, "damaged.bin");
        List<ChordNode> holders = ring.nodes().stream()
                .filter(n -> n.store().blocks().has(stored.content()))
                .toList();
        for (ChordNode holder : holders.subList(0, 2)) {
            damage(holder);
        }
        Downloaded done = last.files().download("damaged.bin", directory.resolve("copy"));
        assertThat(Files.mismatch(original, done.path())).isEqualTo(-1);
        for (ChordNode node : ring.nodes()) {
            node.upkeep().scrub();
        }
        for (ChordNode node : ring.nodes()) {
            node.upkeep().repair();
        }
        assertThat(holders)
                .allMatch(n -> n.store().blocks().get(stored.content()).isPresent());
    }

    @Test
    void aBlockThatIsDamagedEverywhereIsAnIntegrityError() throws IOException {
        Stored stored = first.files().put(file("lost.bin", 50_000, 11), "lost.bin");
        Identifier block = first.files().manifest(stored.content()).chunks().get(0);
        for (ChordNode node : ring.nodes()) {
            Path path = node.config()
                    .dataDir()
                    .resolve("blocks")
                    .resolve(block.toHex().substring(0, 2))
                    .resolve(block.toHex());
            if (Files.exists(path)) {
                Files.write(path, new byte[60]);
            }
        }
        expect(ErrorCode.INTEGRITY, () -> last.files().download("lost.bin", directory.resolve("lost")));
        assertThat(directory.resolve("lost")).doesNotExist();
        Stored again = first.files().put(file("lost.bin", 50_000, 11), "lost.bin");
        assertThat(again.content()).isEqualTo(stored.content());
        assertThat(last.files().download("lost.bin", directory.resolve("lost")).size())
                .isEqualTo(50_000);
    }

    private static void damage(ChordNode node) throws IOException {
        try (Stream<Path> files = Files.walk(node.config().dataDir().resolve("blocks"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length - 1] ^= 1;
                Files.write(file, bytes);
            }
        }
    }

    @Test
    void anInterruptedDownloadGoesOnWhereItWas() throws IOException {
        Path original = file("resume.bin", 4_000_000, 10);
        Stored stored = first.files().put(original, "resume.bin");
        Path target = directory.resolve("resumed.bin");
        Path part = directory.resolve(GrowingFile.beginning("resumed.bin", stored.content()) + "left.part");
        byte[] begun = Arrays.copyOf(Files.readAllBytes(original), 2_500_000);
        begun[100] ^= 1; // the first chunk is bad, the second good, the third cut off
        Files.write(part, begun);
        Downloaded done = last.files().download("resume.bin", target);
        assertThat(done.resumed()).isEqualTo(1024 * 1024);
        assertThat(Files.mismatch(original, target)).isEqualTo(-1);
        assertThat(part).doesNotExist();
    }

    @Test
    void badInputHasItsErrorAndHarmsNothing() throws IOException {
        Path empty = file("empty", 0, 0);
        assertThat(first.files().put(empty, "empty").size()).isZero();
        assertThat(last.files().download("empty", directory.resolve("e")).size())
                .isZero();
        expect(ErrorCode.NOT_FOUND, () -> first.files().put(directory.resolve("missing"), "x"));
        expect(ErrorCode.USAGE, () -> first.files().put(directory, "x"));
        expect(ErrorCode.USAGE, () -> first.files().put(empty, "../x"));
        expect(ErrorCode.NOT_FOUND, () -> first.files().locate("no such name"));
        expect(ErrorCode.NOT_FOUND, () -> first.files().locate("f".repeat(64)));
        expect(ErrorCode.NOT_FOUND, () -> first.files().locate("0123456789"));
        expect(ErrorCode.USAGE, () -> first.files().download("empty", directory));
        expect(ErrorCode.UNREACHABLE, () -> Ring.connect("127.0.0.1:1"));
        expect(ErrorCode.USAGE, () -> Ring.connect("nonsense"));
        RingOptions other = RingOptions.DEFAULT.withRingName("another");
        expect(ErrorCode.CONFLICT, () -> Ring.connect(other, List.of(ring.entry())));
    }

    @Test
    void everyAddressTriedIsNamed() {
        assertThatThrownBy(() -> Ring.connect("127.0.0.1:1", "127.0.0.1:2", "no-such-host.invalid:3"))
                .hasMessageContaining("127.0.0.1:1: ")
                .hasMessageContaining("127.0.0.1:2: ")
                .hasMessageContaining("no-such-host.invalid:3: no such host");
    }

    @Test
    void severalMembersInOneProcessCountOnceForCopies() throws IOException {
        Path original = file("virtual.bin", 1_200_000, 20);
        try (LocalRing virtual = new LocalRing(
                Files.createTempDirectory("chord-virtual-"), 4, config -> config.with(ConfigKey.RING_VNODES, "3"))) {
            virtual.awaitIdeal(Duration.ofMinutes(3));
            try (Ring client = Ring.connect(virtual.entry().toString())) {
                assertThat(client.topology().members()).hasSize(12);
                Stored stored = client.files().put(original, "virtual.bin");
                assertThat(stored.copies()).isEqualTo(3);
                long processes = virtual.nodes().stream()
                        .filter(n -> n.store().blocks().has(stored.content()))
                        .count();
                assertThat(processes).isEqualTo(3);
                virtual.kill(virtual.nodes().get(2));
                Downloaded done = client.files().download("virtual.bin", directory.resolve("virtual.copy"));
                assertThat(Files.mismatch(original, done.path())).isEqualTo(-1);
                virtual.awaitIdeal(Duration.ofMinutes(3));
            }
        }
    }

    @Test
    void anOversizedMessageIsRefusedAndTheNodeGoesOn() {
        try (PeerChannels channels = new PeerChannels("default")) {
            StoreBlockRequest request = StoreBlockRequest.newBuilder()
                    .setData(ByteString.copyFrom(new byte[PeerChannels.MAX_MESSAGE + 1]))
                    .build();
            BlockServiceGrpc.BlockServiceBlockingStub stub = BlockServiceGrpc.newBlockingStub(channels.to(ring.entry()))
                    .withDeadlineAfter(180, TimeUnit.SECONDS);
            assertThatThrownBy(() -> stub.storeBlock(request))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
            StoreBlockRequest wrong = StoreBlockRequest.newBuilder()
                    .setDigest(ByteString.copyFromUtf8("short"))
                    .build();
            assertThatThrownBy(() -> stub.storeBlock(wrong)).hasMessageContaining("malformed message");
        }
        assertThat(first.names().list("").coverage().complete()).isTrue();
    }

    @Test
    void everyNodeAnswersHealthAndReflection() throws InterruptedException {
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        ring.entry().host(), ring.entry().port())
                .usePlaintext()
                .build();
        try {
            assertThat(HealthGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(180, TimeUnit.SECONDS)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus())
                    .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            BlockingQueue<String> services = new LinkedBlockingQueue<>();
            StreamObserver<ServerReflectionRequest> asking = ServerReflectionGrpc.newStub(channel)
                    .withDeadlineAfter(180, TimeUnit.SECONDS)
                    .serverReflectionInfo(new StreamObserver<>() {
                        @Override
                        public void onNext(ServerReflectionResponse reply) {
                            services.add(reply.getListServicesResponse().toString());
                        }

                        @Override
                        public void onError(Throwable e) {
                            services.add(e.toString());
                        }

                        @Override
                        public void onCompleted() {}
                    });
            asking.onNext(
                    ServerReflectionRequest.newBuilder().setListServices("").build());
            assertThat(services.poll(180, TimeUnit.SECONDS))
                    .contains(
                            "chord.v1.RingService",
                            "chord.v1.BlockService",
                            "chord.v1.RecordService",
                            "chord.v1.AdminService");
            asking.onCompleted();
        } finally {
            channel.shutdownNow();
        }
    }
}
