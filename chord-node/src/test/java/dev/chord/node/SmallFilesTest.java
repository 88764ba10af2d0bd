package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.rpc.PeerChannels;
import dev.chord.client.rpc.WireCodec;
import dev.chord.client.transfer.BlockBatches;
import dev.chord.core.id.Identifier;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.GetBlocksReply;
import dev.chord.proto.v1.GetBlocksRequest;
import dev.chord.proto.v1.OneOfBlocks;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many small files at once. */
class SmallFilesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int BATCH_BYTES = 1 << 20;

    @TempDir
    private Path work;

    private LocalRing ring;
    private Ring client;

    @BeforeEach
    void start() throws IOException {
        ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 3);
        ring.awaitIdeal(LIMIT);
        client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()));
    }

    @AfterEach
    void stop() {
        client.close();
        ring.close();
    }

    // Three nodes keep three copies: each has every block.
    private List<Identifier> put(int files, int size) throws IOException {
        List<Identifier> chunks = new ArrayList<>();
        Random random = new Random(files);
        for (int i = 0; i < files; i++) {
            byte[] bytes = new byte[size + i];
            random.nextBytes(bytes);
            chunks.add(Identifier.sha256(bytes));
            client.files().put(Files.write(work.resolve("small-" + i), bytes), "small/" + i);
        }
        return chunks;
    }

    @Test
    void filesFetchedAtOnceTakeFewerCallsThanBlocks() throws Exception {
        int files = 200;
        put(files, 3000);
        long before = ring.calls("GetBlocks");
        ExecutorService readers = Executors.newFixedThreadPool(50);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            String name = "small-" + i;
            running.add(readers.submit(() -> client.files()
                    .download(name.replace('-', '/'), work.resolve("copy-" + name))
                    .size()));
        }
        for (Future<?> one : running) {
            one.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
        readers.shutdown();
        for (int i = 0; i < files; i++) {
            assertThat(Files.mismatch(work.resolve("small-" + i), work.resolve("copy-small-" + i)))
                    .isEqualTo(-1);
        }
        long calls = ring.calls("GetBlocks") - before;
        System.out.println(files + " files of two blocks each were fetched in " + calls + " calls for blocks");
        assertThat(calls).isPositive().isLessThan(2L * files);
    }

    @Test
    void aBatchAnswersForEachBlockAndStopsAtItsSize() throws Exception {
        List<Identifier> chunks = put(30, 60_000);
        Identifier missing = Identifier.of(7);
        List<Identifier> wanted = new ArrayList<>(chunks);
        wanted.add(3, missing);
        int calls = 0;
        while (!wanted.isEmpty()) {
            GetBlocksReply reply = ask(wanted);
            assertThat(reply.getBlocksCount()).isEqualTo(wanted.size());
            assertThat(reply.getSerializedSize()).isLessThan(BATCH_BYTES + BATCH_BYTES / 8);
            List<Identifier> skipped = new ArrayList<>();
            for (int i = 0; i < wanted.size(); i++) {
                OneOfBlocks answer = reply.getBlocks(i);
                switch (answer.getAnswerCase()) {
                    case BLOCK ->
                        assertThat(Identifier.sha256(
                                        WireCodec.view(answer.getBlock().getData())))
                                .isEqualTo(wanted.get(i));
                    case REFUSAL -> {
                        assertThat(wanted.get(i)).isEqualTo(missing);
                        assertThat(answer.getRefusal().getCode()).isEqualTo("NOT_FOUND");
                    }
                    case ANSWER_NOT_SET -> skipped.add(wanted.get(i));
                }
            }
            assertThat(skipped.size()).as("something was answered").isLessThan(wanted.size());
            wanted = skipped;
            calls++;
        }
        assertThat(calls).as("1.8 MB in answers of one MiB").isEqualTo(2);
        List<Identifier> tooMany = Collections.nCopies(BlockBatches.MOST + 1, missing);
        assertThatThrownBy(() -> ask(tooMany))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
    }

    private GetBlocksReply ask(List<Identifier> digests) {
        try (PeerChannels channels = new PeerChannels("default")) {
            GetBlocksRequest.Builder request = GetBlocksRequest.newBuilder();
            digests.forEach(
                    digest -> request.addBlocks(GetBlockRequest.newBuilder().setDigest(WireCodec.out(digest))));
            return BlockServiceGrpc.newBlockingStub(channels.to(ring.entry()))
                    .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .getBlocks(request.build());
        }
    }
}
