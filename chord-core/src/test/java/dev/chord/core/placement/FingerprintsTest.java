package dev.chord.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Two holders have the same numbers just where they have the same things. */
class FingerprintsTest {
    private static Identifier random(SplittableRandom random) {
        byte[] bytes = new byte[Identifier.BYTES];
        random.nextBytes(bytes);
        return Identifier.ofBytes(bytes);
    }

    private static NavigableSet<Identifier> set(SplittableRandom random, int size) {
        NavigableSet<Identifier> set = new TreeSet<>();
        while (set.size() < size) {
            set.add(random(random));
        }
        return set;
    }

    private static Set<Integer> differing(Fingerprints one, Fingerprints other) {
        Set<Integer> parts = new HashSet<>();
        IntStream.range(0, Fingerprints.PARTS)
                .filter(part -> one.get(part) != other.get(part))
                .forEach(parts::add);
        return parts;
    }

    @Property(tries = 200)
    void whatIsMissingOrOutsideTheArcShowsInItsPartAndNowhereElse(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NavigableSet<Identifier> mine = set(random, 300);
        Arc arc = new Arc(random(random), random(random));
        NavigableSet<Identifier> theirs = new TreeSet<>(mine);
        Identifier missing =
                theirs.stream().skip(random.nextInt(theirs.size())).findFirst().orElseThrow();
        theirs.remove(missing);
        Set<Integer> expected = arc.contains(missing) ? Set.of(Fingerprints.part(missing)) : Set.of();
        assertThat(differing(Fingerprints.of(mine, arc), Fingerprints.of(theirs, arc)))
                .isEqualTo(expected);
    }

    @Property(tries = 200)
    void arcsOfWhichOneMakesTheWholeCircleAddUp(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NavigableSet<Identifier> things = set(random, 100);
        // the ends of arcs are among the things: of each it is one arc's last
        Identifier a = things.first();
        Identifier b = things.last();
        Fingerprints whole = Fingerprints.of(things, new Arc(a, a));
        Fingerprints there = Fingerprints.of(things, new Arc(a, b));
        Fingerprints back = Fingerprints.of(things, new Arc(b, a));
        for (int part = 0; part < Fingerprints.PARTS; part++) {
            assertThat(there.get(part) ^ back.get(part)).isEqualTo(whole.get(part));
        }
        assertThat(differing(back, new Fingerprints())).isEqualTo(Set.of(Fingerprints.part(a)));
    }

    @Property(tries = 200)
    void theOrderDoesNotMatterAndTwiceIsNever(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Identifier key = random(random);
        long thing = random.nextLong();
        long other = random.nextLong();
        Fingerprints one = new Fingerprints();
        one.add(key, thing);
        one.add(key, other);
        Fingerprints two = new Fingerprints();
        two.add(key, other);
        assertThat(differing(one, two)).containsExactly(Fingerprints.part(key));
        two.add(key, thing);
        assertThat(differing(one, two)).isEmpty();
        two.add(key, thing);
        two.add(key, other);
        assertThat(differing(two, new Fingerprints())).isEmpty();
    }

    @Example
    void closeThingsAreToldApart() {
        Set<Long> seen = new HashSet<>();
        for (int low = 0; low < 64; low++) {
            for (int thing = 0; thing < 64; thing++) {
                Fingerprints one = new Fingerprints();
                one.add(Identifier.of(low * 256L), thing);
                assertThat(seen.add(one.get(0))).isTrue();
            }
        }
        // half of the bits are set, on the average: nothing is close to anything
        double bits = seen.stream().mapToInt(Long::bitCount).average().orElseThrow();
        assertThat(bits).isBetween(31.0, 33.0);
    }

    @Example
    void aPartIsTheLastByte() {
        assertThat(Fingerprints.part(Identifier.of(0x1234ff))).isEqualTo(0xff);
        assertThat(Fingerprints.part(Identifier.of(0x123400))).isZero();
    }
}
