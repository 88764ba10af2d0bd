package dev.chord.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** The papers' figures as pictures, measured beside published. */
final class PaperPlots {
    private static final int WIDTH = 800;
    private static final int HEIGHT = 500;

    private PaperPlots() {}

    static void write(PaperStudies studies, List<String> table, Path folder) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Files.createDirectories(folder);
        Files.write(folder.resolve("table.txt"), table);
        double[] powers = keys(studies.pathLengths());
        chart("Path length (ToN 2003, figure 10)", "log2 of the number of nodes", "hops before the owner")
                .add("measured", powers, values(studies.pathLengths()))
                .add(
                        "half log2 N",
                        powers,
                        Arrays.stream(powers).map(p -> p / 2).toArray())
                .save(folder.resolve("s1-path-length"));
        double[] shares = keys(studies.failureHops());
        chart("Lookups after failures (ToN 2003, table II)", "share of nodes that died", "mean per lookup")
                .add("hops, measured", shares, values(studies.failureHops()))
                .add("hops, published", shares, PaperStudies.publishedFailureHops())
                .add("timeouts, measured", shares, values(studies.failureTimeouts()))
                .add("timeouts, published", shares, PaperStudies.publishedFailureTimeouts())
                .save(folder.resolve("s2-failures"));
        chart("Lookups under churn (ToN 2003, table III)", "joins and leaves a second", "timeouts per lookup")
                .add("measured", keys(studies.churnTimeouts()), values(studies.churnTimeouts()))
                .save(folder.resolve("s3-churn"));
    }

    private static double[] keys(NavigableMap<? extends Number, Double> points) {
        return points.keySet().stream().mapToDouble(Number::doubleValue).toArray();
    }

    private static double[] values(Map<? extends Number, Double> points) {
        return points.values().stream().mapToDouble(v -> v).toArray();
    }

    private static Plot chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
        return new Plot(chart);
    }

    private record Plot(XYChart chart) {
        Plot add(String name, double[] xs, double[] ys) {
            chart.addSeries(name, xs, ys);
            return this;
        }

        void save(Path path) throws IOException {
            BitmapEncoder.saveBitmap(chart, path.toString(), BitmapEncoder.BitmapFormat.PNG);
            VectorGraphicsEncoder.saveVectorGraphic(
                    chart, path.toString(), VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
        }
    }
}
