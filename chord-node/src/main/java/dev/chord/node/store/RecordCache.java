package dev.chord.node.store;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.chord.core.id.Identifier;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What was read lately, in memory. A change is told after it is durable and before anybody hears so; what was
 * being read from the database meanwhile is not remembered. Records with an end are read anew each time.
 */
final class RecordCache {
    private static final long BYTES = 16 * 1024 * 1024;
    private static final int OVERHEAD = 200;

    private record At(Identifier key, RecordKind kind) {}

    private final Cache<At, List<Record>> known = CacheBuilder.newBuilder()
            .maximumWeight(BYTES)
            .weigher((At at, List<Record> records) -> weight(records))
            .build();
    private final AtomicLong changes = new AtomicLong();

    private static int weight(List<Record> records) {
        return OVERHEAD + records.stream().mapToInt(Record::getSerializedSize).sum();
    }

    /** What is remembered. */
    Optional<List<Record>> get(Identifier key, RecordKind kind) {
        return Optional.ofNullable(known.getIfPresent(new At(key, kind)));
    }

    /** What is remembered, or else what the database says. */
    List<Record> get(Identifier key, RecordKind kind, Supplier<List<Record>> database) {
        At at = new At(key, kind);
        List<Record> found = known.getIfPresent(at);
        if (found != null) {
            return found;
        }
        long before = changes.get();
        List<Record> read = database.get();
        if (read.stream().allMatch(r -> r.getLeaseMillis() == 0)) {
            synchronized (this) {
                if (changes.get() == before) {
                    known.put(at, List.copyOf(read));
                }
            }
        }
        return read;
    }

    synchronized void changed(Iterable<Record> records) {
        changes.incrementAndGet();
        for (Record record : records) {
            known.invalidate(new At(Identifier.ofBytes(record.getKey().toByteArray()), record.getKind()));
        }
    }

    synchronized void clear() {
        changes.incrementAndGet();
        known.invalidateAll();
    }
}
