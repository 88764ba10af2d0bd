package dev.chord.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingRequest;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/**
 * Every message survives the way to the wire and back; bytes that no conforming peer sends are refused
 * by name.
 */
class WireCodecTest {
    private static final Arbitrary<Identifier> IDS =
            Arbitraries.bytes().array(byte[].class).ofSize(32).map(Identifier::ofBytes);

    private static final Arbitrary<Peer> PEERS = Combinators.combine(
                    IDS,
                    Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(40),
                    Arbitraries.integers().between(1, 65_535),
                    Arbitraries.strings().ofMaxLength(20),
                    IDS,
                    Arbitraries.longs().between(0, NumberBounds.LIMIT - 1))
            .as((id, host, port, zone, process, life) -> new Peer(id, new Endpoint(host, port), zone, process, life));

    private static final Arbitrary<Reply.Neighborhood> NEIGHBORHOODS = Combinators.combine(
                    PEERS,
                    Arbitraries.of(Phase.class),
                    PEERS.optional(),
                    PEERS.list().ofMaxSize(5),
                    Arbitraries.of(true, false),
                    Arbitraries.of(true, false),
                    Combinators.combine(IDS, IDS).as(Arc::new).optional(),
                    Arbitraries.integers().between(0, 1 << 20))
            .as(Reply.Neighborhood::new);

    @Provide
    static Arbitrary<Request> requests() {
        return Arbitraries.oneOf(
                Arbitraries.of(
                        new Request.Ping(), new Request.GetNeighborhood(), new Request.PrepareLeave(true, false)),
                Combinators.combine(IDS, Arbitraries.integers()).as(Request.FindStep::new),
                PEERS.map(Request.JoinThrough::new),
                PEERS.map(Request.Notify::new),
                Arbitraries.integers().greaterOrEqual(0).map(Request.ListMembers::new),
                Combinators.combine(PEERS, IDS, IDS).as(Request.Announce::new),
                Combinators.combine(PEERS.optional(), PEERS.list().ofMaxSize(5)).as(Request.Departing::new));
    }

    @Provide
    static Arbitrary<Reply> replies() {
        return Arbitraries.oneOf(
                NEIGHBORHOODS,
                Arbitraries.just(new Reply.Ack()),
                Arbitraries.strings().map(Reply.Refused::new),
                PEERS.list().ofMaxSize(20).map(Reply.Members::new),
                Combinators.combine(NEIGHBORHOODS, PEERS.list().ofMaxSize(4)).as(Reply.Step::new));
    }

    @Provide
    static Arbitrary<Peer> peers() {
        return PEERS;
    }

    @Provide
    static Arbitrary<Identifier> ids() {
        return IDS;
    }

    @Property(tries = 300)
    void requestsRoundTrip(
            @ForAll("requests") Request request, @ForAll("ids") Identifier target, @ForAll("peers") Peer from)
            throws InvalidProtocolBufferException {
        byte[] bytes =
                RingCodec.out(Optional.of(target), Optional.of(from), request).toByteArray();
        RingRequest back = RingRequest.parseFrom(bytes);
        assertThat(RingCodec.in(back)).isEqualTo(request);
        assertThat(RingCodec.target(back)).contains(target);
        assertThat(RingCodec.from(back)).contains(from);
    }

    @Property(tries = 300)
    void repliesRoundTrip(@ForAll("replies") Reply reply) throws InvalidProtocolBufferException {
        assertThat(RingCodec.in(RingReply.parseFrom(RingCodec.out(reply).toByteArray())))
                .isEqualTo(reply);
    }

    @Property
    void versionsRoundTrip(
            @ForAll @LongRange(min = 0, max = NumberBounds.LIMIT - 1) long sequence, @ForAll("ids") Identifier writer) {
        Version version = new Version(sequence, writer);
        assertThat(WireCodec.in(WireCodec.out(version))).isEqualTo(version);
    }

    @Property(tries = 3000)
    void mutatedMessagesAreUnderstoodOrRefused(
            @ForAll("replies") Reply reply, @ForAll @IntRange(max = 10_000) int where, @ForAll byte what) {
        byte[] bytes = RingCodec.out(reply).toByteArray();
        if (bytes.length > 0) {
            bytes[where % bytes.length] = what;
        }
        try {
            RingCodec.in(RingReply.parseFrom(bytes));
        } catch (InvalidProtocolBufferException | MalformedMessageException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @Property(tries = 2000)
    void randomBytesAreUnderstoodOrRefused(@ForAll byte[] bytes) {
        try {
            RingRequest request = RingRequest.parseFrom(bytes);
            RingCodec.target(request);
            RingCodec.from(request);
            RingCodec.in(request);
        } catch (InvalidProtocolBufferException | MalformedMessageException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        dev.chord.proto.v1.Peer good = WireCodec.out(PEERS.sample());
        List<dev.chord.proto.v1.Peer> bad = List.of(
                good.toBuilder().setPort(0).build(),
                good.toBuilder().setPort(70_000).build(),
                good.toBuilder().setHost(" ").build(),
                good.toBuilder().setHost("x".repeat(300)).build(),
                good.toBuilder().setHost("bad host!").build(),
                good.toBuilder().setHost("169.254.169.254").build(),
                good.toBuilder().setHost("fe80::1%eth0").build(),
                good.toBuilder().setIncarnation(-1).build(),
                good.toBuilder().setIncarnation(NumberBounds.LIMIT).build(),
                good.toBuilder().setWeight(-1).build(),
                good.toBuilder().setId(ByteString.copyFrom(new byte[31])).build(),
                good.toBuilder().setProcess(ByteString.EMPTY).build());
        for (dev.chord.proto.v1.Peer peer : bad) {
            try {
                WireCodec.in(peer);
                fail("accepted: " + peer);
            } catch (MalformedMessageException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        try {
            WireCodec.in(java.util.Collections.nCopies(WireCodec.MAX_PEERS + 1, good));
            fail("accepted an endless list");
        } catch (MalformedMessageException e) {
            assertThat(e).hasMessageContaining("peers");
        }
    }

    @Test
    void bytesAreSeenWhereTheyLieWhateverTheyAreMadeOf() {
        ByteString one = ByteString.copyFromUtf8("one piece");
        ByteString two = one.concat(ByteString.copyFrom(new byte[300])).concat(ByteString.copyFrom(new byte[200]));
        for (ByteString bytes : List.of(ByteString.EMPTY, one, one.substring(2, 5), two, two.substring(1))) {
            assertThat(ByteString.copyFrom(WireCodec.view(bytes))).isEqualTo(bytes);
        }
        assertThat(WireCodec.view(one).hasArray()).isTrue();
    }
}
