package dev.chord.sim.explore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The table of states against a map: of what is kept of a state nothing may be lost. */
class StateSetTest {
    @Property(tries = 20)
    void itHoldsWhatAMapHolds(
            @ForAll long seed, @ForAll @IntRange(min = 2, max = 8) int size, @ForAll @IntRange(max = 1) int roomy) {
        SplittableRandom random = new SplittableRandom(seed);
        // 70,000 are more than the table has room for at first
        StateSet states = new StateSet(size, roomy * 100_000L);
        Map<List<Integer>, Integer> model = new HashMap<>();
        int components = 2;
        for (int i = 0; i < 90_000; i++) {
            if (random.nextInt(3_000) == 0) {
                components = Math.min(components * 3, 1 << 28);
            }
            int[] state = random.ints(size, 0, components).toArray();
            int note = random.nextInt(256);
            states = wideEnough(states, state);
            boolean isNew = model.putIfAbsent(boxed(state), note) == null;
            assertThat(states.add(packed(states, state), 0, note)).isEqualTo(isNew);
        }
        assertThat(states.count()).isEqualTo(model.size());
        assertThat(contents(states, size)).isEqualTo(model);
    }

    @Property(tries = 20)
    void aStateIsFoundWhereItIsAndOthersAreNot(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StateSet states = new StateSet(6, 0);
        List<int[]> added = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            int[] state = random.ints(6, 0, 500).toArray();
            states.add(packed(states, state), 0, i);
            added.add(state);
        }
        int[] found = new int[6];
        for (int[] state : added) {
            long place = states.find(packed(states, state), 0);
            assertThat(states.get(place, found)).isTrue();
            assertThat(found).isEqualTo(state);
            states.note(place, state[0]);
            assertThat(states.note(place)).isEqualTo(state[0] & 0xff);
            state[random.nextInt(6)] += 500;
            assertThat(states.find(packed(states, state), 0)).isNegative();
        }
    }

    // With four bits to a component a place says nearly everything: many neighbours have the same rest.
    @Property(tries = 20)
    void neighboursOfWhichTheSameIsKeptAreNotMixedUp(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StateSet states = new StateSet(5, 1, 4, 65_536);
        Map<List<Integer>, Integer> model = new HashMap<>();
        for (int i = 0; i < 80_000; i++) {
            int[] state = random.ints(5, 0, 16).toArray();
            boolean isNew = model.putIfAbsent(boxed(state), i & 0xff) == null;
            assertThat(states.add(packed(states, state), 0, i)).isEqualTo(isNew);
        }
        assertThat(contents(states, 5)).isEqualTo(model);
    }

    @Property(tries = 3)
    void thereIsRoomForAsManyAsWereExpected(@ForAll long seed) {
        int expected = 2_000_000;
        SplittableRandom random = new SplittableRandom(seed);
        StateSet states = new StateSet(6, expected);
        long places = states.places();
        for (int i = 0; i < expected; i++) {
            states.add(packed(states, random.ints(6, 0, 1000).toArray()), 0, i);
        }
        assertThat(states.places()).as("it did not grow").isEqualTo(places);
    }

    private static StateSet wideEnough(StateSet states, int[] state) {
        StateSet wide = states;
        while (!wide.fits(Arrays.stream(state).max().orElseThrow())) {
            wide = wide.wider();
        }
        return wide;
    }

    private static long[] packed(StateSet states, int[] state) {
        long[] packed = new long[states.words()];
        states.pack(state, 0, packed, 0);
        return packed;
    }

    private static Map<List<Integer>, Integer> contents(StateSet states, int size) {
        Map<List<Integer>, Integer> contents = new HashMap<>();
        int[] state = new int[size];
        for (long place = 0; place < states.places(); place++) {
            if (states.get(place, state)) {
                assertThat(contents.put(boxed(state), states.note(place)))
                        .as("twice")
                        .isNull();
            }
        }
        return contents;
    }

    private static List<Integer> boxed(int[] state) {
        return Arrays.stream(state).boxed().toList();
    }
}
