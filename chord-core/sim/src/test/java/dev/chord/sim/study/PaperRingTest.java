package dev.chord.sim.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real step against the papers' pseudocode. */
class PaperRingTest {
    private static RingSettings settings(int successors) {
        return new RingSettings(IdentifierCircle.FULL, successors, 1, 1, 1);
    }

    @ParameterizedTest
    @CsvSource({"8,2,true", "64,2,true", "1000,2,true", "1000,20,false"})
    void whereNobodyHasDiedEachLookupTakesTheSameHops(int nodes, int successors, boolean fingersOnly) {
        StaticRing ring = new StaticRing(settings(successors), nodes, 0, fingersOnly, nodes);
        PaperRing paper = ring.paper();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2_000; i++) {
            Peer from = ring.live().get(random.nextInt(ring.live().size()));
            Identifier key = StaticRing.randomIdentifier(random);
            assertThat(ring.hops(from, key))
                    .as("from %s to %s", from, key)
                    .isEqualTo(paper.walk(StaticRing.firstBits(from.id()), StaticRing.firstBits(key))
                            .hops());
        }
    }

    /** ToN 2003, table II. */
    @ParameterizedTest
    @ValueSource(doubles = {0.2, 0.4, 0.5})
    void whereManyHaveDiedTheMeansAreTheSame(double share) {
        StaticRing ring = new StaticRing(settings(20), 1000, share, false, 7);
        PaperRing.Means paper = ring.paper().lookups(20_000, 7);
        StaticRing.Outcomes real = ring.lookups(20_000);
        assertThat(real.hopsToOwner().mean()).isCloseTo(paper.hops() + 1, withinPercentage(2));
        assertThat(real.timeouts().mean()).isCloseTo(paper.timeouts(), withinPercentage(10));
    }
}
