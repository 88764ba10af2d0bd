package dev.chord.core.blocks;

import static dev.chord.core.blocks.ManualBlocks.BLOCK;
import static dev.chord.core.blocks.ManualBlocks.HOUR;
import static dev.chord.core.blocks.ManualBlocks.arrival;
import static dev.chord.core.blocks.ManualBlocks.ask;
import static dev.chord.core.blocks.ManualBlocks.deleted;
import static dev.chord.core.blocks.ManualBlocks.needed;
import static dev.chord.core.blocks.ManualBlocks.told;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a process does with the blocks that it keeps, one input at a time. */
class BlockHolderTest {
    private static final Precedence UPLOAD = new Precedence(5, Identifier.of(7));

    private final ManualBlocks host = new ManualBlocks();
    private final BlockEngine engine = host.engine();

    private Optional<Kept> store(Arrival block) {
        return ask(engine, new BlockQuestion.Store(block));
    }

    private int reclaim(long hours) {
        return ManualBlocks.<Integer>told(then -> engine.reclaim(hours * HOUR, then))
                .orElseThrow();
    }

    private boolean isHeld() {
        return ask(engine, new BlockQuestion.Has(List.of(BLOCK), false, 0))
                .orElseThrow()
                .get(0)
                .held();
    }

    @Test
    void nothingIsAcknowledgedBeforeTheDiskHasIt() {
        host.holding = true;
        List<Kept> told = new ArrayList<>();
        engine.serve(new BlockQuestion.Store(arrival(BLOCK)), kept -> told.add(kept.orElseThrow()));
        assertThat(told).isEmpty();
        assertThat(isHeld()).isFalse();
        host.release();
        assertThat(told).containsExactly(Kept.NEW);
        host.full = true;
        assertThat(store(arrival(Identifier.of(26)))).hasValue(Kept.refused(ManualBlocks.FULL));
    }

    @Test
    void aBlockThatIsPutAgainWhileItsLeaseEndsStays() {
        store(arrival(BLOCK));
        host.holding = true; // the copy here is being looked at
        engine.serve(new BlockQuestion.Store(arrival(BLOCK)), kept -> {});
        engine.reclaim(11 * HOUR, gone -> {});
        host.release();
        assertThat(isHeld()).isTrue();
        assertThat(host.files).containsKey(BLOCK);
        assertThat(reclaim(9)).isZero();
        assertThat(reclaim(2)).isEqualTo(1);
        assertThat(host.files).isEmpty();
    }

    @Test
    void whatIsOnItsWayOutIsNotHereForAnybodyAndComesBackAsNew() {
        store(arrival(BLOCK));
        host.holding = true;
        engine.reclaim(11 * HOUR, gone -> {});
        assertThat(isHeld()).isFalse();
        List<List<Integer>> lacking = new ArrayList<>();
        engine.serve(needed(BLOCK), answer -> lacking.add(answer.orElseThrow()));
        List<Kept> again = new ArrayList<>();
        engine.serve(new BlockQuestion.Store(arrival(BLOCK)), kept -> again.add(kept.orElseThrow()));
        host.release();
        assertThat(lacking).containsExactly(List.of(0));
        assertThat(again).containsExactly(Kept.NEW);
        assertThat(host.files).containsKey(BLOCK);
    }

    @Test
    void aDamagedCopyIsReplacedByAGoodOne() {
        store(arrival(BLOCK));
        host.damaged.add(BLOCK);
        assertThat(store(arrival(BLOCK))).hasValue(Kept.NEW);
        engine.lost(BLOCK); // the word of the damage comes late
        assertThat(isHeld()).isTrue();
        host.files.remove(BLOCK);
        engine.lost(BLOCK);
        assertThat(isHeld()).isFalse();
    }

    @Test
    void theCondemnedGoAfterTheGraceAlsoAfterARestartUnlessSomebodyNeedsThem() {
        store(arrival(BLOCK));
        ask(engine, deleted(BLOCK));
        assertThat(host.condemned).containsExactly(BLOCK);
        assertThat(reclaim(2)).isZero();
        ask(engine, needed(BLOCK));
        assertThat(host.condemned).isEmpty();
        assertThat(reclaim(9)).isZero();
        ask(engine, deleted(BLOCK));
        BlockEngine restarted = host.engine();
        assertThat(ManualBlocks.<Integer>told(then -> restarted.reclaim(4 * HOUR, then)))
                .hasValue(1);
        assertThat(host.condemned).isEmpty();
    }

    @Test
    void aCopyLastsNoLongerThanWhereItCameFrom() {
        store(new Arrival(BLOCK, ManualBlocks.bytes(1), 0, OptionalLong.of(HOUR), Precedence.FIRST));
        assertThat(engine.leaseLeft(BLOCK)).isEqualTo(HOUR);
        assertThat(reclaim(2)).isEqualTo(1);
    }

    @Test
    void ofSeveralSuppliersOneIsToldToSendUntilItsTimeIsUp() {
        BlockQuestion.Has ask = new BlockQuestion.Has(List.of(BLOCK), true, 0);
        assertThat(ask(engine, ask).orElseThrow().get(0).promised()).isFalse();
        assertThat(ask(engine, ask).orElseThrow().get(0).promised()).isTrue();
        host.advance(ManualBlocks.LIMITS.promise() + 1);
        assertThat(ask(engine, ask).orElseThrow().get(0).promised()).isFalse();
    }

    @Test
    void whatSomebodyWantsKeptIsKeptAlsoIfItComesLater() {
        ask(engine, new BlockQuestion.Has(List.of(BLOCK), false, HOUR));
        store(arrival(BLOCK));
        assertThat(ManualBlocks.<Boolean>told(then -> engine.drop(BLOCK, then))).hasValue(false);
        reclaim(2);
        assertThat(ManualBlocks.<Boolean>told(then -> engine.drop(BLOCK, then))).hasValue(true);
    }

    @Test
    void theLargestWishForCopiesCounts() {
        store(new Arrival(BLOCK, ManualBlocks.bytes(1), 5, OptionalLong.empty(), Precedence.FIRST));
        ask(engine, new BlockQuestion.Renew(List.of(BLOCK), 4, false, Identifier.ZERO));
        assertThat(engine.copies(BLOCK)).isEqualTo(5);
        assertThat(host.engine().copies(BLOCK)).isEqualTo(5);
    }

    @Test
    void whatComesForAnUploadThatIsOverGoesAgain() {
        host.holding = true;
        List<Kept> told = new ArrayList<>();
        engine.serve(new BlockQuestion.Store(arrival(BLOCK, UPLOAD)), kept -> told.add(kept.orElseThrow()));
        engine.serve(new BlockQuestion.Release(UPLOAD.upload()), gone -> {});
        host.release();
        assertThat(told).containsExactly(Kept.refused(Refusal.LET_GO));
        assertThat(host.files).isEmpty();
        assertThat(store(arrival(BLOCK, UPLOAD))).hasValue(Kept.refused(Refusal.LET_GO));
    }

    @Test
    void whoLacksRoomDoesNotWaitForWhatIsOnItsWay() {
        store(arrival(BLOCK, UPLOAD));
        host.holding = true;
        engine.serve(new BlockQuestion.Store(arrival(BLOCK, UPLOAD)), kept -> {});
        Precedence smaller = new Precedence(1, Identifier.of(1));
        assertThat(ManualBlocks.<Boolean>told(then -> engine.makeRoom(1, smaller, then)))
                .hasValue(false);
        host.release();
        assertThat(host.files).as("it goes when its turn is over").isEmpty();
        assertThat(told(then -> engine.makeRoom(1, smaller, (Boolean b) -> then.accept(b))))
                .hasValue(false);
    }
}
