package dev.chord.core.records;

import static dev.chord.core.records.ManualHost.ARC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.version.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;

/** What is taken of records that another process sends, and when it counts. */
class IntakeTest {
    private final ManualHost host = new ManualHost();
    private final RecordEngine engine = host.engine(true);
    private final List<Long> taken = new ArrayList<>();
    private final List<Boolean> ends = new ArrayList<>();
    private int wanted;

    private final Intake intake = new Intake(engine, ARC, (position, end) -> taken.add(position), ends::add);

    private static Record record(long key) {
        return ManualHost.name(Identifier.of(key), "a", new Version(1, Identifier.of(1)));
    }

    private void send(long position, Record... records) {
        intake.heard(new Question.Batch(List.of(records), position, Optional.empty()), () -> wanted++);
    }

    @Example
    void whatLiesOutsideTheArcIsNotTaken() {
        send(1, record(20), record(21), record(30), record(31));
        intake.ended(true);
        for (long key : new long[] {20, 21, 30, 31}) {
            boolean inside = key > 20 && key <= 30;
            assertThat(host.disk.get(record(key).id()).isPresent()).isEqualTo(inside);
        }
        assertThat(ends).containsExactly(true);
    }

    @Example
    void theNextIsAskedForWhenTheLastIsDurable() {
        host.disk.stall();
        send(7, record(25));
        assertThat(wanted).isZero();
        assertThat(taken).isEmpty();
        host.disk.finish(Durability.DURABLE);
        assertThat(wanted).isEqualTo(1);
        assertThat(taken).containsExactly(7L);
    }

    @Example
    void theEndWaitsForWhatIsNotDurableYet() {
        host.disk.stall();
        send(1, record(25));
        intake.ended(true);
        assertThat(ends).isEmpty();
        host.disk.finish(Durability.DURABLE);
        assertThat(ends).containsExactly(true);
    }

    @Example
    void itIsNotWholeIfTheDiskDoesNotTakeOneBatch() {
        for (Durability how : List.of(Durability.NOT_DONE, Durability.UNKNOWN)) {
            ends.clear();
            taken.clear();
            Intake other = new Intake(engine, ARC, (position, end) -> taken.add(position), ends::add);
            host.disk.stall();
            other.heard(new Question.Batch(List.of(record(25)), 1, Optional.empty()), () -> {});
            other.heard(new Question.Batch(List.of(record(26)), 2, Optional.empty()), () -> {});
            host.disk.finish(how);
            host.disk.finish(Durability.DURABLE);
            other.ended(true);
            assertThat(ends).containsExactly(false);
            assertThat(taken)
                    .as("the next try must not go on behind what is not here")
                    .isEmpty();
        }
    }

    @Example
    void itIsNotWholeIfTheSenderBreaksOff() {
        send(1, record(25));
        intake.ended(false);
        assertThat(ends).containsExactly(false);
    }
}
