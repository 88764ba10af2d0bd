package dev.chord.sim.explore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.sim.explore.ExploreModel.Churn;
import dev.chord.sim.explore.ExploreModel.Grain;
import org.junit.jupiter.api.Test;

/** Every reachable state of small rings of the real step. Larger ones: {@code chord sim explore}. */
class ExplorerTest {
    private static Explorer.Report explore(ExploreModel model) {
        Explorer.Report report = Explorer.explore(model, true, 0, (visited, followed) -> {});
        System.out.printf(
                "explored N=%d r=%d %s%s from %d with %s: %d states, %d transitions, depth %d, ideal after at most %d rounds%n",
                model.size(),
                model.successors(),
                model.grain(),
                model.late() == ExploreModel.ANY ? "" : ", at most " + model.late() + " late,",
                model.start(),
                model.churn(),
                report.states(),
                report.transitions(),
                report.depth(),
                report.rounds());
        assertThat(report.finding()).isEmpty();
        return report;
    }

    @Test
    void fourPointsWithEveryMessageOnItsOwn() {
        assertThat(explore(ExploreModel.of(4, 2, Grain.MESSAGES)).states())
                .as("fewer states would mean that something is not explored any more")
                .isGreaterThan(400_000);
    }

    @Test
    void fourPointsWithPoliteLeaves() {
        assertThat(explore(ExploreModel.of(4, 2, Grain.ATOMIC).with(Churn.JOIN, Churn.FAIL, Churn.LEAVE))
                        .states())
                .isGreaterThan(90_000);
    }

    @Test
    void fivePointsWithAtomicQuestions() {
        assertThat(explore(ExploreModel.of(5, 2, Grain.ATOMIC)).states()).isGreaterThan(1_000_000);
    }

    @Test
    void wholeRoundsAtOnce() {
        assertThat(explore(ExploreModel.of(5, 2, Grain.COARSE)).states()).isGreaterThan(1_000);
        assertThat(explore(ExploreModel.of(6, 3, Grain.COARSE)).states()).isGreaterThan(5_000);
    }

    @Test
    void aRingOfOneFounderGrows() {
        assertThat(explore(ExploreModel.of(4, 2, Grain.ATOMIC).startingWith(1)).states())
                .isGreaterThan(100_000);
    }

    @Test
    void aRingShrinksPolitelyToItsLastMember() {
        ExploreModel model =
                ExploreModel.of(5, 2, Grain.MESSAGES).startingWith(5).with(Churn.SHRINK);
        assertThat(explore(model).states()).isGreaterThan(300_000);
    }

    @Test
    void messagesOfWhichNoneIsLateAreAtomicQuestions() {
        ExploreModel messages = ExploreModel.of(4, 2, Grain.MESSAGES).withLateAnswers(0);
        assertThat(Explorer.explore(messages, true, 0, (visited, followed) -> {}))
                .usingRecursiveComparison()
                .ignoringFields("model")
                .isEqualTo(Explorer.explore(ExploreModel.of(4, 2, Grain.ATOMIC), true, 0, (visited, followed) -> {}));
    }

    @Test
    void theMoreMayBeLateTheMoreCanBeReached() {
        ExploreModel messages = ExploreModel.of(4, 2, Grain.MESSAGES);
        long last = 0;
        for (int late = 0; late <= 2; late++) {
            long states = explore(messages.withLateAnswers(late)).states();
            assertThat(states).isGreaterThan(last);
            last = states;
        }
    }

    @Test
    void roomThatIsMadeAtOnceChangesNothing() {
        ExploreModel model = ExploreModel.of(4, 2, Grain.ATOMIC);
        Explorer.Report grown = Explorer.explore(model, true, 0, (visited, followed) -> {});
        Explorer.Report roomy = Explorer.explore(model, true, 1_000_000, (visited, followed) -> {});
        assertThat(roomy).usingRecursiveComparison().ignoringFields("bytes").isEqualTo(grown);
        assertThat(roomy.bytes()).isGreaterThan(1_000_000 * 6);
    }
}
