package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.bounds.ClaimBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** In how many pieces what is claimed of the circle lies, whoever asks for what. */
class ClaimRoomTest {
    private static final Arc EVERYTHING = new Arc(Identifier.ZERO, Identifier.ZERO);

    private static Arc arc(SplittableRandom random, int width) {
        long from = random.nextInt(100_000);
        return new Arc(Identifier.of(from), Identifier.of(from + 1 + random.nextInt(width)));
    }

    @Property(tries = 100)
    void thePiecesThatAreCountedAreThoseThatAreTold(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ArcMap<Integer> map = new ArcMap<>(0);
        for (int i = 0; i < 40; i++) {
            ArcMap<Integer> before = map.copy();
            List<ArcMap.Piece<Integer>> told = before.over(EVERYTHING);
            int value = random.nextInt(4);
            map.update(random.nextInt(10) == 0 ? EVERYTHING : arc(random, 50_000), old -> value);
            assertThat(before.over(EVERYTHING)).as("a copy is apart").isEqualTo(told);
            // what is told begins at a point that need not be a cut
            assertThat(map.over(EVERYTHING)).hasSizeBetween(map.pieces(), map.pieces() + 1);
        }
    }

    @Property(tries = 5)
    void whoeverAsksForWhatTheBoundsHoldAndAnOwnerLeavesOnePiece(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ArcMap<Claim> map = new ArcMap<>(Claim.NONE);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            int epoch = 1 + random.nextInt(5);
            UnaryOperator<Claim> promise = claim -> claim.promise(epoch);
            List<Arc> arcs = IntStream.range(0, 1 + random.nextInt(60))
                    .mapToObj(one -> arc(random, 3))
                    .toList();
            if (ClaimRoom.mayChange(arcs, map, promise)) {
                for (Arc arc : arcs) {
                    map.update(arc, promise);
                }
            } else {
                refused++;
            }
            assertThat(map.pieces()).isLessThanOrEqualTo(ClaimBounds.PIECES);
        }
        assertThat(refused).isPositive();
        List<Arc> owned = List.of(new Arc(Identifier.ZERO, Identifier.of(200_000)));
        UnaryOperator<Claim> promise = claim -> claim.promise(9);
        assertThat(ClaimRoom.mayChange(owned, map, promise)).isTrue();
        map.update(owned.get(0), promise);
        assertThat(map.pieces()).isEqualTo(2);
    }

    @Example
    void theBoundIsAboveWhatALargeRingLeaves() {
        // a process with 64 members, each of which was one of three holders while 20 others came and went
        // near it
        ArcMap<Claim> map = new ArcMap<>(Claim.NONE);
        IntStream.range(0, 64 * 20)
                .forEach(i -> map.update(
                        new Arc(Identifier.of(10L * i), Identifier.of(10L * i + 30)), claim -> claim.promise(1 + i)));
        assertThat(map.pieces()).isLessThan(ClaimBounds.PIECES / 2);
    }
}
