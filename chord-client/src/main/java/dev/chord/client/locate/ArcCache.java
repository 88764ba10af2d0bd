package dev.chord.client.locate;

import com.google.common.collect.BoundType;
import com.google.common.collect.Range;
import com.google.common.collect.RangeMap;
import com.google.common.collect.TreeRangeMap;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/**
 * Which members hold which arc, as far as answers have told. A hint: the owner is asked all the same, and when it says
 * "not mine" the entry goes.
 */
final class ArcCache {
    /** Arcs remembered; beyond that everything is forgotten and learned again. */
    private static final int MAX_ARCS = 16_384;

    private record Entry(Arc arc, List<Peer> chain) {}

    private final RangeMap<Identifier, Entry> arcs = TreeRangeMap.create();
    private int size;

    synchronized Optional<List<Peer>> chain(Identifier key) {
        return Optional.ofNullable(arcs.get(key)).map(Entry::chain);
    }

    synchronized void learn(Arc arc, List<Peer> chain) {
        if (++size > MAX_ARCS) {
            clear();
        }
        Entry entry = new Entry(arc, List.copyOf(chain));
        for (Range<Identifier> range : ranges(arc)) {
            arcs.put(range, entry);
        }
    }

    synchronized void forget(Identifier key) {
        Entry entry = arcs.get(key);
        if (entry != null) {
            ranges(entry.arc()).forEach(arcs::remove);
        }
    }

    synchronized void clear() {
        arcs.clear();
        size = 0;
    }

    // An arc that passes 0 is two ranges of numbers.
    private static List<Range<Identifier>> ranges(Arc arc) {
        if (arc.isWhole()) {
            return List.of(Range.all());
        }
        if (arc.from().compareTo(arc.to()) < 0) {
            return List.of(Range.openClosed(arc.from(), arc.to()));
        }
        return List.of(Range.downTo(arc.from(), BoundType.OPEN), Range.upTo(arc.to(), BoundType.CLOSED));
    }
}
