package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Who is served and who makes room: the rules, under whatever happens in whatever order. */
class AdmissionTest {
    private static final long SECOND = 1_000_000_000L;

    /** Something that happens at a moment to one of the guests. */
    record Step(int what, int guest, int address, int amount) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 5),
                        Arbitraries.integers().between(0, 30),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 60))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(200);
    }

    // The model knows who is in and from where, and nothing of the rules' bookkeeping.
    @Property(tries = 500)
    void neverTooManyAndNobodyEndsWithoutAReason(
            @ForAll("steps") List<Step> steps, @ForAll @IntRange(min = 2, max = 12) int most) {
        Admission admission = new Admission(most);
        Map<Long, String> in = new HashMap<>();
        long now = 0;
        long next = 0;
        for (Step step : steps) {
            String address = "a" + step.address();
            long guest = step.guest();
            int before = in.size();
            switch (step.what()) {
                case 0, 1 -> {
                    long id = next++;
                    Map<String, Integer> held = held(in);
                    Admission.Answer answer = admission.ask(id, address, now);
                    if (2 * before <= most) {
                        assertThat(answer.ended()).as("there is room").isEmpty();
                    }
                    answer.ended().forEach(one -> assertThat(in.remove(one)).isNotNull());
                    if (answer.admitted()) {
                        in.put(id, address);
                    } else {
                        boolean full = before >= most;
                        assertThat(full || 2 * held.getOrDefault(address, 0) >= most)
                                .as("refused because it is full, or because it has its half")
                                .isTrue();
                    }
                    boolean other = held.entrySet().stream()
                            .anyMatch(e -> !e.getKey().equals(address) && 2 * e.getValue() > most);
                    if (other && 2 * held.getOrDefault(address, 0) < most) {
                        assertThat(answer.admitted())
                                .as("who holds more than half keeps nobody out")
                                .isTrue();
                    }
                }
                case 2 -> admission.moved(guest, 1024L * step.amount(), now);
                case 3 -> admission.waits(guest, step.amount() % 2 == 0, now);
                case 4 -> {
                    admission.left(guest);
                    in.remove(guest);
                }
                default -> now += step.amount() * SECOND;
            }
            List<Long> slow = admission.slow(now, false);
            if (2 * in.size() <= most) {
                assertThat(slow).isEmpty();
            }
            slow.forEach(one -> assertThat(in.remove(one)).isNotNull());
            assertThat(admission.size()).isEqualTo(in.size()).isLessThanOrEqualTo(most);
        }
    }

    private static Map<String, Integer> held(Map<Long, String> in) {
        Map<String, Integer> held = new HashMap<>();
        in.values().forEach(address -> held.merge(address, 1, Integer::sum));
        return held;
    }

    @Property(tries = 200)
    void whoMovesEnoughStaysHoweverCrowdedItIs(@ForAll @IntRange(min = 1, max = 29) int every) {
        Admission admission = new Admission(2);
        admission.ask(1, "a", 0);
        admission.ask(2, "a", 0);
        admission.waits(1, true, 0);
        admission.waits(2, true, 0);
        for (long second = every; second < 600; second += every) {
            admission.moved(1, 1100L * every, second * SECOND);
            assertThat(admission.slow(second * SECOND, false)).doesNotContain(1L);
        }
        assertThat(admission.size()).as("the one that moved nothing is gone").isEqualTo(1);
    }

    @Test
    void onlyTheTimeThatTheNodeWaitsForItCountsAgainstOne() {
        Admission admission = new Admission(2);
        admission.ask(1, "a", 0);
        admission.ask(2, "b", 0);
        admission.waits(2, true, 0);
        assertThat(admission.slow(29 * SECOND, false)).isEmpty();
        assertThat(admission.slow(31 * SECOND, false)).containsExactly(2L);
        assertThat(admission.slow(10_000 * SECOND, false)).isEmpty();
    }

    @Test
    void alwaysSlowIsFineWhereThereIsRoom() {
        Admission admission = new Admission(4);
        admission.ask(1, "a", 0);
        admission.ask(2, "a", 0);
        admission.waits(1, true, 0);
        admission.waits(2, true, 0);
        assertThat(admission.slow(1000 * SECOND, false)).isEmpty();
        assertThat(admission.slow(1000 * SECOND, true)).containsExactlyInAnyOrder(1L, 2L);
    }

    @Test
    void oneAddressMayHoldAllUntilAnotherWantsAPlace() {
        Admission admission = new Admission(4);
        for (long id = 1; id <= 4; id++) {
            assertThat(admission.ask(id, "greedy", 0).admitted()).isTrue();
            admission.moved(id, id * 1000, 0);
        }
        assertThat(admission.ask(5, "greedy", 0).admitted()).isFalse();
        Admission.Answer other = admission.ask(6, "other", SECOND);
        assertThat(other.admitted()).isTrue();
        assertThat(other.ended()).containsExactly(1L);
        assertThat(admission.ask(7, "third", SECOND).ended()).containsExactly(2L);
        assertThat(admission.ask(8, "fourth", SECOND).admitted()).isFalse();
        admission.left(3);
        admission.left(6);
        assertThat(admission.ask(9, "greedy", SECOND).admitted()).isTrue();
        assertThat(admission.ask(10, "greedy", SECOND).admitted())
                .as("it has its half, and the fourth waits")
                .isFalse();
        assertThat(admission.ask(11, "greedy", 20 * SECOND).admitted())
                .as("the fourth has given up")
                .isTrue();
    }
}
