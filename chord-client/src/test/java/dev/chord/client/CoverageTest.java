package dev.chord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What an answer says of its coverage is what was asked and answered, point by point. */
class CoverageTest {
    private static final Coverage.Effort EFFORT = new Coverage.Effort(1, 1);

    @Property(tries = 300)
    void whatIsMissingIsWhatDidNotAnswer(@ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int members) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Identifier> ids = new ArrayList<>(
                new TreeSet<>(random.longs(members).mapToObj(CoverageTest::high).toList()));
        List<Arc> answered = new ArrayList<>();
        List<Arc> silent = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Arc arc = new Arc(ids.get((i + ids.size() - 1) % ids.size()), ids.get(i));
            (random.nextBoolean() ? answered : silent).add(arc);
        }
        Collections.shuffle(answered, new Random(seed));
        Coverage coverage = Coverage.of(answered, List.of(), EFFORT);
        double share = answered.stream().mapToDouble(Arc::share).sum();
        assertThat(coverage.fraction()).isCloseTo(share, within(1e-9));
        assertThat(coverage.complete()).isEqualTo(silent.isEmpty());
        for (int i = 0; i < 50; i++) {
            Identifier point = high(random.nextLong());
            boolean heard = answered.stream().anyMatch(a -> a.contains(point));
            boolean missing = coverage.missing().stream().anyMatch(a -> a.contains(point));
            assertThat(missing)
                    .as("%s: %s, missing %s", point, answered, coverage.missing())
                    .isEqualTo(!heard);
        }
        for (Arc arc : silent) {
            assertThat(coverage.missing()).anyMatch(a -> a.covers(arc));
        }
    }

    @Property(tries = 300)
    void arcsOfDifferentTimesMayOverlap(@ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int arcs) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Arc> answered = new ArrayList<>();
        for (int i = 0; i < arcs; i++) {
            answered.add(new Arc(high(random.nextLong()), high(random.nextLong())));
        }
        Coverage coverage = Coverage.of(answered, List.of(), EFFORT);
        int heard = 0;
        for (int i = 0; i < 400; i++) {
            Identifier point = high(random.nextLong());
            boolean covered = answered.stream().anyMatch(a -> a.contains(point));
            heard += covered ? 1 : 0;
            assertThat(coverage.missing().stream().anyMatch(a -> a.contains(point)))
                    .isEqualTo(!covered);
        }
        assertThat(coverage.fraction()).isCloseTo(heard / 400.0, within(0.15));
        assertThat(coverage.complete()).isEqualTo(coverage.missing().isEmpty());
    }

    @Property(tries = 300)
    void twoAnswersTogetherRestOnWhatBothRestOn(@ForAll long seed, @ForAll @IntRange(min = 0, max = 4) int arcs) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Coverage> both = new ArrayList<>();
        for (int c = 0; c < 2; c++) {
            List<Arc> answered = new ArrayList<>();
            for (int i = 0; i < arcs; i++) {
                boolean whole = random.nextInt(5) == 0;
                Identifier from = high(random.nextLong());
                answered.add(new Arc(from, whole ? from : high(random.nextLong())));
            }
            both.add(Coverage.of(answered, List.of("n" + c + ": silent"), EFFORT));
        }
        Coverage one = both.get(0);
        Coverage other = both.get(1);
        Coverage together = one.and(other);
        assertThat(together.complete()).isEqualTo(one.complete() && other.complete());
        assertThat(together.silent()).containsExactly("n0: silent", "n1: silent");
        assertThat(together.fraction()).isLessThanOrEqualTo(Math.min(one.fraction(), other.fraction()) + 1e-9);
        for (int i = 0; i < 100; i++) {
            Identifier point = high(random.nextLong());
            boolean missing = one.missing().stream().anyMatch(a -> a.contains(point))
                    || other.missing().stream().anyMatch(a -> a.contains(point));
            assertThat(together.missing().stream().anyMatch(a -> a.contains(point)))
                    .as("%s: %s and %s", point, one.missing(), other.missing())
                    .isEqualTo(missing);
        }
    }

    private static Identifier high(long bits) {
        return Identifier.ofBytes(
                ByteBuffer.allocate(Identifier.BYTES).putLong(bits).array());
    }

    @Test
    void nobodyAnswered() {
        Coverage nothing = Coverage.of(List.of(), List.of("n1: dead"), EFFORT);
        assertThat(nothing.fraction()).isZero();
        assertThat(nothing.missing()).singleElement().matches(Arc::isWhole);
    }
}
