package dev.chord.core.records;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Places whose current records are known to be on a write quorum, by the epoch of the ownership in which that
 * was found out. Losing an entry costs one round of messages. Belongs to one engine.
 */
final class QuorumCache {
    private static final int SIZE = 100_000;

    private final Map<Record.Place, Long> epochs = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Record.Place, Long> eldest) {
            return size() > SIZE;
        }
    };

    boolean has(long epoch, Record.Place place) {
        Long known = epochs.get(place);
        return known != null && known == epoch;
    }

    void note(long epoch, Record.Place place) {
        epochs.put(place, epoch);
    }

    void forget(Record.Place place) {
        epochs.remove(place);
    }
}
