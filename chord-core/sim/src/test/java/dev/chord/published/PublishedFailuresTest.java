package dev.chord.published;

import static dev.chord.published.PublishedRing.Rules.CHECKING;
import static dev.chord.published.PublishedRing.Rules.CORRECTED;
import static dev.chord.published.PublishedRing.Rules.PUBLISHED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The ways in which the published Chord loses its ring, each as the shortest scenario. What becomes of the
 * same scenario here is told by the story of the same name, in {@code src/test/resources/stories}; see
 * {@code StoriesTest}.
 */
class PublishedFailuresTest {
    private static PublishedRing three(PublishedRing.Rules rules) {
        return PublishedRing.ideal(rules, 6, 0, 2, 4);
    }

    /** Zave, CCR 2012, figure 6. */
    @Test
    void b01TheRingIsLost() {
        PublishedRing ring = three(PUBLISHED).after("J(1,0) S1 S0 C0 F1 U0 S0");
        assertThat(ring).hasToString("0:[1]p4 2:[4,0]p1 4:[0,2]p2");
        assertThat(ring.bestSuccessor(0)).isNegative();
        assertThat(ring.never(PublishedRing::atLeastOneRing)).isTrue();
    }

    /** Zave, CCR 2012, figure 5. */
    @Test
    void b02AnAppendageIsStranded() {
        PublishedRing ring = three(PUBLISHED).after("J(1,0) S1 S0 C0 F1 U0 J(5,4) S5 S4 F5 S0 X2");
        assertThat(ring.never(PublishedRing::connectedAppendages)).isTrue();
        assertThat(ring.after("U4").rings()).containsExactly(List.of(2, 4));
    }

    /** Zave, CCR 2012, figure 7. */
    @Test
    void b03AnOddRingIsDisordered() {
        PublishedRing ring = three(PUBLISHED).after("J(1,0)S1S0F1X2 J(3,2)S3S2F3X4 J(5,4)S5S4F5X0");
        assertThat(ring).hasToString("0:[1,4] 2:[3,0] 4:[5,2]");
        assertThat(ring.orderedRing()).isFalse();
        assertThat(ring.never(PublishedRing::ideal)).isTrue();
    }

    /** Zave, CCR 2012, figure 8. */
    @Test
    void b04AnEvenRingFallsApart() {
        PublishedRing ring = PublishedRing.ideal(PUBLISHED, 4, 0, 2)
                .after("J(1,0)S1S0F1X2 J(3,2)S3S2F3X0")
                .after("U0 U2");
        assertThat(ring.rings()).hasSize(2);
        assertThat(ring.never(PublishedRing::ideal)).isTrue();
    }

    @Test
    void b05ARingFallsApartAlthoughThreeNeverFail() {
        PublishedRing ring = three(PUBLISHED).after("J(1,0)S1S0F1U0C0 S0 S0 X2 J(5,4)S5S4F5X0");
        assertThat(ring.atMostOneRing()).isFalse();
        assertThat(ring.never(PublishedRing::ideal)).isTrue();
    }

    @Test
    void b06ReturningUnderTheSameIdentifierMakesAMemberItsOwnSuccessor() {
        for (PublishedRing.Rules rules : new PublishedRing.Rules[] {PUBLISHED, CHECKING}) {
            PublishedRing ring = three(rules).after("J(1,0)S1S0F1U0C0 J(1,0) S0 S0 F1 U0");
            assertThat(ring).asString().as("%s", rules).startsWith("0:[0]");
            assertThat(ring.after("C0")).asString().startsWith("0:[0,0]");
        }
    }

    @Test
    void b07AMemberCutsItselfOff() {
        PublishedRing ring = PublishedRing.ideal(PUBLISHED, 3, 0, 1, 2).after("F0 U2 C1 F2 U1");
        assertThat(ring.after("X1")).hasToString("1:[1]");
        assertThat(PublishedRing.ideal(PUBLISHED, 5, 0, 1, 2)
                        .after("F0 U2 C1 F2 U1 X1 J(3,1) S3 S1")
                        .members())
                .as("who joins it now makes a ring of its own with it")
                .containsExactly(1, 3);
    }

    @Test
    void b08AskingBeforeAdoptingIsNotEnough() {
        PublishedRing ring = three(CHECKING).after("J(1,0)S1S0F1 J(3,2)S3S2F3 J(5,4)S5S4F5");
        assertThat(ring.orderedRing() && ring.atMostOneRing()).isFalse();
        assertThat(ring.never(PublishedRing::ideal)).isTrue();
    }

    /** Zave, CCR 2012, figure 2: wrong for a while, and mended by stabilization. */
    @Test
    void b09AnAppendageMergesInTheWrongPlaceForAWhile() {
        PublishedRing ring = PublishedRing.ideal(PUBLISHED, 8, 0, 6).after("J(2,0) J(4,0) S4 S0");
        assertThat(ring.rings()).containsExactly(List.of(0, 4, 6));
        assertThat(ring.bestSuccessor(2)).as("skips 4").isEqualTo(6);
        assertThat(ring.after("S2 S0 S2 S4 S6 S0").ideal()).isTrue();
    }

    /** Even the corrected operations need r + 1 members that no list skips. */
    @Test
    void b10TooFewMembersThatNobodySkips() {
        PublishedRing ring =
                PublishedRing.ideal(CORRECTED, 4, 0, 1).after("J(2,1)S2 J(3,2)S3 S1 S0 F1 D0 J(1,0) S0 S3 F0");
        assertThat(ring.orderedRing()).isFalse();
    }

    @Test
    void b11LiveSuccessorsPresumedDead() {
        PublishedRing ring = PublishedRing.ideal(CORRECTED, 3, 0, 1, 2).after("D0 D1 D2");
        assertThat(ring.orderedRing()).isFalse();
        assertThat(ring.never(PublishedRing::ideal))
                .as("the predecessors still know the order")
                .isFalse();
    }

    /** Stabilization alone does not mend this, however often it runs: the merge does. */
    @Test
    void b12LoopyForEver() {
        PublishedRing ring =
                PublishedRing.ideal(CORRECTED, 4, 0, 1, 2).after("D0 D1 J(3,1) S3 S1 S0 F1 D0 D3 J(1,0) F0");
        assertThat(ring.orderedRing()).isFalse();
        assertThat(ring.never(PublishedRing::ideal)).isTrue();
    }
}
