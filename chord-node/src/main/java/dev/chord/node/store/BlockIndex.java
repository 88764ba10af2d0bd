package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is known of the blocks here without reading them: size, place, copies wanted, and until when somebody needs them, in the
 * time that {@link #advance} tells. Thread-safe.
 */
final class BlockIndex {
    private final ConcurrentSkipListMap<Identifier, Held> held = new ConcurrentSkipListMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final long lease;
    private final long grace;
    private volatile long now;

    /** One block. */
    static final class Held {
        private final int size;
        private final BlockShelf shelf;
        private volatile int copies;
        private volatile long until;

        private Held(int size, BlockShelf shelf, int copies, long until) {
            this.size = size;
            this.shelf = shelf;
            this.copies = copies;
            this.until = until;
        }

        BlockShelf shelf() {
            return shelf;
        }

        int copies() {
            return copies;
        }

        void wish(int number) {
            copies = number;
        }
    }

    BlockIndex(Duration lease, Duration grace) {
        this.lease = lease.toMillis();
        this.grace = grace.toMillis();
    }

    void add(BlockShelf.Label label, BlockShelf shelf, int copies) {
        Held before = held.put(label.digest(), new Held(label.size(), shelf, copies, now + lease));
        bytes.addAndGet(label.size() - (before == null ? 0 : before.size));
    }

    void remove(Identifier digest) {
        Held gone = held.remove(digest);
        if (gone != null) {
            bytes.addAndGet(-gone.size);
        }
    }

    Optional<Held> get(Identifier digest) {
        return Optional.ofNullable(held.get(digest));
    }

    /** The digests in order, live. */
    NavigableSet<Identifier> digests() {
        return held.keySet();
    }

    int count() {
        return held.size();
    }

    long bytes() {
        return bytes.get();
    }

    void renew(Held block) {
        block.until = now + lease;
    }

    void condemn(Collection<Identifier> digests) {
        for (Identifier digest : digests) {
            get(digest).ifPresent(block -> block.until = Math.min(block.until, now + grace));
        }
    }

    /** Lets time pass; returns the blocks that nobody has spoken for in time. */
    List<Identifier> advance(Duration elapsed) {
        long later = now + elapsed.toMillis();
        now = later;
        return held.entrySet().stream()
                .filter(entry -> entry.getValue().until < later)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether its lease has ended and has not been renewed since. */
    boolean expired(Identifier digest) {
        return get(digest).map(block -> block.until < now).orElse(false);
    }
}
