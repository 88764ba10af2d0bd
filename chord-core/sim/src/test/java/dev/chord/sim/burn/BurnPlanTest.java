package dev.chord.sim.burn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.sim.burn.BurnPlan.Happening;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a plan may hold, and that what is added to one changes nothing else in it. */
class BurnPlanTest {
    private static final BurnPlan PLAN = BurnPlan.draw(7, BurnPlan.Size.DEFAULT);

    @Test
    void nothingIsDrawnThatTodaysRulesAreNotMadeFor() {
        for (long seed = 1; seed <= 50; seed++) {
            assertThat(BurnPlan.draw(seed, BurnPlan.Size.DEFAULT).events())
                    .noneMatch(event -> event.deed().isBeyond());
        }
    }

    @Test
    void whateverIsAskedForComesOnTopOfWhatIsDrawn() {
        Set<Deed> beyond = Arrays.stream(Deed.values()).filter(Deed::isBeyond).collect(Collectors.toSet());
        List<Happening> more =
                new ArrayList<>(PLAN.beyond(beyond, BurnPlan.Size.DEFAULT).events());
        assertThat(more)
                .isSortedAccordingTo((a, b) -> Long.compare(a.time(), b.time()))
                .containsAll(PLAN.events());
        more.removeAll(PLAN.events());
        assertThat(more).extracting(Happening::deed).containsAnyElementsOf(beyond);
    }

    @Test
    void whatIsJudgedChangesNothingThatHappens() {
        BurnPlan strict = PLAN.judging(Set.of("WrittenIsOwn"));
        assertThat(strict.strict()).containsExactly("WrittenIsOwn");
        assertThat(strict.events()).isEqualTo(PLAN.events());
    }
}
