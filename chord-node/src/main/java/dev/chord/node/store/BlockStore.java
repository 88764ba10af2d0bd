package dev.chord.node.store;

import com.google.common.collect.Lists;
import com.google.common.util.concurrent.Striped;
import dev.chord.client.Progress;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.node.store.BlockIndex.Held;
import dev.chord.node.store.BlockShelf.Label;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Immutable blocks under their digests: what is acknowledged is durable, what leaves was verified just before. A damaged copy is
 * put aside and counts as absent. Blocks nobody needs any more go when their lease ends (see {@link #renew}).
 *
 * <p>A failed fsync cannot be repeated (the kernel may have dropped the pages): it makes the store degraded, which
 * refuses writes until a restart, and after that everything is read from the disk once. Thread-safe.
 */
public final class BlockStore {
    private static final Logger log = LoggerFactory.getLogger(BlockStore.class);

    private final StoreLimits limits;
    private final DiskGuard guard;
    private final Room room;
    private final BlockCopies wishes;
    private final Condemned condemned;
    private final BlockIndex index;
    private final BlockReader reader;
    private final BlockIntake intake;
    private final Striped<Lock> locks = Striped.lock(256);
    private final AtomicLong reclaimed = new AtomicLong();

    /** Opens the store and lists what is there. */
    BlockStore(StoreIo io, Path root, Database database, StoreLimits limits) throws IOException {
        this.limits = limits;
        this.guard = new DiskGuard(io, root);
        this.index = new BlockIndex(limits.lease(), limits.grace());
        this.room = new Room(io, root, limits, index::bytes);
        this.reader = new BlockReader(index);
        BlockShelf files = new FileBlocks(io, root);
        BlockShelf small = new SmallBlocks(database);
        this.wishes = new BlockCopies(database);
        this.condemned = new Condemned(database);
        this.intake = new BlockIntake(limits, guard, room, files, small, wishes, index);
        Map<Identifier, Integer> wished = wishes.all();
        for (BlockShelf shelf : List.of(files, small)) {
            shelf.list(label ->
                    index.add(label, shelf, wished.getOrDefault(label.digest(), limits.copies()), index.lease()));
        }
        index.condemn(condemned.all());
    }

    /**
     * Stores a block; returns once it is durable. A block that is here already gets a new lease.
     *
     * @param copies how many the ring should have; 0: its usual number
     * @return whether it was here before
     * @throws ChordException USAGE if the digest is wrong; NO_SPACE; INTERNAL if the disk fails
     */
    public boolean put(Identifier digest, ByteBuffer data, int copies) {
        return putAll(List.of(new Arrival(digest, data, copies, OptionalLong.empty())))
                .get(0)
                .orThrow();
    }

    /**
     * Stores a copy of what another process keeps. It is kept as long as there: that it is copied does not mean that anybody needs
     * it, or holders whose leases end one after the other would bring it to each other for ever.
     *
     * @param leaseMillis what is left of the other's lease
     */
    public boolean copy(Identifier digest, ByteBuffer data, int copies, long leaseMillis) {
        return putAll(List.of(new Arrival(digest, data, copies, OptionalLong.of(leaseMillis))))
                .get(0)
                .orThrow();
    }

    /**
     * A block to be stored.
     *
     * @param copies how many the ring should have; 0: its usual number
     * @param lease see {@link #copy}; empty: somebody is storing it now
     */
    public record Arrival(Identifier digest, ByteBuffer data, int copies, OptionalLong lease) {}

    /** Whether a block was here before, or why it was not stored. */
    public record Kept(boolean known, Optional<ChordException> refused) {
        static final Kept KNOWN = new Kept(true, Optional.empty());
        static final Kept NEW = new Kept(false, Optional.empty());

        static Kept refused(Throwable failure) {
            Throwable why =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return new Kept(
                    false,
                    Optional.of(
                            why instanceof ChordException chord
                                    ? chord
                                    : new ChordException(
                                            ErrorCode.INTERNAL, "storing failed: " + why, "see the node's log", why)));
        }

        /** Whether it was here before. */
        public boolean orThrow() {
            if (refused.isPresent()) {
                throw refused.get();
            }
            return known;
        }
    }

    /** Stores blocks, the small ones with one wait for the disk. Each is durable or refused on return; in the same order. */
    public List<Kept> putAll(List<Arrival> arrivals) {
        List<Lock> held = new ArrayList<>();
        try {
            // in the order of the locks, so that two who put the same blocks do not wait for each other
            for (Lock lock : locks.bulkGet(Lists.transform(arrivals, Arrival::digest))) {
                lock.lock();
                held.add(lock);
            }
            Map<Identifier, CompletableFuture<Kept>> begun = new LinkedHashMap<>();
            arrivals.forEach(arrival -> begun.computeIfAbsent(arrival.digest(), digest -> begin(arrival)));
            return arrivals.stream()
                    .map(arrival -> Database.await(Objects.requireNonNull(begun.get(arrival.digest()))))
                    .toList();
        } finally {
            held.forEach(Lock::unlock);
        }
    }

    private CompletableFuture<Kept> begin(Arrival arrival) {
        Identifier digest = arrival.digest();
        try {
            if (!Identifier.sha256(arrival.data()).equals(digest)) {
                throw new ChordException(
                        ErrorCode.USAGE,
                        "block " + digest.abbreviated() + " does not have the digest it is sent under",
                        "");
            }
            if (has(digest) && intact(digest)) {
                if (arrival.lease().isEmpty()) {
                    renew(List.of(digest), arrival.copies());
                }
                return CompletableFuture.completedFuture(Kept.KNOWN);
            }
        } catch (ChordException e) {
            return CompletableFuture.completedFuture(Kept.refused(e));
        }
        return intake.begin(
                new Label(digest, arrival.data().remaining()),
                arrival.data(),
                arrival.copies() == 0 ? limits.copies() : arrival.copies(),
                arrival.lease().orElse(index.lease()));
    }

    // A copy that is claimed to be here must be good, or a good one on its way would be turned down.
    private boolean intact(Identifier digest) {
        try {
            return reader.read(digest, guard.suspect()).isPresent();
        } catch (ChordException e) {
            return false;
        }
    }

    /**
     * Reads a block and verifies it.
     *
     * @return empty if it is not here
     * @throws ChordException INTEGRITY if it was here but damaged (it is put aside); UNFINISHED if it cannot be read now
     */
    public Optional<ByteBuffer> get(Identifier digest) {
        return reader.read(digest, false);
    }

    /** Who is told of a copy that turned out damaged; it must not take long. */
    public void onDamage(Consumer<Identifier> listener) {
        reader.onDamage(listener);
    }

    /** Whether a block is listed here; only {@link #get} knows whether it is good. */
    public boolean has(Identifier digest) {
        return index.get(digest).isPresent();
    }

    /** How many copies of a block the ring should have. */
    public int copies(Identifier digest) {
        return index.get(digest).map(Held::copies).orElse(limits.copies());
    }

    /** Keeps a block for a while although it does not belong here: the one who asks for it may go. */
    public void keep(Identifier digest, long millis) {
        index.keep(digest, millis);
    }

    /** Whether somebody has asked to keep it. */
    public boolean kept(Identifier digest) {
        return index.kept(digest);
    }

    /** Drops a block that others hold, or that nobody needs. */
    public void delete(Identifier digest) {
        Lock lock = locks.get(digest);
        lock.lock();
        try {
            remove(digest);
        } finally {
            lock.unlock();
        }
    }

    private void remove(Identifier digest) {
        Held held = index.get(digest).orElse(null);
        if (held == null) {
            return;
        }
        try {
            held.shelf().delete(digest);
            index.remove(digest);
            if (held.copies() != limits.copies()) {
                wishes.forget(digest);
            }
        } catch (IOException e) {
            log.warn("block {} could not be deleted", digest.toHex(), e);
        }
    }

    // ---- leases

    /**
     * Somebody needs these blocks: they stay for a lease from now on.
     *
     * @param copies how many the ring should have of them; 0: as before
     */
    public void renew(Collection<Identifier> digests, int copies) {
        List<Identifier> saved = new ArrayList<>();
        for (Identifier digest : digests) {
            index.get(digest).ifPresent(held -> {
                if (index.renew(held)) {
                    saved.add(digest);
                }
                if (copies > held.copies()) { // several files may need the block: the largest wish counts
                    Database.await(wishes.set(digest, copies));
                    held.wish(copies);
                }
            });
        }
        condemned.remove(saved);
    }

    /** Somebody has deleted what these blocks were for: they go soon, unless somebody else says in time that they are needed. */
    public void condemn(Collection<Identifier> digests) {
        condemned.add(index.condemn(digests));
    }

    /** What is left of a block's lease, in milliseconds. */
    public long leaseMillis(Identifier digest) {
        return index.remaining(digest);
    }

    /** How long a block is kept that somebody may still need. */
    public long graceMillis() {
        return limits.grace().toMillis();
    }

    /**
     * Time has passed in which those who need blocks could have said so; blocks whose lease has ended go. A block that is being
     * put at this moment is not among them: putting renews, under the same lock.
     *
     * @return how many went
     */
    public int reclaim(Duration elapsed) {
        int gone = 0;
        List<Identifier> expired = index.advance(elapsed);
        for (Identifier digest : expired) {
            gone += reclaim(digest) ? 1 : 0;
        }
        condemned.remove(expired);
        reclaimed.addAndGet(gone);
        return gone;
    }

    private boolean reclaim(Identifier digest) {
        Lock lock = locks.get(digest);
        lock.lock();
        try {
            boolean expired = index.expired(digest);
            if (expired) {
                remove(digest);
            }
            return expired;
        } finally {
            lock.unlock();
        }
    }

    // ---- scrub

    /**
     * Reads every block from the disk itself and puts damaged ones aside.
     *
     * @param progress told after each; may throw to end it
     * @return the digests of those
     */
    public List<Identifier> scrub(Progress progress) {
        List<Identifier> bad = new ArrayList<>();
        long done = 0;
        for (Identifier digest : index.digests()) {
            progress.moved(done++, index.count());
            try {
                reader.read(digest, true);
            } catch (ChordException e) {
                if (e.code() != ErrorCode.INTEGRITY) {
                    throw e;
                }
                bad.add(digest);
            }
        }
        guard.readThrough();
        return bad;
    }

    /** The same without telling. */
    public List<Identifier> scrub() {
        return scrub(Progress.NONE);
    }

    /** Whether the disk failed before the last start and has not been read through since. */
    public boolean suspect() {
        return guard.suspect();
    }

    /** All digests in order, as of now. */
    public List<Identifier> digests() {
        return List.copyOf(index.digests());
    }

    /** The digests in order, live: what comes and goes meanwhile may or may not be seen. */
    public NavigableSet<Identifier> index() {
        return index.digests();
    }

    public int count() {
        return index.count();
    }

    public long totalBytes() {
        return index.bytes();
    }

    /** How many bytes may be kept here, as the disk is now. */
    public long quota() {
        return room.quota();
    }

    /** Who has to be asked before others' bytes are written to this disk. */
    public Room room() {
        return room;
    }

    /** Blocks found damaged since the start. */
    public long damagedCount() {
        return reader.damagedCount();
    }

    /** Blocks that went because nobody needed them any more, since the start. */
    public long reclaimedCount() {
        return reclaimed.get();
    }

    public boolean degraded() {
        return guard.degraded();
    }
}
