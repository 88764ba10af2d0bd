package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.RingSettings;
import dev.chord.node.config.NodeConfig;
import dev.chord.sim.Delay;
import dev.chord.sim.History;
import dev.chord.sim.SimulatedNetwork;
import dev.chord.sim.Simulation;
import dev.chord.sim.SimulationSettings;
import dev.chord.sim.burn.BurnPlan;
import dev.chord.sim.burn.BurnRun;
import dev.chord.sim.burn.BurnShrinker;
import dev.chord.sim.study.ChurnStudy;
import dev.chord.sim.study.Distribution;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code chord sim}: whole rings of the real protocol in virtual time. */
@Command(
        name = "sim",
        description = "Simulate whole rings of the real protocol, in virtual time.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        subcommands = {ExploreCommand.class, ExploreRecordsCommand.class, LossCommand.class})
final class SimCommand {
    private static final int SHRINK_RUNS = 300;
    private static final double MICROS = Simulation.SECOND;
    private static final String EVENTUAL =
            "whoever is left takes over, as with ring.consistency = eventual; otherwise holders"
                    + " agree on who they are, as is the default of nodes, and every name is judged";

    @ParentCommand
    ChordCommand root;

    @Command(
            name = "run",
            description =
                    "A ring whose nodes come and go while keys are looked up: hops, timeouts, wrong answers, traffic.",
            mixinStandardHelpOptions = true)
    int run(
            @Option(names = "--nodes", defaultValue = "1000", description = "default ${DEFAULT-VALUE}") int nodes,
            @Option(
                            names = "--session",
                            defaultValue = "1h",
                            description = "how long a node stays, on average; 0s: for ever. Default ${DEFAULT-VALUE}")
                    String session,
            @Option(names = "--crash", defaultValue = "0.5", description = "share of nodes that go without a word")
                    double crash,
            @Option(names = "--lookups", defaultValue = "10", description = "a second, in the whole ring")
                    double lookups,
            @Option(names = "--loss", defaultValue = "0", description = "share of messages that vanish") double loss,
            @Option(names = "--delay", defaultValue = "50ms", description = "of a message, exponentially distributed")
                    String delay,
            @Option(names = "--stabilize", defaultValue = "30s", description = "between stabilize rounds")
                    String stabilize,
            @Option(names = "--call-timeout", defaultValue = "500ms", description = "of a call") String timeout,
            @Option(names = "--successors", defaultValue = "20", description = "r") int successors,
            @Option(names = "--one-hop", description = "with routing.table = everyone") boolean oneHop,
            @Option(names = "--for", defaultValue = "10m", description = "virtual time") String length,
            @Option(names = "--seed", defaultValue = "1", description = "same seed, same run") long seed) {
        if (nodes < 4 || crash < 0 || crash > 1 || loss < 0 || loss > 0.5 || successors < 2 || lookups < 0) {
            throw new ChordException(ErrorCode.USAGE, "a value is out of range", "see 'chord sim run --help'");
        }
        double staying = micros("--session", session) / MICROS;
        RingSettings ring = new RingSettings(IdentifierCircle.FULL, successors, Math.min(3, successors), 2, 1);
        ChurnStudy.Setup setup = new ChurnStudy.Setup(
                new SimulationSettings(
                        oneHop ? ring.withOneHop() : ring,
                        SimulationSettings.SimulatedTimers.together(
                                micros("--stabilize", stabilize), micros("--call-timeout", timeout)),
                        new SimulatedNetwork.Quality(Delay.exponential(micros("--delay", delay)), loss, 0),
                        false,
                        Delay.fixed(0)),
                nodes,
                staying == 0 ? 0 : nodes / staying,
                crash,
                lookups,
                Math.max(1, micros("--for", length) / Simulation.SECOND),
                seed);
        usedMemory(); // what was used to read the command line goes with a first collection
        long[] memory = {usedMemory(), 0};
        long begin = System.nanoTime();
        ChurnStudy.Outcomes outcomes;
        try (SimBar bar = new SimBar(root.globals.output(), "simulating")) {
            outcomes = ChurnStudy.of(setup, share -> {
                bar.at(share);
                memory[1] = share < 1 ? 0 : Math.max(0, usedMemory() - memory[0]); // the ring is all there still
            });
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        Optional<Long> ofANode = Optional.of(memory[1] / nodes).filter(bytes -> bytes > 0);
        report(setup, outcomes, seconds, ofANode);
        return outcomes.wrong() == 0 ? 0 : ErrorCode.UNHEALTHY.exitCode();
    }

    // Of live objects: what a collection leaves.
    private static long usedMemory() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private void report(ChurnStudy.Setup setup, ChurnStudy.Outcomes o, double seconds, Optional<Long> bytesOfMemory) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("seed", setup.seed());
        value.put("nodes", setup.nodes());
        value.put("virtualSeconds", setup.seconds());
        value.put("lookups", o.lookups());
        value.put("hops", percentiles(o.hops()));
        value.put("timeouts", percentiles(o.timeouts()));
        value.put("tries", percentiles(o.tries()));
        value.put("lookupMillis", percentiles(o.millis()));
        value.put("atOnce", o.atOnce());
        value.put("wrong", o.wrong());
        value.put("unanswered", o.unanswered());
        value.put("messagesPerNodeSecond", o.messagesPerNodeSecond());
        value.put("bytesPerNodeSecond", percentiles(o.bytes()));
        value.put("healedAfterSeconds", o.healed());
        value.put("steps", o.steps());
        value.put("seconds", seconds);
        value.put("memoryPerNodeBytes", bytesOfMemory.orElse(null));
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("", "mean", "1st", "median", "99th", "max"));
        cells.add(row("hops (the last one, to the owner, not counted)", o.hops()));
        cells.add(row("timeouts of a lookup", o.timeouts()));
        cells.add(row("looks until the owner was found", o.tries()));
        cells.add(row("ms until the owner was found", o.millis()));
        cells.add(row("bytes a node sends in a second", o.bytes()));
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                "%d nodes, %d virtual s, seed %d: %d lookups",
                setup.nodes(), setup.seconds(), setup.seed(), o.lookups()));
        lines.addAll(Output.table(cells));
        lines.add(String.format(
                "answers   wrong %d, no owner found in %d looks %d", o.wrong(), ChurnStudy.TRIES, o.unanswered()));
        if (setup.settings().ring().oneHop()) {
            lines.add(String.format(
                    "at once   %.2f %% by the first one asked", 100.0 * o.atOnce() / Math.max(1, o.lookups())));
        }
        lines.add(String.format("traffic   %.2f messages per node and second", o.messagesPerNodeSecond()));
        lines.add(
                o.healed() < 0
                        ? "healing   not ideal within 60 stabilize rounds after the last change"
                        : String.format("healing   ideal %.0f virtual s after the last change", o.healed()));
        lines.add(String.format(
                "speed     %d steps in %.1f s, %.0f times real time; %s",
                o.steps(),
                seconds,
                setup.seconds() / seconds,
                bytesOfMemory
                        .map(bytes -> bytes + " bytes of memory a node")
                        .orElse("too few nodes to tell what memory one takes")));
        root.globals.output().result(value, lines);
    }

    private static Map<String, Object> percentiles(Distribution of) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("mean", of.mean());
        for (int percent : new int[] {1, 50, 99, 100}) {
            value.put("p" + percent, of.percentile(percent));
        }
        return value;
    }

    private static List<String> row(String name, Distribution of) {
        return List.of(
                name,
                String.format("%.2f", of.mean()),
                "" + of.percentile(1),
                "" + of.percentile(50),
                "" + of.percentile(99),
                "" + of.max());
    }

    @Command(
            name = "paper",
            description =
                    "The tables and figures of the Chord papers, measured on this code, beside the published numbers.",
            mixinStandardHelpOptions = true)
    int paper(
            @Option(
                            names = {"-o", "--output"},
                            description = "folder for plots (SVG and PNG) and the table")
                    Optional<Path> folder,
            @Option(names = "--quick", description = "a tenth of the work, for a first look") boolean quick)
            throws IOException {
        PaperStudies studies = new PaperStudies(quick, root.globals.output()::note);
        List<PaperStudies.Row> rows = studies.all();
        List<String> lines = PaperStudies.table(rows);
        List<Map<String, Object>> json =
                rows.stream().map(PaperStudies.Row::json).toList();
        if (folder.isPresent()) {
            PaperPlots.write(studies, lines, folder.get());
            lines.add("plots and table are in " + folder.get());
        }
        root.globals.output().results("rows", json, Map.of("quick", quick), lines);
        return 0;
    }

    @Command(
            name = "burn",
            description = "Rings with data under faults drawn from seeds; stops at the first violation and shrinks it.",
            mixinStandardHelpOptions = true)
    int burn(
            @Option(names = "--seed", defaultValue = "1", description = "the first seed") long seed,
            @Option(names = "--count", defaultValue = "100", description = "seeds; default ${DEFAULT-VALUE}")
                    long count,
            @Option(names = "--nodes", defaultValue = "9", description = "at most; default ${DEFAULT-VALUE}") int nodes,
            @Option(names = "--for", defaultValue = "300s", description = "virtual time of each") String length,
            @Option(names = "--eventual", description = EVENTUAL) boolean eventual) {
        if (count < 1) {
            throw new ChordException(ErrorCode.USAGE, "at least 1 seed", "see 'chord sim burn --help'");
        }
        List<BurnRun.Report> reports = LongStream.range(seed, seed + count)
                .parallel()
                .mapToObj(s -> BurnRun.of(plan(s, nodes, length, eventual), line -> {}))
                .toList();
        Optional<BurnRun.Report> red =
                reports.stream().filter(r -> r.failure().isPresent()).findFirst();
        long operations = reports.stream().mapToLong(r -> r.history().count()).sum();
        long unknown = reports.stream()
                .mapToLong(r -> r.history().count(History.Result.UNKNOWN))
                .sum();
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("seeds", count);
        value.put("operations", operations);
        value.put("unknown", unknown);
        value.put("failedSeed", red.map(r -> r.plan().seed()).orElse(null));
        List<String> lines = new ArrayList<>();
        if (red.isPresent()) {
            String same = " --nodes " + nodes + " --for " + length + (eventual ? " --eventual" : "");
            lines.addAll(failure(red.get(), same));
        }
        lines.add(count + " seeds, " + operations + " operations, " + unknown + " of unknown outcome: "
                + (red.isEmpty() ? "nothing broke" : "broken"));
        root.globals.output().result(value, lines);
        return red.isEmpty() ? 0 : ErrorCode.UNHEALTHY.exitCode();
    }

    private static BurnPlan plan(long seed, int nodes, String length, boolean eventual) {
        if (nodes < 4) {
            throw new ChordException(ErrorCode.USAGE, "at least 4 nodes", "see 'chord sim burn --help'");
        }
        BurnPlan.Size size = new BurnPlan.Size(nodes, Math.max(60, micros("--for", length) / Simulation.SECOND));
        BurnPlan plan = BurnPlan.draw(seed, size);
        return eventual ? plan : plan.withQuorum();
    }

    private static List<String> failure(BurnRun.Report red, String same) {
        BurnRun.Report small = BurnShrinker.shrink(red, SHRINK_RUNS);
        List<String> lines = new ArrayList<>();
        lines.add("chord sim replay " + red.plan().seed() + same + "   repeats it");
        lines.add(red.failure().orElseThrow().toString());
        lines.add("shrunk to " + small.plan().events().size() + " of "
                + red.plan().events().size() + " events, which lead to: "
                + small.failure().orElseThrow());
        small.plan().events().forEach(e -> lines.add("  " + e));
        return lines;
    }

    @Command(
            name = "replay",
            description = "Steps through one seed of 'chord sim burn', forwards and back, showing the ring.",
            mixinStandardHelpOptions = true)
    int replay(
            @Parameters(paramLabel = "SEED") long seed,
            @Option(names = "--nodes", defaultValue = "9", description = "as in the run to be repeated") int nodes,
            @Option(names = "--for", defaultValue = "300s", description = "as there") String length,
            @Option(names = "--eventual", description = "as there") boolean eventual)
            throws IOException {
        List<String> trace = new ArrayList<>();
        BurnRun.Report report = BurnRun.of(plan(seed, nodes, length, eventual), trace::add);
        trace.add(report.failure().map(v -> "BROKEN " + v).orElse("nothing broke"));
        new Replay(trace).show(root.globals.output().text() && Terminal.present());
        return report.failure().isEmpty() ? 0 : ErrorCode.UNHEALTHY.exitCode();
    }

    private static long micros(String option, String text) {
        Duration time = NodeConfig.parseDuration(text)
                .orElseThrow(() -> new ChordException(
                        ErrorCode.USAGE, option + " '" + text + "' is no time", "as 500ms, 30s, 10m or 2h"));
        return time.toNanos() / 1000;
    }
}
