package dev.chord.core.blocks;

import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is known of the blocks here without reading them: how many copies the ring should have, and until when
 * somebody needs them, in the time that {@link #advance} tells: that in which those who need blocks could
 * have said so. Belongs to one engine.
 */
final class Holdings {
    private final TreeMap<Identifier, Held> held = new TreeMap<>();
    private final long lease;
    private final long grace;
    private long now;

    /** One block. */
    static final class Held {
        private final int size;
        private int copies;
        private long until;
        private boolean condemned;
        private long keptUntil;

        private Held(int size, int copies, long until) {
            this.size = size;
            this.copies = copies;
            this.until = until;
        }

        int copies() {
            return copies;
        }

        void wish(int number) {
            copies = number;
        }
    }

    Holdings(BlockLimits limits) {
        this.lease = limits.lease();
        this.grace = limits.grace();
    }

    void add(Identifier digest, int size, int copies, long time) {
        held.put(digest, new Held(size, copies, now + time));
    }

    Optional<Held> remove(Identifier digest) {
        return Optional.ofNullable(held.remove(digest));
    }

    /** It is still here after all. */
    void restore(Identifier digest, Held block) {
        held.put(digest, block);
    }

    boolean has(Identifier digest) {
        return held.containsKey(digest);
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
        return Collections.unmodifiableNavigableSet(held.navigableKeySet());
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
    void keep(Identifier digest, long time) {
        get(digest).ifPresent(block -> block.keptUntil = Math.max(block.keptUntil, now + time));
    }

    /** Whether it is to stay although it does not belong here. */
    boolean isKept(Identifier digest) {
        return get(digest).map(block -> block.keptUntil > now).orElse(false);
    }

    /** How long it is kept if nobody says anything; at least a millisecond, in which others count. */
    long remaining(Identifier digest) {
        return get(digest).map(block -> Math.max(1000, block.until - now)).orElse(lease);
    }

    /** Lets time pass; returns the blocks that nobody has spoken for in time. */
    List<Identifier> advance(long elapsed) {
        now += elapsed;
        return held.entrySet().stream()
                .filter(entry -> entry.getValue().until < now)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether its lease has ended and has not been renewed since. */
    boolean isExpired(Identifier digest) {
        return get(digest).map(block -> block.until < now).orElse(false);
    }
}
