package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.bounds.ClaimBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.ListRefusedRequest;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.PromiseTenureReply;
import dev.chord.proto.v1.PromiseTenureRequest;
import dev.chord.proto.v1.ProviderValue;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordBatch;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.ReleaseArcRequest;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.Tenure;
import dev.chord.proto.v1.TenureReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody who reaches a node's port and speaks its language well: what he cannot do. */
class StrangersTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Identifier SOMEBODY = Identifier.of(4711);
    private static final Arc PROPOSED = new Arc(Identifier.of(5), Identifier.of(6));

    @TempDir
    static Path work;

    private static LocalRing ring;
    private static Ring client;
    private static PeerChannels channels;

    @BeforeAll
    static void start() throws Exception {
        ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 3);
        ring.awaitIdeal(LIMIT);
        client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()));
        channels = new PeerChannels("default");
    }

    @AfterAll
    static void stop() {
        channels.close();
        client.close();
        ring.close();
    }

    private static RecordServiceGrpc.RecordServiceBlockingStub records(ChordNode node) {
        return RecordServiceGrpc.newBlockingStub(channels.to(node.endpoint()))
                .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    private static ChordNode owner(Identifier key) {
        Identifier process = client.topology().trace(key).owner().orElseThrow().process();
        return ring.nodes().stream()
                .filter(n -> n.self().process().equals(process))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void nobodyButItsOwnerOrdersTheWritesOfAName() throws Exception {
        client.files().put(Files.writeString(work.resolve("mine"), "mine"), "mine");
        NameEntry before = client.names().find("mine").orElseThrow();
        Identifier key = Label.key("mine");
        for (long by : new long[] {1, 1L << 30, 1L << 41}) {
            Record later = Record.newBuilder()
                    .setKey(WireCodec.out(key))
                    .setKind(RecordKind.RECORD_KIND_NAME)
                    .setLabel("mine")
                    .setVersion(WireCodec.out(new Version(before.version().sequence() + by, SOMEBODY)))
                    .setValue(NameValue.newBuilder()
                            .setContent(WireCodec.out(SOMEBODY))
                            .build()
                            .toByteString())
                    .build();
            assertThatThrownBy(() -> records(owner(key))
                            .replicate(ReplicateRequest.newBuilder()
                                    .addRecords(later)
                                    .build()))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
        }
        assertThat(client.names().find("mine")).contains(before);
    }

    @Test
    void anArcIsGivenToNobodyWhoIsNotThere() {
        for (ChordNode node : ring.nodes()) {
            node.loop().states().get(0).ownership().settled().ifPresent(arc -> {
                Peer nobody = new Peer(arc.to(), new Endpoint("127.0.0.1", 9), "z", SOMEBODY, 1);
                for (boolean head : new boolean[] {true, false}) {
                    Iterator<RecordBatch> batches = records(node)
                            .releaseArc(ReleaseArcRequest.newBuilder()
                                    .setArc(WireCodec.out(arc))
                                    .setTaker(WireCodec.out(new Peer(SOMEBODY, nobody.endpoint(), "z", SOMEBODY, 1)))
                                    .setTarget(WireCodec.out(node.self().id()))
                                    .setAsHead(head)
                                    .build());
                    assertThatThrownBy(batches::hasNext).isInstanceOf(StatusRuntimeException.class);
                }
            });
            assertThat(node.loop().states().get(0).ownership().giving()).isEmpty();
        }
    }

    @Test
    void nobodyIsDialledWhereOnlyAStrangerSaysThatHeIs() throws Exception {
        Identifier content = client.files()
                .put(Files.writeString(work.resolve("shared"), "shared bytes"), "shared")
                .content();
        try (ServerSocket trap = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Peer elsewhere = new Peer(SOMEBODY, new Endpoint("127.0.0.1", trap.getLocalPort()), "default", SOMEBODY, 1);
            Record provider = Record.newBuilder()
                    .setKey(WireCodec.out(content))
                    .setKind(RecordKind.RECORD_KIND_PROVIDER)
                    .setLabel(SOMEBODY.toHex())
                    .setLeaseMillis(60_000)
                    .setValue(ProviderValue.newBuilder()
                            .setPeer(WireCodec.out(elsewhere))
                            .setSize(12)
                            .build()
                            .toByteString())
                    .build();
            WriteRecordsReply written = records(owner(content))
                    .writeRecords(WriteRecordsRequest.newBuilder()
                            .addWrites(WriteRecordRequest.newBuilder().setRecord(provider))
                            .build());
            assertThat(written.getAnswers(0).hasWritten())
                    .as(written.toString())
                    .isTrue();
            client.files().locate("shared");
            Path copy = work.resolve("copy");
            client.files().download("shared", copy);
            assertThat(copy).hasContent("shared bytes");
            ByteString data = ByteString.copyFromUtf8("a block of a stranger");
            PutBlockReply put = BlockServiceGrpc.newBlockingStub(channels.to(ring.entry()))
                    .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .putBlock(PutBlockRequest.newBuilder()
                            .setDigest(WireCodec.out(Identifier.sha256(data.toByteArray())))
                            .setData(data)
                            .setCopies(2)
                            .addCandidates(WireCodec.out(elsewhere))
                            .build());
            assertThat(put.getHoldersCount()).isEqualTo(1);
            // everything that could have dialled has ended, or looks every second
            trap.setSoTimeout(3000);
            assertThatThrownBy(trap::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    private static PromiseTenureReply promise(ChordNode node, long epoch, List<Arc> arcs) {
        return records(node)
                .promiseTenure(PromiseTenureRequest.newBuilder()
                        .setProcess(WireCodec.out(node.self().process()))
                        .setEpoch(epoch)
                        .addAllArcs(arcs.stream().map(WireCodec::out).toList())
                        .build());
    }

    private static List<Arc> tinyArcs(int first, int many) {
        return IntStream.range(first, first + many)
                .mapToObj(i -> new Arc(Identifier.of(1000L * i), Identifier.of(1000L * i + 1)))
                .toList();
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    }

    @Test
    void whatIsPromisedIsNotCutIntoMorePiecesThanThereAreBounds() throws Exception {
        ChordNode node = ring.nodes().get(1);
        long epoch = records(node)
                        .listRefused(ListRefusedRequest.getDefaultInstance())
                        .getEpoch()
                + 1;
        List<Arc> everything = List.of(new Arc(Identifier.ZERO, Identifier.ZERO));
        int before = promise(node, 0, everything).getClaimsCount();
        refused(() -> promise(node, epoch, tinyArcs(0, 4000)));
        assertThat(promise(node, 0, everything).getClaimsCount())
                .as("of what is refused nothing is done")
                .isEqualTo(before);
        int agreed = 0;
        try {
            while (agreed < 100) {
                assertThat(promise(node, epoch, tinyArcs(200 * agreed, 200)).getAgreed())
                        .isTrue();
                agreed++;
            }
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
        assertThat(agreed).as("times 200 arcs").isBetween(1, 20);
        assertThat(promise(node, 0, everything).getClaimsCount()).isLessThanOrEqualTo(ClaimBounds.PIECES);
        refused(() -> promise(node, 0, Collections.nCopies(4000, everything.get(0))));
        client.files().put(Files.writeString(work.resolve("beside"), "beside"), "beside");
        Arc all = new Arc(Identifier.ZERO, Identifier.of(1000L * 200 * 100));
        assertThat(promise(node, epoch + 1000, List.of(all)).getAgreed())
                .as("what leaves fewer pieces is promised")
                .isTrue();
        assertThat(promise(node, 0, everything).getClaimsCount()).isLessThan(before + 10);
    }

    // In a ring that nothing else happens to, and at a node that does not own the arc: an owner that hears of
    // a tenure begins a later one, and then no earlier one is proposed any more.
    @Test
    void tenuresThatAreOnlyProposedAreFew() throws Exception {
        try (LocalRing quiet = new LocalRing(Files.createDirectories(work.resolve("quiet")), 2)) {
            quiet.awaitIdeal(LIMIT);
            ChordNode node = quiet.nodes().stream()
                    .filter(n -> !n.loop()
                            .states()
                            .get(0)
                            .ownership()
                            .settled()
                            .orElseThrow()
                            .contains(PROPOSED.to()))
                    .findFirst()
                    .orElseThrow();
            long epoch = records(node)
                            .listRefused(ListRefusedRequest.getDefaultInstance())
                            .getEpoch()
                    + 1;
            int noted = 0;
            try {
                while (noted < 300) {
                    assertThat(propose(node, epoch, noted).getAgreed())
                            .as("tenure %d of epoch %d may be proposed", noted, epoch)
                            .isTrue();
                    noted++;
                }
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            }
            assertThat(noted).isEqualTo(ClaimBounds.PROPOSED);
        }
    }

    private static TenureReply propose(ChordNode node, long epoch, int number) {
        Peer holder = new Peer(Identifier.of(number), new Endpoint("127.0.0.1", 9), "z", Identifier.of(number + 1L), 1);
        return records(node)
                .noteTenure(NoteTenureRequest.newBuilder()
                        .setProcess(WireCodec.out(node.self().process()))
                        .addArcs(WireCodec.out(PROPOSED))
                        .setTenure(Tenure.newBuilder().setEpoch(epoch).addHolders(WireCodec.out(holder)))
                        .build());
    }
}
