package dev.chord.node.cli;

import dev.chord.client.Progress;
import dev.chord.core.bounds.Disarmed;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar with rate and time left, at a terminal only. */
final class TransferBar implements AutoCloseable {
    private final @Nullable ProgressBar bar;

    TransferBar(Output out, String what, long totalBytes) {
        boolean terminal = out.text() && Terminal.present() && totalBytes > 0;
        bar = terminal
                ? new ProgressBarBuilder()
                        .setTaskName(Disarmed.line(what))
                        .setInitialMax(totalBytes)
                        .setUnit(" MB", 1_000_000)
                        .showSpeed()
                        .setStyle(ProgressBarStyle.ASCII)
                        .build()
                : null;
    }

    /** The progress of one file among all. */
    Progress part() {
        ProgressBar shown = bar;
        if (shown == null) {
            return Progress.NONE;
        }
        long[] last = {0};
        return (done, total) -> {
            shown.stepBy(done - last[0]);
            last[0] = done;
        };
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
