package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import dev.chord.proto.v1.WriteStamp;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes that arrive, or arrive once more, long after whoever asked for them has given up: as what a
 * connection sends again when a cut is over.
 */
class DelayedWriteTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NAME = "delayed";
    private static final Identifier KEY = Identifier.sha256(("name:" + NAME).getBytes(StandardCharsets.UTF_8));
    private static final int MANY = 40; // more than a record remembers

    @TempDir
    private Path work;

    private LocalRing ring;
    private Ring client;
    private PeerChannels channels;

    @BeforeEach
    void start() {
        ring = new LocalRing(work, 4);
        awaitSettled();
        client = Ring.connect(RingOptions.DEFAULT.withTimeout(LIMIT), List.of(ring.entry()));
        channels = new PeerChannels("default");
    }

    private void awaitSettled() {
        ring.awaitIdeal(LIMIT);
        await().atMost(LIMIT)
                .until(() -> ring.nodes().stream().allMatch(n -> n.keeping().upToDate()));
    }

    @AfterEach
    void stop() {
        channels.close();
        client.close();
        ring.close();
    }

    private ChordNode owner() {
        return ring.nodes().stream()
                .filter(node -> node.loop().owner(KEY).isPresent())
                .findFirst()
                .orElseThrow();
    }

    // Until the node speaks for the key: before that it does nothing.
    private WriteRecordReply ask(ChordNode node, WriteRecordRequest request) {
        WriteRecordsRequest alone =
                WriteRecordsRequest.newBuilder().addWrites(request).build();
        return await().atMost(LIMIT)
                .until(
                        () -> RecordServiceGrpc.newBlockingStub(channels.to(node.endpoint()))
                                .writeRecords(alone)
                                .getAnswers(0),
                        reply -> !reply.hasNotOwner());
    }

    private static WriteRecordRequest write(long value, WriteStamp stamp) {
        Identifier content = Identifier.of(value);
        return WriteRecordRequest.newBuilder()
                .setRecord(Record.newBuilder()
                        .setKey(WireCodec.out(KEY))
                        .setKind(RecordKind.RECORD_KIND_NAME)
                        .setLabel(NAME)
                        .setValue(NameValue.newBuilder()
                                .setContent(WireCodec.out(content))
                                .setSize(1)
                                .build()
                                .toByteString()))
                .setOperation(value)
                .setStamp(stamp)
                .build();
    }

    /** Writes, with a stamp that the node gives; what was asked for in the end. */
    private WriteRecordRequest written(ChordNode node, long value) {
        WriteRecordRequest request = write(value, WriteStamp.getDefaultInstance());
        WriteRecordReply reply = ask(node, request);
        assertThat(reply.hasStale()).as("%s", reply).isTrue();
        while (reply.hasStale()) { // a new one if the holders have just changed
            request = write(value, reply.getStale());
            reply = ask(node, request);
        }
        assertThat(reply.hasWritten()).as("%s", reply).isTrue();
        return request;
    }

    private Identifier content() {
        return client.names().find(NAME).map(NameEntry::content).orElse(Identifier.ZERO);
    }

    private void writeMany() {
        for (int i = 1; i <= MANY; i++) {
            client.names().set(NAME, Identifier.of(1000 + i), 1);
        }
    }

    @Test
    void aWriteThatArrivesAgainHasNoEffectHoweverManyCameAfterIt() {
        ChordNode owner = owner();
        WriteRecordRequest request = written(owner, 7);
        assertThat(content()).isEqualTo(Identifier.of(7));
        writeMany();
        WriteRecordReply again = ask(owner, request);
        assertThat(again.hasWritten() || again.hasStale()).as("%s", again).isTrue();
        assertThat(content()).isEqualTo(Identifier.of(1000 + MANY));
    }

    // The answer comes when the call is over. Others wait for the same disk or the same lease, and they must
    // hear of it nevertheless.
    @Test
    void callersWhoseTimeIsUpHoldNobodyUp() {
        ChordNode owner = owner();
        RecordServiceGrpc.RecordServiceFutureStub hasty =
                RecordServiceGrpc.newFutureStub(channels.to(owner.endpoint()));
        for (int i = 0; i < 300; i++) {
            WriteRecordsRequest alone = WriteRecordsRequest.newBuilder()
                    .addWrites(write(5000 + i, WriteStamp.getDefaultInstance()).toBuilder()
                            .setOperation(0))
                    .build();
            ListenableFuture<WriteRecordsReply> call =
                    hasty.withDeadlineAfter(i % 20, TimeUnit.MILLISECONDS).writeRecords(alone);
            if (i % 3 == 0) {
                call.cancel(true);
            }
        }
        client.names().set(NAME, Identifier.of(9), 1);
        assertThat(content()).isEqualTo(Identifier.of(9));
        ring.add();
        awaitSettled(); // who takes an arc over waits for all writes under way
    }

    @Test
    void aWriteFromBeforeItsOwnerLostTheKeyForAWhileHasNoEffect() {
        ChordNode owner = owner();
        WriteRecordRequest request = write(7, written(owner, 8).getStamp());
        ring.links().cut(Set.of(owner.endpoint()));
        // carried out by the one that takes over
        PeerChannels through = new PeerChannels("default", ring.links().from(other(owner)));
        try (Ring others = Ring.connect(
                RingOptions.DEFAULT.withTimeout(LIMIT), List.of(otherNode(owner).endpoint()), through)) {
            others.names().set(NAME, Identifier.of(9), 1);
        }
        ring.links().heal();
        awaitSettled();
        assertThat(content()).isEqualTo(Identifier.of(9));
        assertThat(owner()).isSameAs(owner);
        client.names().set(NAME, Identifier.of(10), 1);
        WriteRecordReply late = ask(owner, request);
        assertThat(late.hasStale()).as("%s", late).isTrue();
        assertThat(content()).isEqualTo(Identifier.of(10));
        written(owner, 11);
        assertThat(content()).isEqualTo(Identifier.of(11));
    }

    private ChordNode otherNode(ChordNode owner) {
        return ring.nodes().stream().filter(n -> n != owner).findFirst().orElseThrow();
    }

    private String other(ChordNode owner) {
        return otherNode(owner).config().nodeName();
    }
}
