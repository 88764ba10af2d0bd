package dev.chord.node.bench;

import java.util.Arrays;
import java.util.List;

/**
 * One measured thing beside its limit from the same run.
 *
 * @param what is measured, with its unit
 * @param ours what this program reached, the median of the rounds
 * @param limit what the yardstick reached; NaN: there is none but the goal
 * @param yardstick what the limit is
 * @param goal in words
 */
public record Figure(String what, double ours, double limit, String yardstick, String goal) {
    /** Without a yardstick. */
    static Figure plain(String what, double ours, String goal) {
        return new Figure(what, ours, Double.NaN, "", goal);
    }

    /** Ours as a multiple of the limit. */
    public double ratio() {
        return ours / limit;
    }

    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** A percentile of nanoseconds, in microseconds. */
    static double percentile(long[] nanos, double percent) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        int at = (int) Math.min(sorted.length - 1, Math.round(percent / 100 * (sorted.length - 1)));
        return sorted[at] / 1000.0;
    }
}
