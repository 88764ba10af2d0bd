package dev.chord.client.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.protobuf.ByteString;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.GetBlockReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** One block from peers of which some are slow, silent or wrong. */
class BlockRaceTest {
    private static final byte[] DATA = {1, 2, 3};
    private static final Identifier DIGEST = Identifier.sha256(DATA);
    private static final List<Peer> PEERS = List.of(peer(1), peer(2), peer(3), peer(4));

    private final BlockRace race = new BlockRace();
    private final List<Peer> asked = new ArrayList<>();
    private final List<String> blamed = new ArrayList<>();

    private static Peer peer(int id) {
        return new Peer(Identifier.of(id), new Endpoint("127.0.0.1", id), "z", Identifier.of(id), 1);
    }

    private static ListenableFuture<GetBlockReply> answer(byte[] data) {
        return Futures.immediateFuture(
                GetBlockReply.newBuilder().setData(ByteString.copyFrom(data)).build());
    }

    private Optional<BlockClient.Fetched> run(
            Duration limit, Function<Peer, ListenableFuture<GetBlockReply>> world, List<Peer> tried) {
        asked.clear();
        return race.run(DIGEST, PEERS, tried, new BlockRace.Asking() {
            @Override
            public Duration limit() {
                return limit;
            }

            @Override
            public ListenableFuture<GetBlockReply> ask(Peer peer) {
                asked.add(peer);
                return world.apply(peer);
            }

            @Override
            public void blame(Peer peer, Throwable why) {
                blamed.add(peer.id().lowBits() + " " + ((ChordException) why).code());
            }
        });
    }

    private Optional<BlockClient.Fetched> run(Function<Peer, ListenableFuture<GetBlockReply>> world) {
        return run(Duration.ofSeconds(60), world, new ArrayList<>());
    }

    @Test
    void oneThatIsQuickIsTheOnlyOneAsked() {
        assertThat(run(p -> answer(DATA)).orElseThrow().from()).isEqualTo(peer(1));
        assertThat(asked).containsExactly(peer(1));
    }

    @Test
    void whoIsLateIsPassedOverNowAndAskedLastAfterThat() {
        SettableFuture<GetBlockReply> never = SettableFuture.create();
        Function<Peer, ListenableFuture<GetBlockReply>> world = p -> p.equals(peer(1)) ? never : answer(DATA);
        assertThat(run(world).orElseThrow().from()).isEqualTo(peer(2));
        assertThat(asked).containsExactly(peer(1), peer(2));
        assertThat(never.isCancelled()).as("nobody waits for it any more").isTrue();
        for (int i = 0; i < 20; i++) {
            assertThat(run(world).orElseThrow().from()).isEqualTo(peer(2));
            assertThat(asked).containsExactly(peer(2));
        }
    }

    @Test
    void whoSendsOtherBytesOrNoneIsFollowedByTheNextAtOnce() {
        Optional<BlockClient.Fetched> fetched = run(p -> switch ((int) p.id().lowBits()) {
            case 1 -> answer(new byte[] {9});
            case 2 -> Futures.immediateFailedFuture(new ChordException(ErrorCode.NOT_FOUND, "no", ""));
            default -> answer(DATA);
        });
        assertThat(fetched.orElseThrow().from()).isEqualTo(peer(3));
        assertThat(blamed).containsExactly("1 INTEGRITY", "2 NOT_FOUND");
    }

    @Test
    void whoNeverAnswersIsNotWaitedForBeyondTheLimit() {
        List<Peer> tried = new ArrayList<>();
        assertThat(run(Duration.ofMillis(1), p -> SettableFuture.create(), tried))
                .isEmpty();
        assertThat(tried).containsExactlyElementsOf(PEERS);
        assertThat(blamed).hasSize(4).allMatch(b -> b.endsWith("DEADLINE"));
        assertThat(run(Duration.ofMillis(1), p -> answer(DATA), tried))
                .as("each once")
                .isEmpty();
    }

    @Property
    void ofTenQuestionsOneIsAskedTwiceAndFourInAnyCase(@ForAll @IntRange(min = 0, max = 100_000) int done) {
        long hedges = 0;
        while (HedgeBudget.allows(hedges, done)) {
            hedges++;
        }
        assertThat(hedges).isEqualTo(4 + done / 10);
    }
}
