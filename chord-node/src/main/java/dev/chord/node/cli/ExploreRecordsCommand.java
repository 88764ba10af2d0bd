package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.sim.explore.RecordExplorer;
import dev.chord.sim.explore.RecordModel;
import dev.chord.sim.explore.RecordModel.Bound;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chord sim explore-records}: every run of a name's record on three processes. */
@Command(
        name = "explore-records",
        description = "Every run of one name's record on three processes, within bounds; a way to a violation, if there"
                + " is one.",
        mixinStandardHelpOptions = true)
final class ExploreRecordsCommand implements Callable<Integer> {
    private static final int MOST = 99;
    private static final Map<Bound, Integer> USUAL = Map.of(Bound.TAKES, 1);

    @ParentCommand
    SimCommand sim;

    @Option(names = "--eventual", description = "whoever is left takes over, as with ring.consistency = eventual")
    boolean eventual;

    @Option(
            names = "--clients",
            split = ",",
            defaultValue = "WRITE,READ",
            description = "what each does, one thing after the other: READ, WRITE, DELETE or COMPARE_AND_SET;"
                    + " default ${DEFAULT-VALUE}")
    List<String> clients;

    @Option(
            names = "--bound",
            split = ",",
            description = "how often something happens at most in a run, of ${COMPLETION-CANDIDATES}: for example"
                    + " TAKES=2,CRASHES=1; what is not said: TAKES=1 and no other")
    Map<Bound, Integer> bounds = Map.of();

    @Override
    public Integer call() {
        bounds.forEach((what, times) -> {
            if (times < 0 || times > MOST) {
                throw new ChordException(
                        ErrorCode.USAGE, "--bound " + what + "=" + times + " is no number of times", "0 to " + MOST);
            }
        });
        Map<Bound, Integer> most = new EnumMap<>(USUAL);
        most.putAll(bounds);
        RecordModel model;
        try {
            model = RecordModel.of(!eventual, clients, most);
        } catch (IllegalArgumentException e) {
            throw new ChordException(
                    ErrorCode.USAGE, "--clients " + clients + " is not what clients do", "as WRITE+READ,READ", e);
        }
        long begin = System.nanoTime();
        RecordExplorer.Report report = explored(model);
        double seconds = (System.nanoTime() - begin) / 1e9;
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("states", report.states());
        value.put("transitions", report.transitions());
        value.put("ends", report.ends());
        value.put("depth", report.depth());
        value.put("seconds", seconds);
        value.put(
                "violation",
                report.finding().map(f -> f.violation().invariant()).orElse(null));
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                "%d states, %d transitions, %d ends, depth %d, %.1f s",
                report.states(), report.transitions(), report.ends(), report.depth(), seconds));
        report.finding()
                .ifPresentOrElse(
                        f -> {
                            lines.add("VIOLATION of " + f.violation() + "; a way there:");
                            f.trace().forEach(line -> lines.add("  " + line));
                        },
                        () -> lines.add("no violation"));
        sim.root.globals.output().result(value, lines);
        return report.finding().isEmpty() ? 0 : ErrorCode.UNHEALTHY.exitCode();
    }

    private RecordExplorer.Report explored(RecordModel model) {
        try {
            return RecordExplorer.explore(
                    model, states -> sim.root.globals.output().note(states + " states visited"));
        } catch (OutOfMemoryError e) {
            throw new ChordException(
                    ErrorCode.NO_SPACE,
                    "more states than there is memory for",
                    "give it more (CHORD_HEAP=16g), or let less happen (--bound, --clients)",
                    e);
        }
    }
}
