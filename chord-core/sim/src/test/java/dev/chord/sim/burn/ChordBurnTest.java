package dev.chord.sim.burn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.sim.History.Result;
import dev.chord.sim.Replay;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whole rings with data under faults drawn from seeds. {@code -Dchord.seed=N} runs one seed alone, {@code
 * -Dchord.seeds=COUNT} that many (400 in continuous integration); longer campaigns: {@code chord sim burn}.
 */
@ExtendWith(BurnReach.class)
class ChordBurnTest {
    private static final int SHRINK_RUNS = 200;
    static final int USUAL = 100;

    static List<Long> seeds() {
        long first = Long.getLong("chord.seed", 1);
        long count = Long.getLong("chord.seeds", System.getProperty("chord.seed") == null ? USUAL : 1);
        return LongStream.range(first, first + count).boxed().toList();
    }

    @Test
    void noSeedBreaksAnything() {
        burn(false);
    }

    @Test
    void withHoldersThatAgreeNamesAreLinearizableWhoeverIsPresumedDead() {
        burn(true);
    }

    /**
     * The seeds that are known to break something in one world; {@link KnownViolationsTest} looks at them.
     */
    private static Set<Long> known(boolean quorum) {
        return KnownViolation.all().stream()
                .filter(known -> known.isUsual() && known.quorum() == quorum)
                .map(KnownViolation::seed)
                .collect(Collectors.toSet());
    }

    private static void burn(boolean quorum) {
        Set<Long> known = known(quorum);
        List<BurnRun.Report> reports = seeds().parallelStream()
                .filter(seed -> !known.contains(seed))
                .map(seed -> BurnPlan.draw(seed, BurnPlan.Size.DEFAULT))
                .map(plan -> BurnRun.of(quorum ? plan.withQuorum() : plan, line -> {}))
                .toList();
        reports.stream().filter(r -> r.failure().isPresent()).findFirst().ifPresent(ChordBurnTest::fail);
        long operations = reports.stream().mapToLong(r -> r.history().count()).sum();
        long steps = reports.stream().mapToLong(BurnRun.Report::steps).sum();
        long unknown = reports.stream()
                .mapToLong(r -> r.history().count(Result.UNKNOWN))
                .sum();
        long misled = reports.stream().filter(r -> r.misled().isPresent()).count();
        long slowest =
                reports.stream().mapToLong(BurnRun.Report::healedAfter).max().orElse(0);
        System.out.printf(
                "burn, %s: %d seeds of 300 virtual s, %d steps, %d operations (%d of unknown outcome), lost 0; in %d runs live"
                        + " members were presumed dead; ideal at the latest %.1f virtual s after the last fault%n",
                quorum ? "quorum" : "eventual", reports.size(), steps, operations, unknown, misled, slowest / 1e6);
        if (seeds().size() >= USUAL) {
            assertThat(misled).as("both kinds of runs").isBetween(reports.size() / 8L, reports.size() * 7L / 8);
            assertThat(operations).isGreaterThan(250L * reports.size());
            // the client says so too where nothing was sent: it has no other word for it
            assertThat(unknown).as("few outcomes are unknown").isLessThan(operations / 8);
        }
    }

    private static void fail(BurnRun.Report report) {
        BurnRun.Report small = BurnShrinker.shrink(report, SHRINK_RUNS);
        throw new AssertionError(Replay.of(ChordBurnTest.class, report.plan().seed()) + "\n"
                + report.failure().orElseThrow() + "\nshrunk to "
                + small.plan().events().size() + " events of "
                + report.plan().events().size() + ": " + small.plan().events() + "\nand then "
                + small.failure().orElseThrow());
    }

    @Test
    void theSameSeedGivesTheSameTrace() {
        for (long seed = 1; seed <= 6; seed++) {
            assertThat(trace(seed)).isEqualTo(trace(seed));
        }
    }

    private static String trace(long seed) {
        StringBuilder lines = new StringBuilder();
        BurnRun.of(
                BurnPlan.draw(seed, BurnPlan.Size.DEFAULT),
                line -> lines.append(line).append('\n'));
        assertThat(lines).as("there is something to compare").hasSizeGreaterThan(10_000);
        return lines.toString();
    }
}
