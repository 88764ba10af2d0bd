package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.bench.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.style.Styler;

/** Measurements as bars: what was reached as a share of its limit. */
final class BenchPlot {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 500;

    private BenchPlot() {}

    /** @param file what is written, as its ending says: {@code .svg} or {@code .png} */
    static void write(List<Figure> figures, Path file) throws IOException {
        List<Figure> limited =
                figures.stream().filter(f -> !Double.isNaN(f.limit())).toList();
        if (limited.isEmpty()) {
            throw new ChordException(ErrorCode.USAGE, "nothing here has a limit to be drawn beside", "omit --plot");
        }
        System.setProperty("java.awt.headless", "true");
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("Share of the limit, from the same run")
                .yAxisTitle("here / limit")
                .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        double highest = limited.stream().mapToDouble(Figure::ratio).max().orElse(1);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setYAxisMax(Math.max(1, highest)); // the limit is always in sight
        chart.getStyler().setYAxisDecimalPattern("0.00");
        chart.getStyler().setLabelsVisible(true);
        for (Figure figure : limited) {
            chart.addSeries(
                    figure.what() + " (" + figure.yardstick() + ")",
                    List.of(" "),
                    List.of(Math.round(100 * figure.ratio()) / 100.0));
        }
        if (file.toString().endsWith(".svg")) {
            VectorGraphicsEncoder.saveVectorGraphic(
                    chart, file.toString(), VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
        } else if (file.toString().endsWith(".png")) {
            BitmapEncoder.saveBitmap(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG);
        } else {
            throw new ChordException(ErrorCode.USAGE, file + " is neither .svg nor .png", "name it by its kind");
        }
    }
}
