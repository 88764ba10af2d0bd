package dev.chord.node.replication;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.util.Objects;

/**
 * What a quorum is known to have, in the epoch of the ownership that goes with it: it can be shown without asking anybody. What is
 * forgotten is only asked for again. Thread-safe.
 */
final class Confirmed {
    private static final long MOST = 100_000;

    private final Cache<Seen, Long> epochs =
            CacheBuilder.newBuilder().maximumSize(MOST).build();

    /** All records of a kind under one key. */
    record Seen(Identifier key, RecordKind kind) {
        static Seen of(Record record) {
            return new Seen(WireCodec.in(record.getKey()), record.getKind());
        }
    }

    boolean in(long epoch, Seen seen) {
        return Objects.equals(epochs.getIfPresent(seen), epoch);
    }

    void note(long epoch, Seen seen) {
        epochs.put(seen, epoch);
    }

    void forget(Seen seen) {
        epochs.invalidate(seen);
    }
}
