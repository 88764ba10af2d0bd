package dev.chord.client.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.record.RecordClient;
import dev.chord.client.wire.AnswerChecks;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.name.Label;
import dev.chord.core.placement.Spread;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.OneOfPuts;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.PutBlocksReply;
import dev.chord.proto.v1.PutBlocksRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import dev.chord.proto.v1.Version;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import dev.chord.proto.v1.Written;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Peers whose answers no node would give: others are asked, and if there are none it is said who
 * answered what.
 */
class OddAnswersTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final byte[] SMALL = {1, 2, 3};
    private static final byte[] LARGE = new byte[BlockClient.SMALL + 1];
    private static final Record NAME = Record.newBuilder()
            .setKey(WireCodec.out(Label.key("a")))
            .setKind(RecordKind.RECORD_KIND_NAME)
            .setLabel("a")
            .setValue(NameValue.newBuilder()
                    .setContent(WireCodec.out(Identifier.of(7)))
                    .build()
                    .toByteString())
            .build();

    private final PeerChannels channels = new PeerChannels("default");
    private final ExecutorService workers = Executors.newFixedThreadPool(4);
    private volatile PutBlockReply oddPut = PutBlockReply.getDefaultInstance();
    private volatile HasBlocksReply oddHas = HasBlocksReply.getDefaultInstance();
    private volatile WriteRecordReply oddWrite = WriteRecordReply.getDefaultInstance();
    private Server odd;
    private Server good;
    private Peer oddPeer;
    private Peer goodPeer;

    private static Server serve(io.grpc.BindableService... services) throws IOException {
        NettyServerBuilder server =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        for (io.grpc.BindableService service : services) {
            server.addService(service);
        }
        return server.build().start();
    }

    private static <T> void answer(StreamObserver<T> out, T reply) {
        out.onNext(reply);
        out.onCompleted();
    }

    private static Peer at(Server server, long id) {
        return new Peer(Identifier.of(id), new Endpoint("127.0.0.1", server.getPort()), "z", Identifier.of(id), 1);
    }

    private class Odd extends BlockServiceGrpc.BlockServiceImplBase {
        PutBlockReply put() {
            return oddPut;
        }

        @Override
        public void putBlock(PutBlockRequest request, StreamObserver<PutBlockReply> out) {
            answer(out, put());
        }

        @Override
        public void putBlocks(PutBlocksRequest request, StreamObserver<PutBlocksReply> out) {
            answer(
                    out,
                    PutBlocksReply.newBuilder()
                            .addAllBlocks(Collections.nCopies(
                                    request.getBlocksCount(),
                                    OneOfPuts.newBuilder().setStored(put()).build()))
                            .build());
        }

        @Override
        public void hasBlocks(HasBlocksRequest request, StreamObserver<HasBlocksReply> out) {
            answer(out, oddHas);
        }
    }

    /** The ring of one member. */
    private final class Lone extends RingServiceGrpc.RingServiceImplBase {
        @Override
        public void exchange(RingRequest request, StreamObserver<RingReply> out) {
            Reply.Neighborhood at = new Reply.Neighborhood(
                    oddPeer,
                    Phase.MEMBER,
                    Optional.of(oddPeer),
                    List.of(),
                    true,
                    true,
                    Optional.of(new Arc(oddPeer.id(), oddPeer.id())),
                    0);
            boolean step = RingCodec.in(request) instanceof Request.FindStep;
            answer(out, RingCodec.out(step ? new Reply.Step(at, List.of()) : at));
        }
    }

    @BeforeEach
    void start() throws IOException {
        odd = serve(new Odd(), new Lone(), new RecordServiceGrpc.RecordServiceImplBase() {
            @Override
            public void writeRecords(WriteRecordsRequest request, StreamObserver<WriteRecordsReply> out) {
                answer(
                        out,
                        WriteRecordsReply.newBuilder()
                                .addAllAnswers(Collections.nCopies(request.getWritesCount(), oddWrite))
                                .build());
            }
        });
        good = serve(new Odd() {
            @Override
            PutBlockReply put() {
                return PutBlockReply.newBuilder()
                        .addHolders(WireCodec.out(goodPeer))
                        .build();
            }
        });
        oddPeer = at(odd, 1);
        goodPeer = at(good, 2);
    }

    @AfterEach
    void stop() {
        channels.close();
        odd.shutdownNow();
        good.shutdownNow();
        workers.shutdownNow();
    }

    private KeyLocator locator(Peer... chain) {
        return new KeyLocator(
                channels,
                List.of(oddPeer.endpoint()),
                key -> Optional.of(new Lookup.Result(key, Optional.of(chain[0]), List.of(chain), List.of())));
    }

    private static Map<String, PutBlockReply> oddPuts() {
        dev.chord.proto.v1.Peer peer =
                WireCodec.out(new Peer(Identifier.of(3), new Endpoint("127.0.0.1", 7000), "z", Identifier.of(3), 1));
        Map<String, PutBlockReply> odd = new LinkedHashMap<>();
        odd.put("stored nowhere", PutBlockReply.getDefaultInstance());
        odd.put("no port", holder(peer.toBuilder().setPort(0).build()));
        odd.put("no host", holder(peer.toBuilder().setHost("bad host!").build()));
        odd.put("no identifier", holder(peer.toBuilder().clearId().build()));
        odd.put(
                "no process",
                holder(peer.toBuilder().setProcess(ByteString.copyFromUtf8("x")).build()));
        odd.put(
                "more holders than copies can be asked for",
                PutBlockReply.newBuilder()
                        .addAllHolders(Collections.nCopies(65, peer))
                        .build());
        return odd;
    }

    private static PutBlockReply holder(dev.chord.proto.v1.Peer holder) {
        return PutBlockReply.newBuilder().addHolders(holder).build();
    }

    private static void isTold(String what, ChordException refused, Peer by) {
        assertThat(refused).as(what).isNotNull();
        assertThat(refused.code()).as(what + ": " + refused).isEqualTo(ErrorCode.INCOMPATIBLE);
        assertThat(refused.getMessage()).as(what).startsWith(by.endpoint() + " answered ");
        assertThat(refused.hint()).isEqualTo("compare versions");
    }

    @Test
    void whoStoresABlockIsToldOfOrAnotherOneIsAsked() {
        for (Map.Entry<String, PutBlockReply> one : oddPuts().entrySet()) {
            oddPut = one.getValue();
            for (byte[] block : List.of(SMALL, LARGE)) {
                Identifier digest = Identifier.sha256(block);
                PutBlockReply stored =
                        new BlockClient(channels, locator(oddPeer, goodPeer)).put(digest, block, 2, LIMIT);
                assertThat(WireCodec.in(stored.getHoldersList()))
                        .as(one.getKey())
                        .containsExactly(goodPeer);
                BlockClient alone = new BlockClient(channels, locator(oddPeer));
                isTold(
                        one.getKey(),
                        catchThrowableOfType(ChordException.class, () -> alone.put(digest, block, 2, LIMIT)),
                        oddPeer);
            }
        }
    }

    @Test
    void anAnswerThatIsNoneDoesNotEndInSilence() {
        for (Map.Entry<String, PutBlockReply> one : oddPuts().entrySet()) {
            oddPut = one.getValue();
            try (Streams streams = new Streams(new BlockClient(channels, locator(oddPeer)), workers);
                    SubmissionPublisher<ByteBuffer> bytes = new SubmissionPublisher<>(workers, 1)) {
                StreamUpload upload = streams.upload(1, Spread.PROCESS, OptionalLong.empty(), LIMIT, done -> {});
                bytes.subscribe(upload);
                bytes.submit(ByteBuffer.wrap(SMALL));
                bytes.close();
                CompletionException failed = catchThrowableOfType(
                        CompletionException.class,
                        () -> upload.result()
                                .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
                                .join());
                assertThat(failed).hasCauseInstanceOf(ChordException.class);
                isTold(one.getKey(), (ChordException) failed.getCause(), oddPeer);
            }
        }
    }

    @Test
    void aPutThatWasNeitherDoneNorRefusedIsNoAnswer() throws IOException {
        Server silent = serve(new BlockServiceGrpc.BlockServiceImplBase() {
            @Override
            public void putBlocks(PutBlocksRequest request, StreamObserver<PutBlocksReply> out) {
                answer(
                        out,
                        PutBlocksReply.newBuilder()
                                .addAllBlocks(
                                        Collections.nCopies(request.getBlocksCount(), OneOfPuts.getDefaultInstance()))
                                .build());
            }
        });
        try {
            BlockClient client = new BlockClient(channels, locator(at(silent, 5), goodPeer));
            assertThat(client.put(Identifier.sha256(SMALL), SMALL, 1, LIMIT).getHoldersCount())
                    .isEqualTo(1);
        } finally {
            silent.shutdownNow();
        }
    }

    @Test
    void whoSaysNothingUsefulOfBlocksCountsAsNotAnswering() {
        BlockClient client = new BlockClient(channels, locator(oddPeer));
        List<Identifier> two = List.of(Identifier.of(8), Identifier.of(9));
        for (HasBlocksReply reply : List.of(
                HasBlocksReply.getDefaultInstance(),
                HasBlocksReply.newBuilder().addHeld(true).build(),
                HasBlocksReply.newBuilder()
                        .addAllHeld(List.of(true, true, true))
                        .addAllShared(List.of(false, false, false))
                        .build())) {
            oddHas = reply;
            assertThat(client.has(two, oddPeer, LIMIT)).isEmpty();
            assertThat(client.holders(two.get(0), List.of(oddPeer), LIMIT)).containsExactly(Optional.empty());
        }
    }

    @Test
    void aWriteWhoseAnswerIsNoneMayHaveBeenDone() {
        Map<String, Written> answers = new LinkedHashMap<>();
        answers.put("nothing", Written.getDefaultInstance());
        answers.put(
                "another name",
                Written.newBuilder().setRecord(NAME.toBuilder().setLabel("b")).build());
        answers.put(
                "a number too large",
                Written.newBuilder()
                        .setRecord(
                                NAME.toBuilder().setVersion(Version.newBuilder().setSequence(-1)))
                        .build());
        answers.put(
                "another kind",
                Written.newBuilder().setRecord(NAME.toBuilder().setKindValue(2)).build());
        answers.put(
                "no value",
                Written.newBuilder()
                        .setRecord(NAME.toBuilder().setValue(ByteString.copyFromUtf8("\u0001\u0002\u0003")))
                        .build());
        answers.put(
                "a holder without an address",
                Written.newBuilder()
                        .setRecord(NAME)
                        .addHolders(WireCodec.out(goodPeer).toBuilder().setPort(0))
                        .build());
        answers.put(
                "many copies",
                Written.newBuilder().setRecord(NAME).setWanted(-1).build());
        answers.forEach((what, answer) -> assertThatThrownBy(() -> AnswerChecks.written(answer, NAME))
                .as(what)
                .isInstanceOf(MalformedMessageException.class));
        RecordClient records = new RecordClient(channels, locator(oddPeer), 3, 2);
        oddWrite = WriteRecordReply.newBuilder()
                .setWritten(Written.newBuilder().setRecord(NAME))
                .build();
        assertThat(records.write(NAME, Optional.empty(), LIMIT).getRecord()).isEqualTo(NAME);
        oddWrite = WriteRecordReply.newBuilder()
                .setWritten(answers.get("another name"))
                .build();
        ChordException unknown = catchThrowableOfType(
                ChordException.class, () -> records.write(NAME, Optional.empty(), Duration.ofSeconds(2)));
        assertThat(unknown.code()).isEqualTo(ErrorCode.DEADLINE);
        assertThat(unknown.getMessage()).contains("whether it was written is unknown");
    }
}
