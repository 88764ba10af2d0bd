package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.config.NodeConfig;
import dev.chord.sim.study.LossStudy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chord sim loss}: how likely it is to lose something for good. */
@Command(
        name = "loss",
        description =
                "How likely a ring is to lose something for good: in a year, and when disks die at the same moment.",
        mixinStandardHelpOptions = true)
final class LossCommand implements Callable<Integer> {
    private static final int MOST_COPIES = 5;
    private static final int MOST_DEAD = 6;

    @ParentCommand
    SimCommand sim;

    @Option(names = "--nodes", defaultValue = "8", description = "default ${DEFAULT-VALUE}")
    int nodes;

    @Option(
            names = "--deaths",
            defaultValue = "4",
            description = "of a hundred disks, so many die in a year; default ${DEFAULT-VALUE}")
    double deaths;

    @Option(
            names = "--repair",
            defaultValue = "1h",
            description = "from a death until its copies are made anew; default ${DEFAULT-VALUE}")
    String repair;

    @Override
    public Integer call() {
        if (nodes < 2 || nodes > 1000 || deaths <= 0 || deaths >= 100) {
            throw new ChordException(ErrorCode.USAGE, "a value is out of range", "see 'chord sim loss --help'");
        }
        Duration time = NodeConfig.parseDuration(repair)
                .orElseThrow(() ->
                        new ChordException(ErrorCode.USAGE, "--repair " + repair + " is no time", "as 30m or 6h"));
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("copies", "in a year"));
        for (int dead = 1; dead <= MOST_DEAD; dead++) {
            head.add(dead + " at once");
        }
        table.add(head);
        for (int copies = 1; copies <= MOST_COPIES; copies++) {
            double year = LossStudy.inAYear(nodes, copies, deaths / 100, time.toMillis() / 3.6e6);
            List<String> line = new ArrayList<>(List.of("" + copies, String.format(Locale.ROOT, "%.1e", year)));
            List<Double> atOnce = new ArrayList<>();
            for (int dead = 1; dead <= MOST_DEAD; dead++) {
                double chance = LossStudy.atOnce(nodes, copies, Math.min(dead, nodes));
                atOnce.add(chance);
                line.add(String.format(Locale.ROOT, "%.1f %%", 100 * chance));
            }
            table.add(line);
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("copies", copies);
            row.put("inAYear", year);
            row.put("atOnce", atOnce);
            rows.add(row);
        }
        List<String> lines = new ArrayList<>();
        lines.add(nodes + " nodes, of a hundred disks " + deaths + " die in a year, repair takes " + repair
                + "; the chance that anything at all is lost:");
        lines.addAll(Output.table(table));
        sim.root.globals.output().results("loss", rows, Map.of("nodes", nodes), lines);
        return 0;
    }
}
