package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The order of events, against a heap of times and orders of arrival. */
class EventQueueTest {
    private record Expected(long time, int number) {}

    // What is added while others happen: at once, in the same slice of time, in one to come, and beyond the
    // reach of the wheel.
    private static final long[] SPREADS = {1, 3, 2_000, 60_000, 45_000_000, 400_000_000, 40_000_000_000L};

    @Property(tries = 300)
    void eventsHappenByTimeAndThoseOfOneTimeAsTheyWereAdded(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int first) {
        SplittableRandom random = new SplittableRandom(seed);
        EventQueue queue = new EventQueue();
        PriorityQueue<Expected> model =
                new PriorityQueue<>(Comparator.comparingLong(Expected::time).thenComparingInt(Expected::number));
        List<Integer> happened = new ArrayList<>();
        long now = 0;
        int number = 0;
        int pending = first;
        for (int step = 0; step < 2_000; step++) {
            for (; pending > 0; pending--) {
                int mine = number++;
                long time = now + random.nextLong(SPREADS[random.nextInt(SPREADS.length)]);
                queue.add(time, () -> happened.add(mine));
                model.add(new Expected(time, mine));
            }
            assertThat(queue.size()).isEqualTo(model.size());
            if (model.isEmpty()) {
                break;
            }
            Expected next = model.remove();
            assertThat(queue.nextTime()).isEqualTo(next.time());
            queue.poll().run();
            assertThat(happened.get(happened.size() - 1)).isEqualTo(next.number());
            now = next.time();
            pending = step < 1_000 ? random.nextInt(3) : 0;
        }
    }
}
