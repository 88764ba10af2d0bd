package dev.chord.sim.burn;

import dev.chord.sim.burn.BurnPlan.Happening;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a failing plan smaller: leaves out ever smaller parts of it as long as the same invariant still
 * breaks (Zeller and Hildebrandt, IEEE TSE 2002).
 */
public final class BurnShrinker {
    private final String invariant;
    private int runs;

    private BurnShrinker(String invariant) {
        this.invariant = invariant;
    }

    /**
     * The smallest failing plan found.
     *
     * @param failing the report of a run that failed
     * @param limit runs at most
     */
    public static BurnRun.Report shrink(BurnRun.Report failing, int limit) {
        BurnShrinker shrinker = new BurnShrinker(failing.failure().orElseThrow().invariant());
        BurnRun.Report best = failing;
        int parts = 2;
        while (parts <= best.plan().events().size() && shrinker.runs < limit) {
            BurnRun.Report smaller = shrinker.withoutOnePart(best, parts, limit);
            boolean found = smaller != best;
            best = smaller;
            parts = found ? Math.max(2, parts - 1) : 2 * parts;
        }
        return best;
    }

    private BurnRun.Report withoutOnePart(BurnRun.Report best, int parts, int limit) {
        List<Happening> events = best.plan().events();
        for (int i = 0; i < parts && runs < limit; i++) {
            List<Happening> fewer = new ArrayList<>(events.subList(0, i * events.size() / parts));
            fewer.addAll(events.subList((i + 1) * events.size() / parts, events.size()));
            runs++;
            BurnRun.Report report = BurnRun.of(best.plan().with(fewer), line -> {});
            if (report.failure().filter(v -> v.invariant().equals(invariant)).isPresent()) {
                return report;
            }
        }
        return best;
    }
}
