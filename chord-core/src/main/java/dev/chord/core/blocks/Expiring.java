package dev.chord.core.blocks;

import dev.chord.core.id.Identifier;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Numbers under keys, each forgotten after the same time, the oldest first also where there are too many.
 * Belongs to one engine.
 */
final class Expiring {
    private static final int MOST = 100_000;

    private final LongSupplier now;
    private final long time;
    private final Map<Identifier, Noted> noted = new LinkedHashMap<>(); // the oldest first

    private record Noted(long number, long until) {}

    Expiring(LongSupplier now, long time) {
        this.now = now;
        this.time = time;
    }

    Optional<Long> get(Identifier key) {
        forget();
        return Optional.ofNullable(noted.get(key)).map(Noted::number);
    }

    void put(Identifier key, long number) {
        forget();
        noted.remove(key);
        noted.put(key, new Noted(number, now.getAsLong() + time));
    }

    void remove(Identifier key) {
        noted.remove(key);
    }

    private void forget() {
        while (!noted.isEmpty()) {
            Map.Entry<Identifier, Noted> oldest = noted.entrySet().iterator().next();
            if (noted.size() <= MOST && oldest.getValue().until() > now.getAsLong()) {
                return;
            }
            noted.remove(oldest.getKey());
        }
    }
}
