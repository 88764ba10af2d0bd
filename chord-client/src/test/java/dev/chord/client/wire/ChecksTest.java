package dev.chord.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Request;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.GiveUpRequest;
import dev.chord.proto.v1.GivenUp;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.PromiseTenureRequest;
import dev.chord.proto.v1.ProviderValue;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.ReleaseArcRequest;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.ShareRequest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What each service takes, and for which reason it does not take the rest. */
class ChecksTest {
    private static final Identifier ME = Identifier.of(1000);
    private static final Known KNOWN = new Known(() -> 5, id -> id.equals(ME) ? 7 : 3, ME::equals);

    private static Peer peer(long id, long life) {
        return new Peer(Identifier.of(id), new Endpoint("127.0.0.1", 7450), "z", Identifier.of(id), life);
    }

    private static Record.Builder name(String label) {
        return Record.newBuilder()
                .setKey(WireCodec.out(Label.key(label)))
                .setKind(RecordKind.RECORD_KIND_NAME)
                .setLabel(label)
                .setVersion(WireCodec.out(new Version((5L << 40) + 1, ME)))
                .setValue(NameValue.newBuilder()
                        .setContent(WireCodec.out(Identifier.of(77)))
                        .setSize(5)
                        .build()
                        .toByteString());
    }

    private static Record.Builder provider(Peer peer, long lease) {
        return Record.newBuilder()
                .setKey(WireCodec.out(Identifier.of(77)))
                .setKind(RecordKind.RECORD_KIND_PROVIDER)
                .setLabel(peer.process().toHex())
                .setVersion(WireCodec.out(new Version(1, ME)))
                .setLeaseMillis(lease)
                .setValue(ProviderValue.newBuilder()
                        .setPeer(WireCodec.out(peer))
                        .setSize(5)
                        .setName("a/b")
                        .build()
                        .toByteString());
    }

    private static void refused(Fault fault, Runnable check) {
        assertThatThrownBy(check::run)
                .isInstanceOfSatisfying(
                        MalformedMessageException.class,
                        e -> assertThat(e.fault()).isEqualTo(fault));
    }

    private static void refused(Fault fault, Record.Builder record) {
        refused(fault, () -> RecordChecks.whole(record.build()));
        assertThat(RecordChecks.isWhole(record.build())).isFalse();
    }

    @Test
    void aNameLiesUnderItsOwnKeyAndStandsForAContent() {
        assertThat(RecordChecks.isWhole(name("a/b.txt").build())).isTrue();
        assertThat(RecordChecks.isWhole(name("a\u0308").build()))
                .as("names are exact")
                .isTrue();
        refused(Fault.LABEL, name("../../etc/cron.d/x"));
        refused(Fault.LABEL, name("c1\u009b31mred"));
        refused(Fault.KEY, name("a").setKey(WireCodec.out(Identifier.of(1))));
        refused(Fault.IDENTIFIER, name("a").setKey(ByteString.copyFrom(new byte[31])));
        refused(Fault.VALUE, name("a").setValue(ByteString.copyFromUtf8("\u0001\u0002\u0003")));
        refused(Fault.IDENTIFIER, name("a").setValue(ByteString.EMPTY));
        refused(Fault.SIZE, name("a").setValue(ByteString.copyFrom(new byte[64 * 1024])));
        refused(Fault.SIZE, name("x".repeat(1025)));
        refused(Fault.NUMBER, name("a").setLeaseMillis(-1));
        refused(
                Fault.NUMBER,
                name("a").setVersion(dev.chord.proto.v1.Version.newBuilder().setSequence(-1)));
        refused(Fault.COUNT, name("a").addAllOperations(Collections.nCopies(33, 1L)));
        refused(Fault.KIND, name("a").setKindValue(7));
        refused(Fault.KIND, name("a").clearKind());
        assertThat(RecordChecks.isWhole(name("c1\u009b31mred").setDeleted(true).build()))
                .as("what an earlier version let in can be removed")
                .isTrue();
        refused(Fault.KEY, name("../x").setDeleted(true).setKey(WireCodec.out(ME)));
    }

    @Test
    void aProviderSpeaksForItselfAndNotForLong() {
        Peer peer = peer(4, 1);
        assertThat(RecordChecks.isWhole(provider(peer, 1000).build())).isTrue();
        assertThat(RecordChecks.isWhole(provider(peer, 0).setDeleted(true).build()))
                .isTrue();
        refused(Fault.NUMBER, provider(peer, 0));
        refused(Fault.NUMBER, provider(peer, RecordChecks.PROVIDER_LEASE.toMillis() + 1));
        refused(Fault.SENDER, provider(peer, 1000).setLabel(Identifier.of(5).toHex()));
        refused(Fault.LABEL, provider(peer, 1000).setLabel("somebody"));
        refused(Fault.VALUE, provider(peer, 1000).setValue(ByteString.copyFromUtf8("\u0001\u0002\u0003")));
        ProviderValue elsewhere = ProviderValue.newBuilder()
                .setPeer(WireCodec.out(peer).toBuilder().setHost("169.254.169.254"))
                .build();
        refused(Fault.ADDRESS, provider(peer, 1000).setValue(elsewhere.toByteString()));
    }

    @Test
    void numbersThatNobodyAskedForAreAStepAwayAtMost() {
        for (long epoch : new long[] {Long.MAX_VALUE, -1, NumberBounds.EPOCHS, 6 + NumberBounds.STEP}) {
            List<Object> messages = List.of(
                    PromiseTenureRequest.newBuilder()
                            .setProcess(WireCodec.out(ME))
                            .setEpoch(epoch)
                            .build(),
                    ReplicateRequest.newBuilder().setEpoch(epoch).build(),
                    ReplicateRequest.newBuilder()
                            .setTenure(epoch)
                            .setProcess(WireCodec.out(ME))
                            .build(),
                    NoteTenureRequest.newBuilder()
                            .setProcess(WireCodec.out(ME))
                            .setTenure(dev.chord.proto.v1.Tenure.newBuilder()
                                    .setEpoch(epoch)
                                    .addHolders(WireCodec.out(peer(4, 1))))
                            .build(),
                    GiveUpRequest.newBuilder()
                            .addProcesses(GivenUp.newBuilder()
                                    .setProcess(WireCodec.out(ME))
                                    .setEpoch(epoch))
                            .build());
            messages.forEach(m -> refused(Fault.NUMBER, () -> RecordRequestChecks.request(m, KNOWN)));
        }
        assertThatCode(() -> RecordRequestChecks.request(
                        ReplicateRequest.newBuilder()
                                .setEpoch(5 + NumberBounds.STEP)
                                .build(),
                        KNOWN))
                .doesNotThrowAnyException();
        UnaryOperator<Record> later = r -> r.toBuilder()
                .setVersion(WireCodec.out(new Version((6 + NumberBounds.STEP) << 40, ME)))
                .build();
        refused(
                Fault.NUMBER,
                () -> RecordRequestChecks.request(
                        ReplicateRequest.newBuilder()
                                .addRecords(later.apply(name("a").build()))
                                .build(),
                        KNOWN));
    }

    @Test
    void nobodySpeaksForAnother() {
        Peer other = peer(4, 3);
        assertThatCode(() -> RingChecks.request(
                        RingCodec.out(Optional.of(ME), Optional.of(other), new Request.Notify(other)), KNOWN))
                .doesNotThrowAnyException();
        refused(
                Fault.SENDER,
                () -> RingChecks.request(
                        RingCodec.out(Optional.of(ME), Optional.of(other), new Request.Notify(peer(5, 1))), KNOWN));
        refused(
                Fault.SENDER,
                () -> RingChecks.request(
                        RingCodec.out(Optional.of(ME), Optional.of(peer(1000, 8)), new Request.Ping()), KNOWN));
        refused(
                Fault.NUMBER,
                () -> RingChecks.request(
                        RingCodec.out(Optional.of(ME), Optional.of(peer(4, 4 + NumberBounds.STEP)), new Request.Ping()),
                        KNOWN));
        refused(
                Fault.SENDER,
                () -> RecordRequestChecks.request(
                        ReplicateRequest.newBuilder()
                                .setOwner(WireCodec.out(peer(1000, 7)))
                                .build(),
                        KNOWN));
        refused(
                Fault.SENDER,
                () -> RecordRequestChecks.request(
                        ReleaseArcRequest.newBuilder()
                                .setArc(WireCodec.out(new Arc(Identifier.of(10), Identifier.of(1000))))
                                .setTaker(WireCodec.out(peer(500, 1)))
                                .setTarget(WireCodec.out(ME))
                                .build(),
                        KNOWN));
    }

    @Test
    void blocksAndPathsHaveBounds() {
        refused(
                Fault.NUMBER,
                () -> BlockChecks.request(PutBlockRequest.newBuilder()
                        .setDigest(WireCodec.out(ME))
                        .setCopies(-1)
                        .build()));
        refused(
                Fault.IDENTIFIER,
                () -> BlockChecks.request(HasBlocksRequest.newBuilder()
                        .addDigests(ByteString.copyFromUtf8("short"))
                        .build()));
        refused(
                Fault.NUMBER,
                () -> BlockChecks.request(HasBlocksRequest.newBuilder()
                        .setKeepMillis(Long.MAX_VALUE)
                        .build()));
        for (String path : List.of("", "here.txt", "../x", "a\u0000b")) {
            refused(
                    Fault.PATH,
                    () -> AdminChecks.request(
                            ShareRequest.newBuilder().setPath(path).build()));
        }
        refused(
                Fault.LABEL,
                () -> AdminChecks.request(ShareRequest.newBuilder()
                        .setPath("/tmp/a")
                        .setName("a\nb")
                        .build()));
    }
}
