package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.records.Record;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A ring that is cut in two, where each side goes on by itself: both take writes, and become one ring again.
 */
class TwoSidesTest extends SixProcesses {
    TwoSidesTest() {
        super(false);
    }

    /**
     * In the last one each of a member's successors is on the other side: what it has left is
     * its predecessor.
     */
    @ParameterizedTest
    @ValueSource(strings = {"123", "236", "346", "345", "356", "23"})
    void aNameWrittenOnBothSidesHasTheNewerVersionEverywhereAndTheOtherIsReported(String side) {
        settle();
        List<Integer> one = side.chars().mapToObj(c -> c - '0').toList();
        List<Integer> other = ALL.stream().filter(i -> !one.contains(i)).toList();
        ring.network()
                .partition(
                        one.stream().map(this::at).toList(),
                        other.stream().map(this::at).toList());
        run(20);
        long here = write(one.get(0));
        run(5);
        write(one.get(0));
        long hereLast = value;
        run(5);
        long there = write(other.get(0));
        run(20);
        assertThat(operations().stream().filter(o -> o.kind() == Kind.WRITE).map(Operation::result))
                .as("both sides took them")
                .containsOnly(History.Result.OK);
        ring.network().heal();
        run(30);
        assertThat(ring.notIdeal()).as("one ring within 30 s").isEmpty();

        ALL.forEach(this::read);
        run(11);
        List<Long> seen = operations().stream()
                .filter(o -> o.kind() == Kind.READ)
                .map(Operation::value)
                .distinct()
                .toList();
        assertThat(seen).as("the same everywhere").hasSize(1);
        boolean hereWon = seen.get(0) == hereLast;
        assertThat(seen.get(0)).isIn(hereLast, there);
        List<Record> lost = ALL.stream()
                .flatMap(i -> process(i).store().conflicts().stream())
                .distinct()
                .toList();
        assertThat(lost).as("who lost is told, with what it had written").hasSize(1);
        assertThat(lost.get(0).operations()).contains(hereWon ? there : hereLast);
        if (!hereWon) {
            assertThat(lost.get(0).operations())
                    .as("and with what that had overwritten")
                    .contains(here);
        }
    }
}
