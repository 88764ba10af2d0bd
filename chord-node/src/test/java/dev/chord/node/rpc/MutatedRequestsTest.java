package dev.chord.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Request;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.node.ChordNode;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.AdminServiceGrpc;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.CheckSharedRequest;
import dev.chord.proto.v1.CompareRecordsRequest;
import dev.chord.proto.v1.ConfirmTransferRequest;
import dev.chord.proto.v1.FingerprintBlocksRequest;
import dev.chord.proto.v1.FingerprintRecordsRequest;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.GiveUpRequest;
import dev.chord.proto.v1.GivenUp;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.LeaseTenureRequest;
import dev.chord.proto.v1.ListNamesRequest;
import dev.chord.proto.v1.LocateRequest;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.PromiseTenureRequest;
import dev.chord.proto.v1.PullRecordsRequest;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordDigest;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.ReleaseArcRequest;
import dev.chord.proto.v1.RenewBlocksRequest;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import dev.chord.proto.v1.ShareRequest;
import dev.chord.proto.v1.StoreBlockRequest;
import dev.chord.proto.v1.Tenure;
import dev.chord.proto.v1.UnshareRequest;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each service of a real node is sent its own requests with one field changed to what nobody sends, field
 * by field: the answer is never a failure that nobody thought of, and afterwards everything is as it was
 * and works.
 */
class MutatedRequestsTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Identifier SOME = Identifier.of(4711);
    private static final Arc ALL = new Arc(Identifier.ZERO, Identifier.ZERO);

    @TempDir
    private Path work;

    private record Sample(MethodDescriptor<?, ?> method, Message request) {}

    @Test
    void noFieldOfNoRequestBreaksANode() throws Exception {
        try (LocalRing ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 2);
                PeerChannels channels = new PeerChannels("default")) {
            ring.awaitIdeal(LIMIT);
            try (Ring client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()))) {
                Path file = Files.writeString(work.resolve("kept"), "what was kept before");
                client.files().put(file, "kept");
                ChordNode node = ring.nodes().get(0);
                Map<Status.Code, Integer> codes = new EnumMap<>(Status.Code.class);
                Map<String, String> bugs = new LinkedHashMap<>();
                for (Sample sample : samples(node)) {
                    for (Message changed : changes(sample.request())) {
                        Status status = send(channels.to(node.endpoint()), sample.method(), changed);
                        codes.merge(status.getCode(), 1, Integer::sum);
                        if (status.getCode() == Status.Code.INTERNAL || status.getCode() == Status.Code.UNKNOWN) {
                            bugs.put(sample.method().getFullMethodName() + " " + changed, status.toString());
                        }
                    }
                    assertThat(node.store().records().epoch()).isLessThan(NumberBounds.EPOCHS);
                }
                System.out.println("requests with one field changed: " + codes);
                assertThat(bugs).isEmpty();
                assertThat(codes.get(Status.Code.INVALID_ARGUMENT)).isGreaterThan(200);
                assertThat(ring.counted("chord.faults"))
                        .as("bugs that the loop survived")
                        .isZero();
                assertThat(ring.counted("chord.wire.refused")).isGreaterThan(200);
                // whoever was made to promise or to look for holders needs a moment
                await().atMost(LIMIT)
                        .ignoreExceptions()
                        .until(() -> client.names().find("kept").isPresent());
                Path copy = work.resolve("copy");
                client.files().download("kept", copy);
                assertThat(copy).hasContent("what was kept before");
                await().atMost(LIMIT).ignoreExceptions().until(() -> {
                    client.files().put(file, "after");
                    return true;
                });
                assertThat(client.names().list("").names())
                        .extracting(e -> e.name())
                        .contains("kept", "after");
            }
        }
    }

    private static Status send(Channel channel, MethodDescriptor<?, ?> method, Message request) {
        @SuppressWarnings("unchecked")
        MethodDescriptor<Message, Object> typed = (MethodDescriptor<Message, Object>) method;
        try {
            ClientCalls.blockingServerStreamingCall(
                            channel, typed, CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS), request)
                    .forEachRemaining(answer -> {});
            return Status.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus();
        }
    }

    // ---- one field changed, wherever it lies

    private static List<Message> changes(Message message) {
        List<Message> changes = new ArrayList<>();
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.isRepeated()) {
                if (message.getRepeatedFieldCount(field) > 0) {
                    Object one = message.getRepeatedField(field, 0);
                    others(field, one)
                            .forEach(other -> changes.add(message.toBuilder()
                                    .setRepeatedField(field, 0, other)
                                    .build()));
                    Message.Builder many = message.toBuilder();
                    for (int i = 0; i < 5000; i++) {
                        many.addRepeatedField(field, one);
                    }
                    changes.add(many.build());
                }
            } else if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE || message.hasField(field)) {
                others(field, message.getField(field))
                        .forEach(other -> changes.add(
                                message.toBuilder().setField(field, other).build()));
                changes.add(message.toBuilder().clearField(field).build());
            }
        }
        return changes;
    }

    private static List<?> others(FieldDescriptor field, Object now) {
        return switch (field.getJavaType()) {
            case MESSAGE -> changes((Message) now);
            case LONG -> List.of(-1L, Long.MAX_VALUE, Long.MIN_VALUE, NumberBounds.LIMIT);
            case INT -> List.of(-1, Integer.MAX_VALUE, 70_000);
            case BYTE_STRING ->
                List.of(
                        ByteString.copyFrom(new byte[31]),
                        ByteString.copyFrom(new byte[33]),
                        ByteString.copyFromUtf8("\u0001\u0002\u0003"));
            case STRING -> List.of("bad host!", "\u001b[31m\n", "../../x", "x".repeat(20_000), "169.254.169.254");
            default -> List.of();
        };
    }

    // ---- requests as they are sent

    private static List<Sample> samples(ChordNode node) {
        Peer self = node.self();
        Peer other = new Peer(SOME, new Endpoint("127.0.0.1", 9), "z", SOME, 1);
        dev.chord.proto.v1.Arc arc = WireCodec.out(ALL);
        ByteString process = WireCodec.out(SOME);
        List<Sample> samples = new ArrayList<>();
        for (Request request : List.of(
                new Request.Ping(),
                new Request.FindStep(SOME, 3),
                new Request.JoinThrough(other),
                new Request.Notify(other),
                new Request.PrepareLeave(true, false),
                new Request.Departing(Optional.of(other), List.of(other)),
                new Request.ListMembers(16),
                new Request.Announce(other, SOME, SOME))) {
            samples.add(new Sample(
                    RingServiceGrpc.getExchangeMethod(),
                    RingCodec.out(Optional.of(self.id()), Optional.of(other), request)));
        }
        samples.add(new Sample(
                RingServiceGrpc.getLocateMethod(),
                LocateRequest.newBuilder().addKeys(process).build()));
        samples.addAll(ofRecords(self, other, arc, process));
        samples.addAll(ofBlocks(other, arc, process));
        samples.add(new Sample(
                AdminServiceGrpc.getShareMethod(),
                ShareRequest.newBuilder()
                        .setPath("/nowhere/at/all")
                        .setName("a")
                        .build()));
        samples.add(new Sample(
                AdminServiceGrpc.getUnshareMethod(),
                UnshareRequest.newBuilder().setRef("nothing").build()));
        return samples;
    }

    private static Record record() {
        return Record.newBuilder()
                .setKey(WireCodec.out(Label.key("changed")))
                .setKind(RecordKind.RECORD_KIND_NAME)
                .setLabel("changed")
                .setVersion(WireCodec.out(new Version(1, SOME)))
                .setValue(NameValue.newBuilder()
                        .setContent(WireCodec.out(SOME))
                        .build()
                        .toByteString())
                .addOperations(5)
                .build();
    }

    private static List<Sample> ofRecords(Peer self, Peer other, dev.chord.proto.v1.Arc arc, ByteString process) {
        return List.of(
                new Sample(
                        RecordServiceGrpc.getWriteRecordsMethod(),
                        WriteRecordsRequest.newBuilder()
                                .addWrites(WriteRecordRequest.newBuilder().setRecord(record()))
                                .build()),
                new Sample(
                        RecordServiceGrpc.getReadRecordsMethod(),
                        ReadRecordsRequest.newBuilder()
                                .setKey(process)
                                .setKind(RecordKind.RECORD_KIND_NAME)
                                .build()),
                new Sample(
                        RecordServiceGrpc.getReplicateMethod(),
                        ReplicateRequest.newBuilder()
                                .setOwner(WireCodec.out(other))
                                .addRecords(record())
                                .build()),
                new Sample(
                        RecordServiceGrpc.getCompareRecordsMethod(),
                        CompareRecordsRequest.newBuilder()
                                .addDigests(RecordDigest.newBuilder()
                                        .setKey(WireCodec.out(Label.key("a")))
                                        .setLabel("a")
                                        .setKind(RecordKind.RECORD_KIND_NAME)
                                        .setVersion(WireCodec.out(new Version(1, SOME))))
                                .build()),
                new Sample(
                        RecordServiceGrpc.getFingerprintRecordsMethod(),
                        FingerprintRecordsRequest.newBuilder().setArc(arc).build()),
                new Sample(
                        RecordServiceGrpc.getPullRecordsMethod(),
                        PullRecordsRequest.newBuilder().setArc(arc).build()),
                new Sample(
                        RecordServiceGrpc.getReleaseArcMethod(),
                        ReleaseArcRequest.newBuilder()
                                .setArc(WireCodec.out(new Arc(Identifier.ZERO, SOME)))
                                .setTaker(WireCodec.out(other))
                                .setTarget(WireCodec.out(self.id()))
                                .build()),
                new Sample(
                        RecordServiceGrpc.getPromiseTenureMethod(),
                        PromiseTenureRequest.newBuilder()
                                .setProcess(process)
                                .addArcs(arc)
                                .setEpoch(1)
                                .build()),
                new Sample(
                        RecordServiceGrpc.getNoteTenureMethod(),
                        NoteTenureRequest.newBuilder()
                                .setProcess(process)
                                .addArcs(arc)
                                .setTenure(Tenure.newBuilder().setEpoch(1).addHolders(WireCodec.out(other)))
                                .build()),
                new Sample(
                        RecordServiceGrpc.getLeaseTenureMethod(),
                        LeaseTenureRequest.newBuilder()
                                .setProcess(process)
                                .setArc(arc)
                                .setEpoch(1)
                                .build()),
                new Sample(
                        RecordServiceGrpc.getGiveUpMethod(),
                        GiveUpRequest.newBuilder()
                                .addProcesses(GivenUp.newBuilder().setProcess(process))
                                .build()),
                new Sample(
                        RecordServiceGrpc.getListNamesMethod(),
                        ListNamesRequest.newBuilder()
                                .setTarget(WireCodec.out(self.id()))
                                .addWithin(arc)
                                .build()),
                new Sample(
                        RecordServiceGrpc.getCheckSharedMethod(),
                        CheckSharedRequest.newBuilder()
                                .setName("a")
                                .setContent(process)
                                .setProvider(process)
                                .build()));
    }

    private static List<Sample> ofBlocks(Peer other, dev.chord.proto.v1.Arc arc, ByteString process) {
        ByteString data = ByteString.copyFromUtf8("a block");
        ByteString digest = WireCodec.out(Identifier.sha256(data.toByteArray()));
        return List.of(
                new Sample(
                        BlockServiceGrpc.getPutBlockMethod(),
                        PutBlockRequest.newBuilder()
                                .setDigest(digest)
                                .setData(data)
                                .setCopies(2)
                                .addCandidates(WireCodec.out(other))
                                .build()),
                new Sample(
                        BlockServiceGrpc.getStoreBlockMethod(),
                        StoreBlockRequest.newBuilder()
                                .setDigest(digest)
                                .setData(data)
                                .build()),
                new Sample(
                        BlockServiceGrpc.getGetBlockMethod(),
                        GetBlockRequest.newBuilder()
                                .setDigest(digest)
                                .setTransfer("t")
                                .build()),
                new Sample(
                        BlockServiceGrpc.getHasBlocksMethod(),
                        HasBlocksRequest.newBuilder().addDigests(digest).build()),
                new Sample(
                        BlockServiceGrpc.getRenewBlocksMethod(),
                        RenewBlocksRequest.newBuilder().addDigests(digest).build()),
                new Sample(
                        BlockServiceGrpc.getFingerprintBlocksMethod(),
                        FingerprintBlocksRequest.newBuilder().setArc(arc).build()),
                new Sample(
                        BlockServiceGrpc.getConfirmTransferMethod(),
                        ConfirmTransferRequest.newBuilder()
                                .setTransfer("t")
                                .setContent(process)
                                .setDigest(process)
                                .build()));
    }
}
