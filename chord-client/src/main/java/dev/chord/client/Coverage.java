package dev.chord.client;

import dev.chord.core.id.Arc;
import java.util.List;

/**
 * How much of the ring an answer rests on.
 *
 * @param fraction of the circle whose owners answered, 0 to 1
 * @param answered the arcs that did
 * @param silent members that did not, and why
 */
public record Coverage(double fraction, List<Arc> answered, List<String> silent) {
    /** Rounding apart, everything. */
    public boolean complete() {
        return fraction > 1 - 1e-9;
    }

    static Coverage of(List<Arc> answered, List<String> silent) {
        double sum = answered.stream().mapToDouble(Arc::share).sum();
        return new Coverage(Math.min(1.0, sum), List.copyOf(answered), List.copyOf(silent));
    }
}
