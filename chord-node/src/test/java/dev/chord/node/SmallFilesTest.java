package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Stored;
import dev.chord.client.Topology;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.GetBlocksReply;
import dev.chord.proto.v1.GetBlocksRequest;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.OneOfBlocks;
import dev.chord.proto.v1.OneOfPuts;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.PutBlocksReply;
import dev.chord.proto.v1.PutBlocksRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import dev.chord.proto.v1.WriteStamp;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many small files at once. */
class SmallFilesTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
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
    void filesStoredAtOnceTakeFewerCallsThanBlocksAndNames() throws Exception {
        int files = 200;
        Map<String, Long> before = callsThatStore();
        ExecutorService writers = Executors.newFixedThreadPool(50);
        List<Future<Stored>> running = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            Path file = Files.writeString(work.resolve("many-" + i), "content of file " + i);
            running.add(writers.submit(() -> client.files().put(file, "many/" + file.getFileName())));
        }
        for (Future<Stored> one : running) {
            Stored stored = one.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(stored.copies()).isEqualTo(3);
            assertThat(stored.known()).isFalse();
        }
        writers.shutdown();
        Map<String, Long> after = callsThatStore();
        after.replaceAll((method, calls) -> calls - before.get(method));
        System.out.println(files + " files of two blocks and a name each were stored three times in " + after);
        // a chunk, a manifest and a name each, from the client, and two copies of each
        assertThat(after.get("PutBlocks")).isPositive().isLessThan(2L * files);
        assertThat(after.get("StoreBlocks")).isPositive().isLessThan(4L * files);
        assertThat(after.get("WriteRecords")).isPositive().isLessThan(files);
        assertThat(after.get("Replicate")).isPositive().isLessThan(2L * files);
        for (int i = 0; i < files; i++) {
            Path copy = work.resolve("copy-" + i);
            client.files().download("many/many-" + i, copy);
            assertThat(copy).hasContent("content of file " + i);
        }
    }

    private Map<String, Long> callsThatStore() {
        Map<String, Long> calls = new TreeMap<>();
        for (String method : List.of("PutBlocks", "StoreBlocks", "WriteRecords", "Replicate")) {
            calls.put(method, ring.calls(method));
        }
        return calls;
    }

    @Test
    void ofBlocksStoredInOneMessageABadOneIsRefusedAlone() {
        PutBlockRequest good = putRequest("good");
        PutBlockRequest other = putRequest("other");
        PutBlockRequest bad =
                other.toBuilder().setData(ByteString.copyFromUtf8("worse")).build();
        PutBlocksReply reply = blocks(stub -> stub.putBlocks(PutBlocksRequest.newBuilder()
                .addBlocks(good)
                .addBlocks(bad)
                .addBlocks(putRequest("third"))
                .addBlocks(good)
                .build()));
        assertThat(reply.getBlocksList())
                .extracting(OneOfPuts::getAnswerCase)
                .containsExactly(
                        OneOfPuts.AnswerCase.STORED,
                        OneOfPuts.AnswerCase.REFUSAL,
                        OneOfPuts.AnswerCase.STORED,
                        OneOfPuts.AnswerCase.STORED);
        assertThat(reply.getBlocks(1).getRefusal().getCode()).isEqualTo("USAGE");
        for (int i : new int[] {0, 2, 3}) {
            assertThat(reply.getBlocks(i).getStored().getHoldersCount()).isEqualTo(3);
        }
        PutBlocksReply again = blocks(stub -> stub.putBlocks(
                PutBlocksRequest.newBuilder().addBlocks(good).addBlocks(other).build()));
        assertThat(again.getBlocks(0).getStored().getKnown()).isTrue();
        assertThat(again.getBlocks(1).getStored().getKnown()).isFalse();
        PutBlocksRequest tooMany = PutBlocksRequest.newBuilder()
                .addAllBlocks(Collections.nCopies(Batches.MOST + 1, good))
                .build();
        assertThatThrownBy(() -> blocks(stub -> stub.putBlocks(tooMany)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
    }

    private PutBlockRequest putRequest(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return PutBlockRequest.newBuilder()
                .setDigest(WireCodec.out(Identifier.sha256(bytes)))
                .setData(ByteString.copyFrom(bytes))
                .setCopies(3) // each of the three should have it: repair moves nothing
                .addAllCandidates(WireCodec.out(client.topology().members().stream()
                        .map(Topology.Member::peer)
                        .toList()))
                .build();
    }

    @Test
    void writesInOneMessageAreMadeInTheirOrderAndAnsweredOneByOne() {
        Record record = Record.newBuilder()
                .setKey(WireCodec.out(Label.key("in-order")))
                .setKind(RecordKind.RECORD_KIND_NAME)
                .setLabel("in-order")
                .setValue(NameValue.newBuilder()
                        .setContent(WireCodec.out(Identifier.of(77)))
                        .build()
                        .toByteString())
                .build();
        Endpoint owner = client.topology()
                .trace(Label.key("in-order"))
                .owner()
                .orElseThrow()
                .endpoint();
        await().atMost(LIMIT)
                .until(() -> ring.nodes().stream().allMatch(n -> n.keeping().upToDate()));
        WriteStamp none = WriteStamp.getDefaultInstance();
        WriteStamp stamp = records(
                        owner,
                        WriteRecordsRequest.newBuilder()
                                .addWrites(write(record, 9, none))
                                .build())
                .getAnswers(0)
                .getStale();
        WriteRecordRequest first = write(record, 1, stamp);
        WriteRecordRequest second = write(record, 2, stamp);
        WriteRecordRequest onlyIfNew = write(record, 3, stamp).toBuilder()
                .setExpected(dev.chord.proto.v1.Version.getDefaultInstance())
                .build();
        WriteRecordRequest nameless = write(record.toBuilder().setKindValue(0).build(), 4, stamp);
        WriteRecordsReply reply = records(
                owner,
                WriteRecordsRequest.newBuilder()
                        .addWrites(first)
                        .addWrites(second)
                        .addWrites(onlyIfNew)
                        .addWrites(nameless)
                        .addWrites(first)
                        .build());
        assertThat(reply.getAnswersList())
                .extracting(WriteRecordReply::getOutcomeCase)
                .containsExactly(
                        WriteRecordReply.OutcomeCase.WRITTEN,
                        WriteRecordReply.OutcomeCase.WRITTEN,
                        WriteRecordReply.OutcomeCase.CONFLICT,
                        WriteRecordReply.OutcomeCase.REFUSAL,
                        WriteRecordReply.OutcomeCase.WRITTEN);
        assertThat(version(reply.getAnswers(1))).isEqualTo(version(reply.getAnswers(0)) + 1);
        assertThat(version(reply.getAnswers(4)))
                .as("one that is asked again takes effect once")
                .isEqualTo(version(reply.getAnswers(1)));
        List<WriteRecordReply> elsewhere = client.topology().members().stream()
                .map(member -> member.peer().endpoint())
                .filter(endpoint -> !endpoint.equals(owner))
                .map(endpoint -> records(
                                endpoint,
                                WriteRecordsRequest.newBuilder()
                                        .addWrites(first)
                                        .build())
                        .getAnswers(0))
                .toList();
        assertThat(elsewhere).hasSize(2).allMatch(WriteRecordReply::hasNotOwner);
    }

    private static WriteRecordRequest write(Record record, long operation, WriteStamp stamp) {
        return WriteRecordRequest.newBuilder()
                .setRecord(record)
                .setOperation(operation)
                .setStamp(stamp)
                .build();
    }

    private static long version(WriteRecordReply reply) {
        return reply.getWritten().getRecord().getVersion().getSequence();
    }

    private static WriteRecordsReply records(Endpoint at, WriteRecordsRequest request) {
        try (PeerChannels channels = new PeerChannels("default")) {
            return RecordServiceGrpc.newBlockingStub(channels.to(at))
                    .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .writeRecords(request);
        }
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
        List<Identifier> tooMany = Collections.nCopies(Batches.MOST + 1, missing);
        assertThatThrownBy(() -> ask(tooMany))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
    }

    private GetBlocksReply ask(List<Identifier> digests) {
        GetBlocksRequest.Builder request = GetBlocksRequest.newBuilder();
        digests.forEach(digest -> request.addBlocks(GetBlockRequest.newBuilder().setDigest(WireCodec.out(digest))));
        return blocks(stub -> stub.getBlocks(request.build()));
    }

    private <T> T blocks(Function<BlockServiceGrpc.BlockServiceBlockingStub, T> call) {
        try (PeerChannels channels = new PeerChannels("default")) {
            return call.apply(BlockServiceGrpc.newBlockingStub(channels.to(ring.entry()))
                    .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS));
        }
    }
}
