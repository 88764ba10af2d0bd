package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.check.RecordInvariants;
import dev.chord.core.records.Record;
import dev.chord.sim.History.Result;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Disks that are slow, stall, are full or fail, under an owner or a holder of a name. */
class DiskFaultsTest extends SixProcesses {
    private static final int OWNER = 3;

    @BeforeEach
    void begin() {
        settle();
    }

    private List<Optional<Record>> copies() {
        return HOLDERS.stream().map(i -> process(i).store().get(KEY)).toList();
    }

    private Result resultOf(long written) {
        return operations().stream()
                .filter(o -> o.value() == written)
                .findFirst()
                .orElseThrow()
                .result();
    }

    @Test
    void aNumberThatWasGivenWhileTheOwnersDiskWasFullIsNotGivenAgain() {
        process(OWNER).store().fill();
        write(1); // the other holders have it
        run(11);
        process(OWNER).store().recover();
        long written = write(2);
        run(20);
        assertThat(resultOf(written)).isEqualTo(Result.OK);
        assertThat(RecordInvariants.replicasAgree(copies())).isEmpty();
        ring.crash(at(OWNER));
        run(20);
        read(1);
        run(2);
        assertThat(operations().get(operations().size() - 1).value()).isEqualTo(written);
        assertThat(Linearizability.violation(operations())).isEmpty();
    }

    @Test
    void aStallOfTheOwnersDiskBeyondEveryLimitIsSurvived() {
        process(OWNER).store().stall();
        long held = write(1);
        run(30);
        assertThat(resultOf(held)).isEqualTo(Result.UNKNOWN);
        process(OWNER).store().recover();
        run(1);
        long written = write(2);
        run(2);
        read(1);
        run(2);
        assertThat(resultOf(written)).isEqualTo(Result.OK);
        assertThat(Linearizability.violation(operations())).isEmpty();
        assertThat(RecordInvariants.replicasAgree(copies())).isEmpty();
    }

    @Test
    void oneHolderWhoseDiskTakesNothingHoldsNobodyUp() {
        process(4).store().fill();
        long written = write(1);
        run(2);
        assertThat(resultOf(written)).isEqualTo(Result.OK);
        process(4).store().recover();
        run(30);
        assertThat(RecordInvariants.replicasAgree(copies())).isEmpty();
    }

    @Test
    void nothingIsWrittenAfterAWriteHasFailedUntilTheProcessIsStartedAgain() {
        process(4).store().fail();
        write(1);
        run(1);
        long written = write(1);
        run(2);
        assertThat(resultOf(written)).isEqualTo(Result.OK);
        assertThat(process(4).store().failed()).isTrue();
        assertThat(process(4).store().get(KEY).map(SimulatedValue::of)).isNotEqualTo(Optional.of(written));
        ring.crash(at(4));
        ring.restart(hosts.get(3), List.of(at(1)));
        run(40);
        assertThat(process(4).store().failed()).isFalse();
        assertThat(RecordInvariants.replicasAgree(copies())).isEmpty();
    }
}
