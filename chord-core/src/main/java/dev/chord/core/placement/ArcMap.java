package dev.chord.core.placement;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A value for every point of the circle, the same one over whole arcs. Not thread-safe. */
public final class ArcMap<V> {
    /** The value over an arc. */
    public record Piece<V>(Arc arc, V value) {}

    // The value from each cut, exclusively, up to the next, inclusively; without cuts it is the
    // same everywhere.
    private final TreeMap<Identifier, V> cuts = new TreeMap<>();
    private V everywhere;

    public ArcMap(V everywhere) {
        this.everywhere = everywhere;
    }

    /** The same values, to be changed apart from these. */
    public ArcMap<V> copy() {
        ArcMap<V> copy = new ArcMap<>(everywhere);
        copy.cuts.putAll(cuts);
        return copy;
    }

    /** In how many pieces the circle lies, 1 or more. */
    public int pieces() {
        return Math.max(1, cuts.size());
    }

    /** The value at a point. */
    public V at(Identifier point) {
        if (cuts.isEmpty()) {
            return everywhere;
        }
        Map.Entry<Identifier, V> before = cuts.lowerEntry(point);
        return (before == null ? cuts.lastEntry() : before).getValue();
    }

    /** The values over an arc, clockwise; together the pieces are the arc. */
    public List<Piece<V>> over(Arc arc) {
        List<Piece<V>> pieces = new ArrayList<>();
        Identifier from = arc.from();
        for (Identifier cut : inside(arc)) {
            pieces.add(new Piece<>(new Arc(from, cut), at(cut)));
            from = cut;
        }
        pieces.add(new Piece<>(new Arc(from, arc.to()), at(arc.to())));
        return pieces;
    }

    private List<Identifier> inside(Arc arc) {
        List<Identifier> found = new ArrayList<>();
        for (Identifier cut : cuts.tailMap(arc.from(), false).keySet()) {
            if (Arc.strictlyBetween(arc.from(), cut, arc.to())) {
                found.add(cut);
            }
        }
        for (Identifier cut : cuts.headMap(arc.from(), false).keySet()) {
            if (Arc.strictlyBetween(arc.from(), cut, arc.to())) {
                found.add(cut);
            }
        }
        return found;
    }

    /** Changes the values over an arc. */
    public void update(Arc arc, UnaryOperator<V> change) {
        if (cuts.isEmpty() && arc.isWhole()) {
            everywhere = change.apply(everywhere);
            return;
        }
        cut(arc.from());
        cut(arc.to());
        for (Map.Entry<Identifier, V> piece : cuts.entrySet()) {
            boolean within =
                    piece.getKey().equals(arc.from()) || Arc.strictlyBetween(arc.from(), piece.getKey(), arc.to());
            if (within) {
                piece.setValue(change.apply(piece.getValue()));
            }
        }
        join();
    }

    private void cut(Identifier at) {
        // what follows a cut is what was there before: the value of the arc that begins at or before it
        Map.Entry<Identifier, V> before = cuts.floorEntry(at);
        V value = cuts.isEmpty() ? everywhere : (before == null ? cuts.lastEntry() : before).getValue();
        cuts.putIfAbsent(at, value);
    }

    // Cuts with the same value on both sides are none.
    private void join() {
        V last = cuts.lastEntry().getValue();
        List<Identifier> needless = new ArrayList<>();
        for (Map.Entry<Identifier, V> piece : cuts.entrySet()) {
            if (Objects.equals(piece.getValue(), last)) {
                needless.add(piece.getKey());
            }
            last = piece.getValue();
        }
        everywhere = last;
        needless.forEach(cuts::remove);
    }
}
