package dev.chord.client.locate;

import com.google.common.collect.BoundType;
import com.google.common.collect.Range;
import com.google.common.collect.RangeMap;
import com.google.common.collect.TreeRangeMap;
import dev.chord.client.wire.Time;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which members hold which arc, as far as answers have told: the table that routes past the fingers. A hint:
 * the owner is asked all the same, and when it says "not mine" the entry goes. Bounded: what was learned
 * longest ago makes room.
 */
final class ArcCache {
    private final int most;
    private final Time time;
    private final RangeMap<Identifier, Entry> arcs = TreeRangeMap.create();
    // oldest first; those that were overwritten are among them until it is their turn
    private final Set<Entry> ages = new LinkedHashSet<>();

    /**
     * An arc and who holds it.
     *
     * @param chain its owner and the members after it in ring order
     * @param learned when, by {@link Time#nanos}
     */
    record Entry(Arc arc, List<Peer> chain, long learned) {}

    /** @param most arcs to remember */
    ArcCache(int most, Time time) {
        this.most = most;
        this.time = time;
    }

    synchronized Optional<Entry> at(Identifier key) {
        return Optional.ofNullable(arcs.get(key));
    }

    Optional<List<Peer>> chain(Identifier key) {
        return at(key).map(Entry::chain);
    }

    /** What a lookup found: it replaces whatever was believed. */
    synchronized void learn(Arc arc, List<Peer> chain) {
        Entry entry = new Entry(arc, List.copyOf(chain), time.nanos());
        at(arc.to()).filter(old -> old.arc().equals(arc)).ifPresent(ages::remove);
        for (Range<Identifier> range : ranges(arc)) {
            arcs.put(range, entry);
        }
        ages.add(entry);
        if (ages.size() > most) {
            evict(ages.iterator().next());
        }
    }

    /** What an answer said besides: it may be older than what is known, so it only fills gaps. */
    synchronized void hear(Arc arc, List<Peer> chain) {
        for (Range<Identifier> range : ranges(arc)) {
            if (!arcs.subRangeMap(range).asMapOfRanges().isEmpty()) {
                return;
            }
        }
        learn(arc, chain);
    }

    synchronized void forget(Identifier key) {
        at(key).ifPresent(this::drop);
    }

    private void drop(Entry entry) {
        ranges(entry.arc()).forEach(arcs::remove);
        ages.remove(entry);
    }

    /** Forgets one entry; what was learned since about parts of its arc stays. */
    synchronized void evict(Entry entry) {
        for (Range<Identifier> range : ranges(entry.arc())) {
            arcs.subRangeMap(range).asMapOfRanges().entrySet().stream()
                    .filter(e -> e.getValue().equals(entry))
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(arcs::remove);
        }
        ages.remove(entry);
    }

    synchronized int size() {
        return ages.size();
    }

    /** What was learned longest ago. */
    synchronized Optional<Entry> oldest() {
        return ages.stream().findFirst();
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
