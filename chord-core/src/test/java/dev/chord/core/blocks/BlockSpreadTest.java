package dev.chord.core.blocks;

import static dev.chord.core.blocks.ManualBlocks.BLOCK;
import static dev.chord.core.blocks.ManualBlocks.FOURTH;
import static dev.chord.core.blocks.ManualBlocks.HOUR;
import static dev.chord.core.blocks.ManualBlocks.SECOND;
import static dev.chord.core.blocks.ManualBlocks.SELF;
import static dev.chord.core.blocks.ManualBlocks.THIRD;
import static dev.chord.core.blocks.ManualBlocks.arrival;
import static dev.chord.core.blocks.ManualBlocks.ask;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.blocks.BlockHost.Name;
import dev.chord.core.blocks.BlockHost.Need;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.placement.Precedence;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** New blocks, repair, and what owners of names say of blocks, one input at a time. */
class BlockSpreadTest {
    private static final Identifier CHUNK = Identifier.of(27);
    private static final Arc WHOLE = new Arc(Identifier.ZERO, Identifier.ZERO);

    private final ManualBlocks host = new ManualBlocks();
    private final BlockEngine engine = host.engine();
    private final List<BlockEngine.Stored> stored = new ArrayList<>();
    private final List<BlockEngine.Round> rounds = new ArrayList<>();

    private void put() {
        Arrival block = new Arrival(BLOCK, ManualBlocks.bytes(1), 3, OptionalLong.empty(), Precedence.FIRST);
        engine.put(block, host.chain, stored::add);
    }

    private void keep(Identifier digest) {
        ask(engine, new BlockQuestion.Store(arrival(digest)));
    }

    private void has(Peer there, boolean held) {
        host.asked(there, BlockQuestion.Has.class)
                .orElseThrow()
                .then()
                .accept(Optional.of(List.of(new BlockQuestion.Presence(held, false))));
    }

    private List<Identifier> renewed(Peer receiver, boolean condemned) {
        ManualBlocks.Sent<List<Integer>> sent =
                host.asked(receiver, BlockQuestion.Renew.class).orElseThrow();
        BlockQuestion.Renew question = (BlockQuestion.Renew) sent.question();
        assertThat(question.condemned()).isEqualTo(condemned);
        sent.then().accept(Optional.of(List.of()));
        return question.digests();
    }

    // ---- new blocks

    @Test
    void aBlockIsAcknowledgedWhenAllItsCopiesAreDurable() {
        put();
        host.stored(THIRD, true);
        assertThat(stored).isEmpty();
        host.stored(SECOND, true);
        assertThat(stored).containsExactly(new BlockEngine.Stored(Kept.NEW, List.of(SELF, SECOND, THIRD)));
    }

    @Test
    void whoFailsIsReplacedByTheNextOne() {
        put();
        host.stored(SECOND, false);
        host.stored(FOURTH, true);
        host.stored(THIRD, true);
        assertThat(stored.get(0).holders()).containsExactly(SELF, THIRD, FOURTH);
        put();
        host.stored(SECOND, false);
        host.stored(THIRD, false);
        host.stored(FOURTH, false);
        assertThat(stored.get(1).holders()).as("nobody is left to ask").containsExactly(SELF);
    }

    @Test
    void whatTheDiskHereDoesNotTakeIsRefused() {
        host.full = true;
        put();
        host.stored(SECOND, true);
        host.stored(THIRD, true);
        assertThat(stored.get(0).here().isKept()).isFalse();
        assertThat(stored.get(0).holders()).doesNotContain(SELF);
    }

    // ---- repair

    @Test
    void aHolderIsSentWhatItLacksAndNothingElse() {
        keep(BLOCK);
        keep(CHUNK);
        engine.repair(false, checked -> {}, rounds::add);
        Fingerprints theirs = new Fingerprints();
        theirs.add(CHUNK, 1);
        host.asked(SECOND, BlockQuestion.Fingerprint.class).orElseThrow().then().accept(Optional.of(theirs));
        has(SECOND, false);
        host.stored(SECOND, true);
        theirs.add(BLOCK, 1);
        host.asked(THIRD, BlockQuestion.Fingerprint.class).orElseThrow().then().accept(Optional.of(theirs));
        assertThat(rounds).containsExactly(new BlockEngine.Round(2, 1, 0, 0));
    }

    @Test
    void aLeftoverGoesOnlyWhenEveryHolderHasConfirmedItsCopy() {
        keep(BLOCK);
        host.chain = List.of(SECOND, THIRD, FOURTH);
        engine.repair(false, checked -> {}, rounds::add);
        has(SECOND, true);
        has(THIRD, true);
        has(FOURTH, false);
        host.stored(FOURTH, false);
        assertThat(rounds).containsExactly(new BlockEngine.Round(1, 0, 0, 1));
        assertThat(host.files).containsKey(BLOCK);
        engine.repair(false, checked -> {}, rounds::add);
        has(SECOND, true);
        has(THIRD, true);
        has(FOURTH, true);
        assertThat(rounds.get(1).dropped()).isEqualTo(1);
        assertThat(host.files).isEmpty();
    }

    @Test
    void aRingThatLooksTooSmallIsNoReasonToLetAnythingGo() {
        keep(BLOCK);
        host.chain = List.of(SECOND, THIRD);
        engine.repair(false, checked -> {}, rounds::add);
        for (Peer peer : host.chain) {
            host.asked(peer, BlockQuestion.Fingerprint.class)
                    .orElseThrow()
                    .then()
                    .accept(Optional.of(Fingerprints.of(new TreeSet<>(host.files.keySet()), WHOLE)));
        }
        assertThat(rounds.get(0).dropped()).isZero();
        assertThat(host.files).containsKey(BLOCK);
    }

    @Test
    void whoLeavesTellsTheOthersToKeepWhatTheyGet() {
        keep(BLOCK);
        engine.repair(true, checked -> {}, rounds::add);
        for (Peer peer : List.of(SECOND, THIRD, FOURTH)) {
            ManualBlocks.Sent<List<BlockQuestion.Presence>> sent =
                    host.asked(peer, BlockQuestion.Has.class).orElseThrow();
            assertThat(((BlockQuestion.Has) sent.question()).keep()).isEqualTo(ManualBlocks.LIMITS.drained());
            sent.then().accept(Optional.of(List.of(new BlockQuestion.Presence(true, false))));
        }
        assertThat(rounds).containsExactly(new BlockEngine.Round(1, 0, 0, 0));
        assertThat(host.files).containsKey(BLOCK);
    }

    // ---- names

    @Test
    void anOwnerSpeaksForWhatItsNamesNeedToAllOfTheChain() {
        keep(BLOCK);
        ask(engine, ManualBlocks.deleted(BLOCK));
        host.names.add(new Name("n", new Need(BLOCK, 0, false)));
        host.chunks.put(BLOCK, List.of(CHUNK));
        engine.round(gone -> {});
        for (Peer peer : List.of(SECOND, THIRD, FOURTH)) {
            assertThat(renewed(peer, false)).containsExactly(BLOCK, CHUNK);
        }
        assertThat(engine.leaseLeft(BLOCK)).isEqualTo(10 * HOUR);
    }

    @Test
    void whatANameStoodForIsCondemnedAndThenWhatItStandsForIsSpokenFor() {
        Need before = new Need(BLOCK, 0, true);
        Need now = new Need(CHUNK, 0, true);
        engine.replaced("n", Optional.of(before), Optional.of(now));
        engine.settle(() -> {});
        for (Peer peer : List.of(SECOND, THIRD, FOURTH)) {
            assertThat(renewed(peer, true)).containsExactly(BLOCK);
        }
        for (Peer peer : List.of(SECOND, THIRD, FOURTH)) {
            assertThat(renewed(peer, false)).containsExactly(CHUNK);
        }
        engine.settle(() -> {});
        assertThat(host.sent).isEmpty();
        engine.round(gone -> {});
        assertThat(renewed(SECOND, true))
                .as("a round may have spoken for it meanwhile")
                .containsExactly(BLOCK);
    }

    @Test
    void whatANameStillStandsForIsNotCondemned() {
        Need same = new Need(BLOCK, 0, true);
        engine.replaced("n", Optional.of(same), Optional.of(new Need(BLOCK, 5, true)));
        engine.settle(() -> {});
        assertThat(renewed(SECOND, false)).containsExactly(BLOCK);
    }

    @Test
    void timeInWhichNobodyCouldSpeakDoesNotCount() {
        keep(BLOCK);
        engine.round(gone -> {});
        host.advance(9 * HOUR);
        engine.round(gone -> {});
        assertThat(engine.leaseLeft(BLOCK)).isEqualTo(HOUR);
    }
}
