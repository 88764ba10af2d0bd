package dev.chord.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.records.Record;
import dev.chord.core.records.WriteWindow;
import dev.chord.core.version.Version;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What counts as a write that vanished, and what does not. */
class WriteLedgerTest {
    private final WriteLedger ledger = new WriteLedger();

    // The newest write first, as records remember them.
    private Record write(Long... operations) {
        return record(false, operations);
    }

    private Record delete(Long... operations) {
        return record(true, operations);
    }

    private Record record(boolean deleted, Long... operations) {
        Record record = new Record(
                Identifier.ZERO,
                Record.NAME,
                "",
                new Version(operations.length, Identifier.ZERO),
                deleted,
                new byte[] {operations[0].byteValue()},
                0,
                List.of(operations));
        ledger.carriedOut(record);
        return record;
    }

    @Test
    void whatWasOverwrittenByOneThatKnewOfItIsAccountedFor() {
        write(1L);
        Record last = write(2L, 1L);
        assertThat(ledger.unaccounted(Set.of(1L, 2L), last, List.of())).isEmpty();
    }

    @Test
    void whatTheLastOneDidNotKnowOfHasVanishedUnlessItIsTold() {
        Record lost = write(1L);
        Record last = write(2L);
        assertThat(ledger.unaccounted(Set.of(1L, 2L), last, List.of())).containsExactly(1L);
        assertThat(ledger.unaccounted(Set.of(1L, 2L), last, List.of(lost))).isEmpty();
    }

    @Test
    void aWriteCarriedOutOnBothSidesOverwroteWhatItFoundOnEach() {
        write(1L);
        write(3L, 1L);
        Record last = write(3L, 2L);
        assertThat(ledger.unaccounted(Set.of(1L, 2L, 3L), last, List.of())).isEmpty();
    }

    @Test
    void ofSeveralDeletionsAnyOneLasts() {
        write(1L);
        delete(2L, 1L);
        delete(3L);
        assertThat(ledger.unaccounted(Set.of(1L, 2L, 3L), write(4L, 3L), List.of()))
                .isEmpty();
        assertThat(ledger.unaccounted(Set.of(1L, 2L), write(5L), List.of())).containsExactly(1L, 2L);
    }

    @Test
    void aRecordThatHasForgottenItsBeginningTellsNothing() {
        write(1L);
        Long[] many = LongStream.range(2, 2 + WriteWindow.OF_A_RECORD).boxed().toArray(Long[]::new);
        assertThat(ledger.unaccounted(Set.of(1L), write(many), List.of())).isEmpty();
    }
}
