package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.sim.explore.ExploreModel;
import dev.chord.sim.explore.Explorer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chord sim explore}: every state that a small ring can reach. */
@Command(
        name = "explore",
        description = "Every state that a small ring can reach; the shortest way to a violation, if there is one.",
        mixinStandardHelpOptions = true)
final class ExploreCommand implements Callable<Integer> {
    @ParentCommand
    SimCommand sim;

    @Option(names = "--points", defaultValue = "4", description = "identifiers on the circle, 2 to 8")
    int points;

    @Option(names = "--successors", defaultValue = "2", description = "r, at least 2")
    int successors;

    @Option(names = "--grain", defaultValue = "MESSAGES", description = "${COMPLETION-CANDIDATES}")
    ExploreModel.Grain grain;

    @Option(names = "--start", description = "members of the first ring; default r + 1, 1: a founder")
    Optional<Integer> start;

    @Option(names = "--churn", split = ",", defaultValue = "JOIN,FAIL", description = "${COMPLETION-CANDIDATES}")
    Set<ExploreModel.Churn> churn;

    @Option(
            names = "--late",
            description = "with MESSAGES: answers on their way at any time, in the whole ring; default: any number")
    Optional<Integer> late;

    @Option(names = "--no-convergence", description = "do not follow each state to the ideal ring")
    boolean safetyOnly;

    @Option(
            names = "--expect",
            defaultValue = "0",
            description = "states to make room for at once: less memory for a very large exploration")
    long expected;

    @Override
    public Integer call() {
        ExploreModel model;
        try {
            model = new ExploreModel(
                    points, successors, start.orElse(successors + 1), grain, late.orElse(ExploreModel.ANY), churn);
        } catch (IllegalArgumentException e) {
            throw new ChordException(
                    ErrorCode.USAGE, String.valueOf(e.getMessage()), "see 'chord sim explore --help'", e);
        }
        long begin = System.nanoTime();
        Explorer.Report report = explored(model);
        double seconds = (System.nanoTime() - begin) / 1e9;
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("states", report.states());
        value.put("transitions", report.transitions());
        value.put("depth", report.depth());
        value.put("memberStates", report.components());
        value.put("worstRounds", report.rounds());
        value.put("bytes", report.bytes());
        value.put("seconds", seconds);
        value.put("violation", report.finding().map(Explorer.Finding::invariant).orElse(null));
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                "%d states, %d transitions, depth %d, %d different member states, %d MB, %.1f s",
                report.states(),
                report.transitions(),
                report.depth(),
                report.components(),
                report.bytes() >> 20,
                seconds));
        report.finding()
                .ifPresentOrElse(
                        f -> {
                            lines.add("VIOLATION of " + f.invariant() + "; the shortest way there:");
                            f.trace().forEach(line -> lines.add("  " + line));
                        },
                        () -> lines.add(
                                safetyOnly
                                        ? "no violation"
                                        : "no violation; ideal after at most " + report.rounds()
                                                + " rounds from every state"));
        sim.root.globals.output().result(value, lines);
        return report.finding().isEmpty() ? 0 : ErrorCode.UNHEALTHY.exitCode();
    }

    private Explorer.Report explored(ExploreModel model) {
        try {
            return Explorer.explore(
                    model,
                    !safetyOnly,
                    expected,
                    (visited, followed) -> sim.root
                            .globals
                            .output()
                            .note(visited + " states visited"
                                    + (followed < 0 ? "" : ", " + followed + " followed to the ideal ring")));
        } catch (OutOfMemoryError e) {
            throw new ChordException(
                    ErrorCode.NO_SPACE,
                    "more states than there is memory for",
                    "give it more (CHORD_HEAP=16g), make room at once (--expect), or choose fewer points or a coarser"
                            + " grain",
                    e);
        }
    }
}
