package dev.chord.node.cli;

import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.RingSettings;
import dev.chord.sim.Delay;
import dev.chord.sim.SimulatedNetwork;
import dev.chord.sim.Simulation;
import dev.chord.sim.SimulationSettings;
import dev.chord.sim.SimulationSettings.SimulatedTimers;
import dev.chord.sim.study.ChurnStudy;
import dev.chord.sim.study.LoadStudy;
import dev.chord.sim.study.StaticRing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The experiments of the Chord papers and of later ones, repeated with the real protocol. */
final class PaperStudies {
    private static final long MILLI = Simulation.MILLISECOND;
    private static final int RINGS = 10;
    private static final double[] TABLE_2_HOPS = {3.84, 4.03, 4.22, 4.44, 4.69, 5.09};
    private static final double[] TABLE_2_TIMEOUTS = {0, 0.60, 1.17, 2.02, 3.23, 5.10};
    private static final int[] TABLE_3_WRONG = {0, 0, 2, 3, 6, 8, 16, 15};

    private final boolean quick;
    private final Consumer<String> notes;
    private final NavigableMap<Integer, Double> pathLengths = new TreeMap<>();
    private final NavigableMap<Double, Double> failureHops = new TreeMap<>();
    private final NavigableMap<Double, Double> failureTimeouts = new TreeMap<>();
    private final NavigableMap<Double, Double> churnTimeouts = new TreeMap<>();

    PaperStudies(boolean quick, Consumer<String> notes) {
        this.quick = quick;
        this.notes = notes;
    }

    /** One line of the table. */
    record Row(String id, String figure, String published, String measured, String verdict) {
        Map<String, Object> json() {
            Map<String, Object> value = new LinkedHashMap<>();
            value.put("id", id);
            value.put("figure", figure);
            value.put("published", published);
            value.put("measured", measured);
            value.put("verdict", verdict);
            return value;
        }
    }

    NavigableMap<Integer, Double> pathLengths() {
        return pathLengths;
    }

    NavigableMap<Double, Double> failureHops() {
        return failureHops;
    }

    NavigableMap<Double, Double> failureTimeouts() {
        return failureTimeouts;
    }

    NavigableMap<Double, Double> churnTimeouts() {
        return churnTimeouts;
    }

    static double[] publishedFailureHops() {
        return TABLE_2_HOPS.clone();
    }

    static double[] publishedFailureTimeouts() {
        return TABLE_2_TIMEOUTS.clone();
    }

    List<Row> all() {
        List<Row> rows = new ArrayList<>();
        pathLength(rows);
        halfDies(rows);
        underChurn(rows);
        load(rows);
        oneHop(rows);
        largerTables(rows);
        harsh(rows);
        return rows;
    }

    private static RingSettings ring(int successors, int width) {
        return new RingSettings(IdentifierCircle.FULL, successors, 1, 1, width);
    }

    private int lookups() {
        return quick ? 1_000 : 10_000;
    }

    private static String within(double measured, double published, double percent) {
        double off = 100 * (measured / published - 1);
        return String.format("%+.1f %%%s", off, Math.abs(off) <= percent ? "" : ": outside " + percent + " %");
    }

    // ToN 2003, figure 10: one successor and fingers; hops to the member before the key.
    private void pathLength(List<Row> rows) {
        int largest = quick ? 12 : 20;
        for (int power = 3; power <= largest; power++) {
            notes.accept("S1: 2^" + power + " nodes");
            int rings = power <= 12 ? RINGS : 1;
            int seedBase = 100 * power;
            int nodes = 1 << power;
            List<double[]> means = IntStream.range(0, rings)
                    .parallel()
                    .mapToObj(i -> {
                        StaticRing ring = new StaticRing(ring(2, 1), nodes, 0, true, seedBase + i);
                        double paper =
                                ring.paper().lookups(lookups(), seedBase + i).hops();
                        return new double[] {ring.lookups(lookups()).hops().mean(), paper};
                    })
                    .toList();
            double mean = means.stream().mapToDouble(m -> m[0]).average().orElse(0);
            double paper = means.stream().mapToDouble(m -> m[1]).average().orElse(0);
            pathLengths.put(power, mean);
            rows.add(new Row(
                    "S1",
                    "hops, the one to the owner not counted, 2^" + power + " nodes, fingers and one successor",
                    String.format("about %.1f (half log2 N); its pseudocode: %.2f", power / 2.0, paper),
                    String.format("%.2f", mean),
                    within(mean, paper, 2)));
        }
    }

    private static StaticRing failed(double share, int width, int seed) {
        return new StaticRing(ring(20, width), 1000, share, false, seed);
    }

    // ToN 2003, table II.
    private void halfDies(List<Row> rows) {
        long asked = 0;
        long wrong = 0;
        for (int i = 0; i <= 5; i++) {
            double share = i / 10.0;
            notes.accept("S2: " + share + " of all die");
            List<StaticRing> rings = IntStream.range(0, RINGS)
                    .mapToObj(seed -> failed(share, 1, seed))
                    .toList();
            double paper = rings.parallelStream()
                    .mapToDouble(ring -> ring.paper().lookups(lookups(), 1).hops())
                    .average()
                    .orElse(0);
            List<StaticRing.Outcomes> runs =
                    rings.parallelStream().map(ring -> ring.lookups(lookups())).toList();
            List<Double> means = runs.stream().map(o -> o.hopsToOwner().mean()).toList();
            double hops = means.stream().mapToDouble(m -> m).average().orElse(0);
            double variance = means.stream()
                    .mapToDouble(m -> (m - hops) * (m - hops))
                    .average()
                    .orElse(0);
            double timeouts = runs.stream()
                    .mapToDouble(o -> o.timeouts().mean())
                    .average()
                    .orElse(0);
            wrong += runs.stream().mapToLong(o -> o.wrong() + o.unanswered()).sum();
            asked += (long) RINGS * lookups();
            failureHops.put(share, hops);
            failureTimeouts.put(share, timeouts);
            rows.add(new Row(
                    "S2",
                    "hops, the one to the owner counted, after " + 10 * i
                            + " % of 1000 nodes died, r = 20, one call at a time",
                    String.format("%.2f in one experiment; its pseudocode: %.2f", TABLE_2_HOPS[i], paper + 1),
                    String.format("%.2f, single rings differ by %.2f (sd)", hops, Math.sqrt(variance)),
                    within(hops, paper + 1, 2) + String.format(" (%+.1f %%)", 100 * (hops / TABLE_2_HOPS[i] - 1))));
            rows.add(new Row(
                    "S2",
                    "timeouts of such a lookup",
                    String.format("%.2f", TABLE_2_TIMEOUTS[i]),
                    String.format("%.2f", timeouts),
                    timeouts <= TABLE_2_TIMEOUTS[i] ? "fewer" : "more"));
        }
        rows.add(new Row(
                "S2",
                "wrong or unanswered lookups",
                "none failed",
                wrong + " of " + asked,
                wrong == 0 ? "none" : "some"));
        StaticRing.Outcomes parallel = failed(0.5, 3, 1).lookups(lookups());
        rows.add(new Row(
                "S2",
                "timeouts waited for one after the other, 50 % died, three calls at a time (as nodes do)",
                "at most 1.1 (our goal)",
                String.format("%.2f", parallel.waits().mean()),
                String.format(
                        "%.2f hops, %.2f calls without answer",
                        parallel.hopsToOwner().mean(), parallel.timeouts().mean())));
    }

    // ToN 2003, table III.
    private void underChurn(List<Row> rows) {
        for (int i = 1; i <= 8; i++) {
            double rate = 0.05 * i;
            notes.accept(String.format("S3: %.2f joins and leaves a second", rate));
            ChurnStudy.Outcomes polite = churn(rate, 0, i);
            ChurnStudy.Outcomes crashes = churn(rate, 1, 100 + i);
            churnTimeouts.put(rate, polite.timeouts().mean());
            rows.add(churnRow("politely", rate, TABLE_3_WRONG[i - 1] + " wrong in 10,000", polite));
            rows.add(churnRow("by crashing", rate, "-", crashes));
        }
    }

    private static Row churnRow(String how, double rate, String published, ChurnStudy.Outcomes o) {
        return new Row(
                "S3",
                String.format("1000 nodes, %.2f joins a second, as many leave %s", rate, how),
                published,
                String.format(
                        "%d wrong of %d; hops %.2f, timeouts %.2f; no owner within 4 s %.2f %%",
                        o.wrong(),
                        o.lookups(),
                        o.hops().mean(),
                        o.timeouts().mean(),
                        100.0 * o.unanswered() / Math.max(1, o.lookups())),
                o.wrong() == 0 ? "none wrong" : "wrong answers");
    }

    private ChurnStudy.Outcomes churn(double rate, double crashes, long seed) {
        SimulationSettings settings = new SimulationSettings(
                new RingSettings(IdentifierCircle.FULL, 20, 3, 2, 1),
                SimulatedTimers.together(30 * Simulation.SECOND, 500 * MILLI),
                SimulatedNetwork.Quality.perfect(Delay.exponential(50 * MILLI)),
                false,
                Delay.fixed(0));
        long seconds = quick ? 300 : 1300;
        return ChurnStudy.of(new ChurnStudy.Setup(settings, 1000, rate, crashes, 10, seconds, seed), share -> {});
    }

    // ToN 2003, figures 8 and 9.
    private void load(List<Row> rows) {
        int keys = quick ? 100_000 : 1_000_000;
        int nodes = quick ? 1_000 : 10_000;
        for (int vnodes : new int[] {1, 20}) {
            notes.accept("S4: keys on " + nodes + " nodes of " + vnodes + " members");
            LoadStudy.Load load = LoadStudy.of(nodes, vnodes, keys);
            rows.add(new Row(
                    "S4",
                    String.format(
                            "keys per node over the mean, %d nodes, %d keys, %d members each", nodes, keys, vnodes),
                    vnodes == 1 ? "99th 4.6, max 9.1" : "1st 0.5, 99th 1.6",
                    String.format("1st %.2f, 99th %.2f, max %.2f", load.share(1), load.share(99), load.share(100)),
                    "placement by the successor alone; choosing between two places is not built"));
        }
    }

    // Gupta, Liskov, Rodrigues, NSDI 2004: sessions of 2.9 hours.
    private void oneHop(List<Row> rows) {
        int[] sizes = quick ? new int[] {1_000} : new int[] {1_000, 10_000};
        for (int nodes : sizes) {
            notes.accept("S5: " + nodes + " nodes that know each other");
            SimulationSettings settings = new SimulationSettings(
                    new RingSettings(IdentifierCircle.FULL, 8, 3, 2, 3).withOneHop(),
                    SimulatedTimers.together(Simulation.SECOND, 700 * MILLI),
                    SimulatedNetwork.Quality.perfect(Delay.exponential(50 * MILLI)),
                    false,
                    Delay.fixed(0));
            long seconds = quick ? 600 : nodes == 1_000 ? 3_600 : 120;
            double lookups = 7.0 * lookups() / seconds;
            double changes = nodes / (2.9 * 3600);
            ChurnStudy.Outcomes o =
                    ChurnStudy.of(new ChurnStudy.Setup(settings, nodes, changes, 1, lookups, seconds, 5), share -> {});
            double atOnce = 100.0 * o.atOnce() / Math.max(1, o.lookups());
            rows.add(new Row(
                    "S5",
                    nodes + " nodes, sessions of 2.9 h, all crash, routing.table = everyone",
                    "99 % right first time",
                    String.format(
                            "%.2f %% of %d found where asked first, %d wrong, %.0f B/s",
                            atOnce, o.lookups(), o.wrong(), o.bytes().mean()),
                    atOnce >= 99.9 && o.wrong() == 0 ? "reached (99.9 %)" : "falls short of 99.9 %"));
        }
    }

    private void largerTables(List<Row> rows) {
        int nodes = quick ? 1 << 12 : 1_000_000;
        for (int digit : new int[] {1, 4, 6}) {
            notes.accept("S6: " + nodes + " nodes, " + digit + " digits a finger");
            RingSettings settings = new RingSettings(IdentifierCircle.FULL.withDigit(digit), 8, 1, 1, 3);
            StaticRing ring = new StaticRing(settings, nodes, 0, false, 6);
            StaticRing.Outcomes found = ring.lookups(lookups() / 2);
            double mean = found.hopsToOwner().mean();
            boolean largest = digit == 6;
            String verdict = "";
            if (largest && !quick) {
                verdict = mean <= 3.2 && ring.links() <= 256
                        ? "reached (at most 3.2 with 256 links)"
                        : "falls short of 3.2 with 256 links";
            }
            rows.add(new Row(
                    "S6",
                    nodes + " nodes (r = 8), routing.digit = " + digit,
                    largest ? "2.93 with 256 links (Moore bound)" : "-",
                    String.format("%.2f hops to the owner, %.0f links", mean, ring.links()),
                    verdict));
        }
    }

    // Rhea et al., USENIX 2004: median session 1.4 minutes.
    private void harsh(List<Row> rows) {
        notes.accept("S8: median session 1.4 min");
        double meanSession = 1.4 * 60 / Math.log(2);
        SimulationSettings settings = new SimulationSettings(
                new RingSettings(IdentifierCircle.FULL, 8, 3, 1, 3),
                SimulatedTimers.together(6 * Simulation.SECOND, 1000 * MILLI),
                SimulatedNetwork.Quality.perfect(Delay.exponential(50 * MILLI)),
                false,
                Delay.fixed(0));
        ChurnStudy.Outcomes o = ChurnStudy.of(
                new ChurnStudy.Setup(settings, 1000, 1000 / meanSession, 1, 20, quick ? 100 : 500, 8), share -> {});
        double right = 100.0 * (o.lookups() - o.wrong() - o.unanswered()) / Math.max(1, o.lookups());
        rows.add(new Row(
                "S8",
                "1000 nodes, median session 1.4 min, all crash",
                "Bamboo: copes below 900 B/s a node",
                String.format(
                        "%.2f %% answered by their owner, %d wrong, %.0f B/s",
                        right, o.wrong(), o.bytes().mean()),
                right >= 99.9 && o.bytes().mean() < 450 ? "reached" : "falls short of 99.9 % below 450 B/s"));
    }

    /** The rows as a table for eyes. */
    static List<String> table(List<Row> rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("", "figure", "published", "measured", ""));
        rows.forEach(r -> cells.add(List.of(r.id, r.figure, r.published, r.measured, r.verdict)));
        return Output.table(cells);
    }
}
