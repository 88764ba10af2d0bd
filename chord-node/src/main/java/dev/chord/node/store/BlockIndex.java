package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.time.Duration;
import java.util.ArrayList;
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
        private volatile boolean condemned;
        private volatile long keptUntil;

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

    void add(BlockShelf.Label label, BlockShelf shelf, int copies, long leaseMillis) {
        Held before = held.put(label.digest(), new Held(label.size(), shelf, copies, now + leaseMillis));
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

    /** The size of a block in bytes; 0 if it is not here. */
    int size(Identifier digest) {
        return get(digest).map(block -> block.size).orElse(0);
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

    /** Gives a full lease; returns whether the block was condemned until now. */
    boolean renew(Held block) {
        block.until = now + lease;
        boolean before = block.condemned;
        block.condemned = false;
        return before;
    }

    /** Shortens leases; returns the blocks that were not condemned before. */
    List<Identifier> condemn(Collection<Identifier> digests) {
        List<Identifier> fresh = new ArrayList<>();
        for (Identifier digest : digests) {
            get(digest).filter(block -> !block.condemned).ifPresent(block -> {
                block.until = Math.min(block.until, now + grace);
                block.condemned = true;
                fresh.add(digest);
            });
        }
        return fresh;
    }

    /** Whoever may have to answer for it soon is not to let go of it before. */
    void keep(Identifier digest, long millis) {
        get(digest).ifPresent(block -> block.keptUntil = Math.max(block.keptUntil, now + millis));
    }

    /** Whether it is to stay although it does not belong here. */
    boolean kept(Identifier digest) {
        return get(digest).map(block -> block.keptUntil > now).orElse(false);
    }

    long lease() {
        return lease;
    }

    /** How long it is kept if nobody says anything, in milliseconds; at least one. */
    long remaining(Identifier digest) {
        return get(digest).map(block -> Math.max(1, block.until - now)).orElse(lease);
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
