package dev.chord.node.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** How far a simulation is, at a terminal only. */
final class SimBar implements AutoCloseable {
    private static final int WHOLE = 100;

    private final @Nullable ProgressBar bar;

    SimBar(Output out, String what) {
        bar = out.text() && Terminal.present()
                ? new ProgressBarBuilder()
                        .setTaskName(what)
                        .setInitialMax(WHOLE)
                        .setStyle(ProgressBarStyle.ASCII)
                        .build()
                : null;
    }

    /** @param share done, 0 to 1 */
    void at(double share) {
        if (bar != null) {
            bar.stepTo(Math.round(share * WHOLE));
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
