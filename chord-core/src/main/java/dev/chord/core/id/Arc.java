package dev.chord.core.id;

/**
 * The arc (from, to] of the circle, clockwise, open at {@code from} and closed at {@code to}; (a, a] is
 * the WHOLE circle, for a lone member owns everything. There is no empty arc: what may be empty is an
 * {@code Optional<Arc>}.
 */
public record Arc(Identifier from, Identifier to) {

    /** Whether the point lies in (from, to]. */
    public boolean contains(Identifier key) {
        return key.equals(to) || strictlyBetween(from, key, to);
    }

    /**
     * Whether x lies strictly inside the clockwise way from a to b; when a equals b that is every point but a
     * (the notation of Zave's papers).
     */
    public static boolean strictlyBetween(Identifier a, Identifier x, Identifier b) {
        if (a.compareTo(b) < 0) {
            return a.compareTo(x) < 0 && x.compareTo(b) < 0;
        }
        return a.compareTo(x) < 0 || x.compareTo(b) < 0;
    }

    /** Whether this arc is the whole circle. */
    public boolean isWhole() {
        return from.equals(to);
    }

    /** Whether every point of the other arc lies in this one. */
    public boolean covers(Arc other) {
        if (isWhole()) {
            return true;
        }
        // Clockwise from our start: other's start, other's end, our end.
        boolean startsFirst = other.from.equals(from) || strictlyBetween(from, other.from, other.to);
        return !other.isWhole() && startsFirst && contains(other.to);
    }

    /** Whether some point lies in both. */
    public boolean intersects(Arc other) {
        return contains(other.to) || other.contains(to);
    }

    /** The share of a full circle this arc covers, for reports only. */
    public double share() {
        if (isWhole()) {
            return 1.0;
        }
        return IdentifierCircle.FULL.distance(from, to).fraction();
    }

    // Written out: those of a record are made when first called, which takes longer than many a command.
    @Override
    public boolean equals(Object other) {
        return other instanceof Arc arc && from.equals(arc.from) && to.equals(arc.to);
    }

    @Override
    public int hashCode() {
        return 31 * from.hashCode() + to.hashCode();
    }

    @Override
    public String toString() {
        return "(" + from + ", " + to + "]";
    }
}
