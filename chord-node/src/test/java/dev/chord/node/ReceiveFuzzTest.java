package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Transfer;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Bytes on their way to a reader who may be slow, leave, or want a part: of files of odd sizes, with every
 * buffer of the network watched. {@code -Dchord.receive.seed=S} repeats a run, {@code
 * -Dchord.receive.deeds=N} makes it longer.
 */
class ReceiveFuzzTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int MIB = 1 << 20;
    private static final int[] SIZES = {
        0, 1, 2, 4095, 4096, 4097, 16_383, 16_384, 16_385, 65_537, MIB - 1, MIB, MIB + 1, 3 * MIB - 7, 9 * MIB + 13
    };
    private static final int READERS = 4;
    private static final long SEED = Long.getLong("chord.receive.seed", 1);
    private static final int DEEDS = Integer.getInteger("chord.receive.deeds", 240);

    private enum Deed {
        WHOLE,
        RANGE,
        CANCELLED,
        SLOW,
        BROKEN_OUTPUT,
        SLOW_CALL,
        LEFT_CALL
    }

    private record Original(String name, byte[] bytes, List<Identifier> chunks) {}

    @TempDir
    private Path work;

    private final ListAppender<ILoggingEvent> leaks = new ListAppender<>();
    private final Logger detector = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    private final ResourceLeakDetector.Level usual = ResourceLeakDetector.getLevel();

    @BeforeEach
    void watchBuffers() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        leaks.start();
        detector.addAppender(leaks);
    }

    @AfterEach
    void stopWatching() {
        detector.detachAppender(leaks);
        ResourceLeakDetector.setLevel(usual);
    }

    @Test
    void everyReaderGetsTheRightBytesAndNoBufferIsLost() throws Exception {
        System.out.println("replay: mvn -pl chord-node -am test -Dtest=ReceiveFuzzTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dchord.receive.seed=" + SEED);
        Map<Deed, Integer> count = new EnumMap<>(Deed.class);
        try (LocalRing ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 3)) {
            ring.awaitIdeal(LIMIT);
            try (Ring client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()))) {
                List<Original> originals = originals(client);
                ExecutorService readers = Executors.newFixedThreadPool(READERS);
                List<Future<Map<Deed, Integer>>> running = new ArrayList<>();
                SplittableRandom random = new SplittableRandom(SEED);
                for (int reader = 0; reader < READERS; reader++) {
                    SplittableRandom own = random.split();
                    running.add(readers.submit(() -> read(ring, client, originals, own)));
                }
                for (Future<Map<Deed, Integer>> one : running) {
                    one.get().forEach((deed, times) -> count.merge(deed, times, Integer::sum));
                }
                readers.shutdown();
                for (Original original : originals) {
                    whole(client, original, "after");
                }
            }
        }
        System.out.println("reads of files of odd sizes: " + count);
        assertThat(count).containsKeys(Deed.values());
        lookForLeaks();
        assertThat(leaks.list).as("buffers lost").isEmpty();
        assertThat(canSeeALeak()).as("a lost buffer would have been noticed").isTrue();
    }

    private List<Original> originals(Ring client) throws IOException {
        List<Original> originals = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(SEED);
        for (int size : SIZES) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            String name = "odd-" + size;
            Path file = Files.write(work.resolve(name), bytes);
            if (size % 2 == 0) {
                client.files().put(file, name);
            } else {
                client.files().share(file, name);
            }
            Identifier content = client.files().resolve(name).content();
            originals.add(
                    new Original(name, bytes, client.files().manifest(content).chunks()));
        }
        return originals;
    }

    private Map<Deed, Integer> read(LocalRing ring, Ring client, List<Original> originals, SplittableRandom random)
            throws Exception {
        Map<Deed, Integer> count = new EnumMap<>(Deed.class);
        try (PeerChannels channels = new PeerChannels("default")) {
            for (int i = 0; i < DEEDS / READERS; i++) {
                Deed deed = Deed.values()[random.nextInt(Deed.values().length)];
                Original original = originals.get(random.nextInt(originals.size()));
                String own = Thread.currentThread().getName() + "-" + i;
                switch (deed) {
                    case WHOLE -> whole(client, original, own);
                    case RANGE -> range(client, original, random, 0);
                    case SLOW -> range(client, original, random, 3);
                    case CANCELLED -> cancelled(client, original, random.nextInt(30), own);
                    case BROKEN_OUTPUT -> brokenOutput(client, original, random);
                    case SLOW_CALL, LEFT_CALL -> call(ring, channels, original, random, deed == Deed.LEFT_CALL);
                }
                count.merge(deed, 1, Integer::sum);
            }
        }
        return count;
    }

    private void whole(Ring client, Original original, String own) throws IOException {
        Path copy = work.resolve("copy-" + own);
        client.files().download(original.name, copy);
        assertThat(Arrays.equals(Files.readAllBytes(copy), original.bytes))
                .as("%s is right", original.name)
                .isTrue();
        Files.delete(copy);
    }

    private static void range(Ring client, Original original, SplittableRandom random, int pause) {
        int size = original.bytes.length;
        int from = size == 0 ? 0 : random.nextInt(size);
        int to = size == 0 ? -1 : from + random.nextInt(size - from);
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                pause(pause);
                super.write(bytes, offset, length);
            }
        };
        client.files().copyTo(original.name, from, to, out);
        byte[] expected = Arrays.copyOfRange(original.bytes, from, to < 0 ? size : to + 1);
        assertThat(Arrays.equals(out.toByteArray(), expected))
                .as("%s from %d to %d", original.name, from, to)
                .isTrue();
    }

    private void cancelled(Ring client, Original original, int after, String own) throws IOException {
        Path copy = work.resolve("cancelled-" + own);
        Transfer transfer =
                client.transfers().download(original.name, copy).limit(20 * MIB).start();
        pause(after);
        transfer.cancel();
        try {
            transfer.await();
            assertThat(Arrays.equals(Files.readAllBytes(copy), original.bytes))
                    .as("it was there before")
                    .isTrue();
        } catch (ChordException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.UNFINISHED);
            assertThat(copy).doesNotExist();
        }
    }

    private static void brokenOutput(Ring client, Original original, SplittableRandom random) {
        int last = random.nextInt(original.bytes.length + 1);
        OutputStream full = new OutputStream() {
            private int room = last;

            @Override
            public void write(int b) throws IOException {
                if (--room < 0) {
                    throw new IOException("the reader has gone");
                }
            }
        };
        try {
            client.files().copyTo(original.name, 0, -1, full);
            assertThat(last).isEqualTo(original.bytes.length);
        } catch (ChordException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL);
            assertThat(last).isLessThan(original.bytes.length);
        }
    }

    // One block by a bare call whose answer is taken late, or never.
    private static void call(
            LocalRing ring, PeerChannels channels, Original original, SplittableRandom random, boolean leaves) {
        if (original.chunks.isEmpty()) {
            return;
        }
        Identifier digest = original.chunks.get(random.nextInt(original.chunks.size()));
        ChordNode node = ring.nodes().get(random.nextInt(ring.nodes().size()));
        Reader reader = new Reader();
        BlockServiceGrpc.newStub(channels.to(node.endpoint()))
                .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                .getBlock(
                        GetBlockRequest.newBuilder()
                                .setDigest(WireCodec.out(digest))
                                .build(),
                        reader);
        pause(random.nextInt(20));
        ClientCallStreamObserver<GetBlockRequest> call = reader.begun.join();
        if (leaves) {
            call.cancel("the reader has gone", null);
            reader.ended.join();
        } else {
            call.request(2);
            reader.ended.join(); // who does not have the block says so, and that is an end too
            reader.got.forEach(reply -> assertThat(Identifier.sha256(WireCodec.view(reply.getData())))
                    .isEqualTo(digest));
        }
    }

    private static final class Reader implements ClientResponseObserver<GetBlockRequest, GetBlockReply> {
        private final CompletableFuture<ClientCallStreamObserver<GetBlockRequest>> begun = new CompletableFuture<>();
        private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
        private final List<GetBlockReply> got = new ArrayList<>();

        @Override
        public void beforeStart(ClientCallStreamObserver<GetBlockRequest> call) {
            call.disableAutoRequestWithInitial(0);
            begun.complete(call);
        }

        @Override
        public void onNext(GetBlockReply reply) {
            got.add(reply);
        }

        @Override
        public void onError(Throwable failure) {
            ended.complete(false);
        }

        @Override
        public void onCompleted() {
            ended.complete(true);
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis); // how slow the reader is: nothing is awaited
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // What was lost is found once the collector has been there and another buffer is made.
    private static void lookForLeaks() {
        for (int i = 0; i < 5; i++) {
            System.gc();
            for (int j = 0; j < 100; j++) {
                ByteBufAllocator.DEFAULT.buffer(64).release();
            }
        }
    }

    private boolean canSeeALeak() {
        leaks.list.clear();
        ByteBufAllocator.DEFAULT.buffer(64);
        Awaitility.await().atMost(LIMIT).until(() -> {
            lookForLeaks();
            return !leaks.list.isEmpty();
        });
        return leaks.list.get(0).getFormattedMessage().contains("LEAK");
    }
}
