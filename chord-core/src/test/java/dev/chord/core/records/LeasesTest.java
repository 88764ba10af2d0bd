package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** What an owner may answer without asking, and how long the others wait for it. */
class LeasesTest {
    private static final long LENGTH = 1000;
    private static final Arc ARC = new Arc(Identifier.of(10), Identifier.of(20));
    private static final Arc PART = new Arc(Identifier.of(12), Identifier.of(14));
    private static final Identifier INSIDE = Identifier.of(13);
    private static final Identifier OUTSIDE = Identifier.of(25);

    @Property
    void whoHasWaitedKnowsThatTheOwnerDoesNotRelyOnItAnyMore(
            @ForAll @DoubleRange(min = 0.9, max = 1.1) double owner,
            @ForAll @DoubleRange(min = 0.9, max = 1.1) double holder,
            @ForAll @DoubleRange(min = 0.9, max = 1.1) double other,
            @ForAll @IntRange(max = 500) int underWay,
            @ForAll @IntRange(max = 2000) int later) {
        Leases atOwner = new Leases(LENGTH);
        Leases atHolder = new Leases(LENGTH);
        long asked = 5000; // true time
        long given = asked + underWay;
        atHolder.give(ARC, (long) (given * holder));
        atOwner.hold(ARC, 7, (long) (asked * owner));
        long left = atHolder.left(List.of(PART), (long) ((given + later) * holder));
        double over = given + later + Leases.over(left) / other;
        assertThat(atOwner.holds(INSIDE, 7, (long) (over * owner) + 1)).isFalse();
        assertThat(atOwner.holds(INSIDE, 7, (long) (asked * owner) + 1)).isTrue();
    }

    @Example
    void itIsForOneTenureInOneArc() {
        Leases leases = new Leases(LENGTH);
        leases.hold(ARC, 7, 0);
        assertThat(leases.holds(INSIDE, 7, 749)).isTrue();
        assertThat(leases.holds(INSIDE, 7, 750)).isFalse();
        assertThat(leases.holds(INSIDE, 8, 0)).isFalse();
        assertThat(leases.holds(OUTSIDE, 7, 0)).isFalse();
        leases.hold(PART, 8, 0);
        assertThat(leases.holds(INSIDE, 7, 0)).isFalse();
        assertThat(leases.holds(Identifier.of(20), 7, 0)).isTrue();
    }

    @Example
    void whatWasGivenByTheProcessBeforeStillBinds() {
        Leases leases = new Leases(LENGTH);
        assertThat(leases.left(List.of(ARC), 0)).isEqualTo(LENGTH);
        assertThat(leases.left(List.of(ARC), 400)).isEqualTo(600);
        assertThat(leases.left(List.of(ARC), LENGTH)).isZero();
    }

    @Example
    void theLongestOfThemCounts() {
        Leases leases = new Leases(LENGTH);
        leases.give(ARC, 5000);
        leases.give(PART, 5300);
        Arc beside = new Arc(Identifier.of(30), Identifier.of(40));
        assertThat(leases.left(List.of(ARC), 5300)).isEqualTo(1000);
        assertThat(leases.left(List.of(new Arc(Identifier.of(14), Identifier.of(30))), 5300))
                .isEqualTo(700);
        assertThat(leases.left(List.of(beside), 5300)).isZero();
        assertThat(leases.left(List.of(beside, ARC), 5300)).isEqualTo(1000);
    }
}
