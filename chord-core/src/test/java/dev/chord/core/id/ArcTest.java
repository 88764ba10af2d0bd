package dev.chord.core.id;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;

class ArcTest {
    private static final int SIZE = 8;

    private static Identifier id(int n) {
        return Identifier.of(n);
    }

    /** Membership by walking: from a, step by step, up to and with b. */
    private static SortedSet<Integer> walked(int a, int b) {
        SortedSet<Integer> points = new TreeSet<>();
        int at = a;
        do {
            at = (at + 1) % SIZE;
            points.add(at);
        } while (at != b);
        return points;
    }

    @Test
    void everyArcOfTheThreeBitCircle() {
        for (int a = 0; a < SIZE; a++) {
            for (int b = 0; b < SIZE; b++) {
                Arc arc = new Arc(id(a), id(b));
                SortedSet<Integer> expected = walked(a, b);
                for (int k = 0; k < SIZE; k++) {
                    assertThat(arc.contains(id(k))).as("%s contains %d", arc, k).isEqualTo(expected.contains(k));
                    boolean inside = expected.contains(k) && k != b && k != a;
                    assertThat(Arc.strictlyBetween(id(a), id(k), id(b))).isEqualTo(inside);
                }
            }
        }
    }

    @Test
    void everyPairOfArcsCoversAndIntersectsAsItsPointsDo() {
        for (int code = 0; code < SIZE * SIZE * SIZE * SIZE; code++) {
            int a = code % SIZE;
            int b = code / SIZE % SIZE;
            int c = code / SIZE / SIZE % SIZE;
            int d = code / SIZE / SIZE / SIZE;
            Arc first = new Arc(id(a), id(b));
            Arc second = new Arc(id(c), id(d));
            SortedSet<Integer> points = walked(a, b);
            SortedSet<Integer> others = walked(c, d);
            assertThat(first.covers(second))
                    .as("%s covers %s", first, second)
                    .isEqualTo(first.isWhole() || !second.isWhole() && points.containsAll(others));
            assertThat(first.intersects(second))
                    .as("%s intersects %s", first, second)
                    .isEqualTo(others.stream().anyMatch(points::contains));
        }
    }

    @Property
    void arcsBetweenNeighboursTileTheCircle(
            @ForAll @NotEmpty List<@IntRange(max = 255) Integer> members, @ForAll @IntRange(max = 255) int key) {
        List<Integer> ring = new TreeSet<>(members).stream().toList();
        int holders = 0;
        for (int i = 0; i < ring.size(); i++) {
            int before = ring.get(Math.floorMod(i - 1, ring.size()));
            holders += new Arc(id(before), id(ring.get(i))).contains(id(key)) ? 1 : 0;
        }
        assertThat(holders).isEqualTo(1);
    }
}
