package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** Which blocks lie on this disk, where and how large, without reading them. Thread-safe. */
final class BlockCatalogue {
    private final ConcurrentSkipListMap<Identifier, Entry> entries = new ConcurrentSkipListMap<>();
    private final AtomicLong bytes = new AtomicLong();

    /** One block. */
    record Entry(int size, BlockShelf shelf) {}

    void add(BlockShelf.Label label, BlockShelf shelf) {
        Entry before = entries.put(label.digest(), new Entry(label.size(), shelf));
        bytes.addAndGet(label.size() - (before == null ? 0 : before.size()));
    }

    void remove(Identifier digest) {
        Entry gone = entries.remove(digest);
        if (gone != null) {
            bytes.addAndGet(-gone.size());
        }
    }

    Optional<Entry> get(Identifier digest) {
        return Optional.ofNullable(entries.get(digest));
    }

    /** The digests in order, live. */
    NavigableSet<Identifier> digests() {
        return entries.keySet();
    }

    int count() {
        return entries.size();
    }

    long bytes() {
        return bytes.get();
    }
}
