package dev.chord.client.locate;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.chord.client.wire.Time;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Lookup;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * What this process knows of where keys are without asking anybody, if it is a node that keeps a table of
 * all members.
 */
final class OwnTable {
    private static final Duration WHILE = Duration.ofSeconds(3);

    private final Function<Identifier, Optional<Lookup.Result>> table;
    private final Cache<Identifier, Boolean> doubted;

    OwnTable(Function<Identifier, Optional<Lookup.Result>> table, Time time) {
        this.table = table;
        this.doubted = CacheBuilder.newBuilder()
                .maximumSize(1024)
                .expireAfterWrite(WHILE)
                .ticker(new Ticker() {
                    @Override
                    public long read() {
                        return time.nanos();
                    }
                })
                .build();
    }

    Optional<KeyLocator.Place> at(Identifier key) {
        return Optional.of(key)
                .filter(k -> !doubted.asMap().containsKey(k))
                .flatMap(table)
                .flatMap(r -> r.arc().map(arc -> new KeyLocator.Place(arc, r.chain())));
    }

    /** It was wrong about the key: it is not believed for a while, in which it hears what has changed. */
    void doubt(Identifier key) {
        doubted.put(key, true);
    }
}
