package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.sim.History.Result;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Writes that a cut holds up (docs/decisions/0018). */
class LateWriteTest extends SixProcesses {
    @Test
    void aWriteThatArrivesLongAfterHasNoEffect() {
        settle();
        ring.network().resend();
        ring.network()
                .partition(
                        List.of(at(3)), Stream.of(1, 2, 4, 5, 6).map(this::at).toList());
        for (int i = 0; i < 4; i++) {
            write(1); // sent to the owner, which is out of reach, and then carried out by the next
        }
        run(11);
        assertThat(operations().stream().filter(o -> o.result() == Result.OK))
                .as("written by another owner")
                .hasSizeGreaterThan(4);
        // more than a record remembers
        for (int i = 0; i < 40; i++) {
            write(1);
            run(0.1);
        }
        ring.network().heal();
        for (int i = 0; i < 100; i++) {
            read(1);
            run(0.1);
        }
        assertThat(ring.notIdeal()).isEmpty();
        assertThat(process(3).first().ownership().answers(KEY))
                .as("the first owner is that again")
                .isTrue();
        assertThat(Linearizability.violation(operations())).isEmpty();
    }
}
