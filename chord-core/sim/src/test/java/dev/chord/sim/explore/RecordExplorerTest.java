package dev.chord.sim.explore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.sim.explore.RecordModel.Bound;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every run of small worlds of the record engine. Larger ones: {@code chord sim explore-records}. */
class RecordExplorerTest {
    private static RecordExplorer.Report explore(RecordModel model) {
        RecordExplorer.Report report = RecordExplorer.explore(model, visited -> {});
        System.out.printf(
                "explored records %s: %d states, %d transitions, %d ends, depth %d%n",
                model, report.states(), report.transitions(), report.ends(), report.depth());
        assertThat(report.finding()).isEmpty();
        return report;
    }

    @Test
    void holdersThatAgreeWhileTheNameChangesHands() {
        assertThat(explore(RecordModel.of(true, List.of("WRITE", "READ"), Map.of(Bound.TAKES, 1)))
                        .states())
                .as("fewer states would mean that something is not explored any more")
                .isGreaterThan(30_000);
    }

    @Test
    void whoeverIsLeftTakesOverWhenTheOwnerDies() {
        Map<Bound, Integer> bounds = Map.of(Bound.CRASHES, 1, Bound.TAKES, 1);
        assertThat(explore(RecordModel.of(false, List.of("WRITE+READ", "READ"), bounds))
                        .states())
                .isGreaterThan(20_000);
    }
}
