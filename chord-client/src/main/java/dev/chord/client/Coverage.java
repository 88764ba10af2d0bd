package dev.chord.client;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.Comparator;
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

    /** The arcs whose owners did not answer, in ring order. */
    public List<Arc> missing() {
        if (answered.stream().anyMatch(Arc::isWhole)) {
            return List.of();
        }
        List<Arc> order = answered.stream()
                .distinct()
                .sorted(Comparator.comparing(Arc::from))
                .toList();
        if (order.isEmpty()) {
            return List.of(new Arc(Identifier.ZERO, Identifier.ZERO));
        }
        List<Arc> gaps = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            Arc here = order.get(i);
            Arc next = order.get((i + 1) % order.size());
            boolean gap = !here.to().equals(next.from()) && (order.size() == 1 || !here.contains(next.from()));
            if (gap) {
                gaps.add(new Arc(here.to(), next.from()));
            }
        }
        return gaps;
    }

    static Coverage of(List<Arc> answered, List<String> silent) {
        double sum = answered.stream().distinct().mapToDouble(Arc::share).sum();
        return new Coverage(Math.min(1.0, sum), List.copyOf(answered), List.copyOf(silent));
    }
}
