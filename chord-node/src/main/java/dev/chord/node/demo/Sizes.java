package dev.chord.node.demo;

import java.util.Locale;

/** Sizes as people read them. */
public final class Sizes {
    private Sizes() {}

    /** A size for people. */
    public static String of(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.5) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f %cB" : "%.0f %cB", value, "kMGTPE".charAt(unit));
    }
}
