package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.bench.Figure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchPlotTest {
    private static final Figure LIMITED = new Figure("fetch, MB/s", 30, 40, "a bare stream", ">= 0.9 x");
    private static final Figure PLAIN = new Figure("calls a read", 1, Double.NaN, "", "1.0");

    @TempDir
    private Path work;

    @Test
    void whatHasALimitIsDrawnBesideIt() throws Exception {
        Path svg = work.resolve("bars.svg");
        BenchPlot.write(List.of(PLAIN, LIMITED), svg);
        assertThat(Files.readString(svg)).contains("<svg", "</svg>");
        Path png = work.resolve("bars.png");
        BenchPlot.write(List.of(LIMITED), png);
        assertThat(Files.readAllBytes(png)).startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    void whatCannotBeDrawnIsSaid() {
        assertThatThrownBy(() -> BenchPlot.write(List.of(LIMITED), work.resolve("bars.txt")))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.USAGE));
        assertThatThrownBy(() -> BenchPlot.write(List.of(PLAIN), work.resolve("bars.svg")))
                .isInstanceOf(ChordException.class);
    }
}
