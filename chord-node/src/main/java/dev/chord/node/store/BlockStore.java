package dev.chord.node.store;

import com.google.common.collect.Lists;
import dev.chord.client.Progress;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import dev.chord.node.store.BlockIndex.Held;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
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
    private final UnfinishedUploads uploads;
    private final BlockLocks locks = new BlockLocks(this::dropUnneeded);
    private final AtomicLong reclaimed = new AtomicLong();

    /** Opens the store and lists what is there. */
    BlockStore(StoreIo io, Path root, Database database, StoreLimits limits) throws IOException {
        this(io, root, database, limits, () -> System.nanoTime() / 1_000_000);
    }

    /** The same by another clock: milliseconds since anything. */
    BlockStore(StoreIo io, Path root, Database database, StoreLimits limits, LongSupplier clock) throws IOException {
        this.limits = limits;
        this.guard = new DiskGuard(io, root);
        this.index = new BlockIndex(limits.lease(), limits.grace());
        this.room = new Room(io, root, limits, index::bytes);
        this.reader = new BlockReader(index);
        BlockShelf files = new FileBlocks(io, root);
        BlockShelf small = new SmallBlocks(database);
        this.wishes = new BlockCopies(database);
        this.condemned = new Condemned(database);
        this.uploads = new UnfinishedUploads(clock, index::size);
        this.intake = new BlockIntake(limits, guard, room, uploads, files, small, wishes, index);
        room.onShortage(this::makeRoom);
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
        return putAll(List.of(new Arrival(digest, data, copies, OptionalLong.empty(), Precedence.FIRST)))
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
        return putAll(List.of(new Arrival(digest, data, copies, OptionalLong.of(leaseMillis), Precedence.FIRST)))
                .get(0)
                .orThrow();
    }

    /** Stores blocks, the small ones with one wait for the disk. Each is durable or refused on return; in the same order. */
    public List<Kept> putAll(List<Arrival> arrivals) {
        return locks.withAll(Lists.transform(arrivals, Arrival::digest), () -> {
            Map<Identifier, CompletableFuture<Kept>> begun = new LinkedHashMap<>();
            arrivals.forEach(arrival -> begun.computeIfAbsent(arrival.digest(), digest -> begin(arrival)));
            return arrivals.stream()
                    .map(arrival -> kept(arrival, Database.await(Objects.requireNonNull(begun.get(arrival.digest())))))
                    .toList();
        });
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
            uploads.requireGoingOn(arrival.upload());
            if (has(digest) && reader.intact(digest, guard.suspect())) {
                if (arrival.lease().isEmpty()) {
                    uploads.storedAgain(digest, arrival.upload());
                    extend(List.of(digest), arrival.copies());
                }
                return CompletableFuture.completedFuture(Kept.KNOWN);
            }
        } catch (ChordException e) {
            return CompletableFuture.completedFuture(Kept.refused(e));
        }
        return intake.begin(arrival);
    }

    // What came for an upload that was let go of meanwhile goes again.
    private Kept kept(Arrival arrival, Kept kept) {
        if (kept.refused().isPresent() || !uploads.unneeded(arrival.digest())) {
            return kept;
        }
        remove(arrival.digest());
        return Kept.refused(UnfinishedUploads.letGo());
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
        locks.with(digest, () -> remove(digest));
    }

    private void remove(Identifier digest) {
        Held held = index.get(digest).orElse(null);
        if (held == null) {
            return;
        }
        try {
            held.shelf().delete(digest);
            index.remove(digest);
            uploads.removed(digest);
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
     * @return those that are here
     */
    public Set<Identifier> renew(Collection<Identifier> digests, int copies) {
        return extend(digests, copies, uploads::settle);
    }

    /** The same, said by an upload that is about to write its name: from now on it does not give way to others. */
    public Set<Identifier> confirm(Identifier upload, Collection<Identifier> digests, int copies) {
        return extend(digests, copies, digest -> uploads.confirm(digest, upload));
    }

    private Set<Identifier> extend(Collection<Identifier> digests, int copies, Consumer<Identifier> needed) {
        Set<Identifier> here = new HashSet<>();
        for (Identifier digest : digests) {
            locks.with(digest, () -> {
                if (has(digest)) {
                    needed.accept(digest);
                    here.add(digest);
                }
            });
        }
        extend(here, copies);
        return here;
    }

    private void extend(Collection<Identifier> digests, int copies) {
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

    /** An upload was refused or broken off: what is its alone goes. Returns how many blocks that were. */
    public int release(Identifier upload) {
        List<Identifier> alone = uploads.release(upload);
        alone.forEach(digest -> locks.with(digest, () -> removeUnneeded(digest)));
        return alone.size();
    }

    // Called by who claims room and may hold locks of other blocks: so it waits for none.
    private boolean makeRoom(long bytes, Precedence by) {
        long before = index.bytes();
        uploads.giveWay(by, bytes).forEach(digest -> locks.tryWith(digest, () -> removeUnneeded(digest)));
        return index.bytes() < before;
    }

    private void dropUnneeded() {
        uploads.unneeded().forEach(digest -> locks.tryWith(digest, () -> removeUnneeded(digest)));
    }

    private void removeUnneeded(Identifier digest) {
        if (uploads.unneeded(digest)) {
            remove(digest);
        }
    }

    /** What is left of a block's lease, in milliseconds; a copy of what an unfinished upload has put here is not to outlive it. */
    public long leaseMillis(Identifier digest) {
        long left = index.remaining(digest);
        return uploads.unconfirmed(digest) ? Math.min(left, graceMillis()) : left;
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
        AtomicInteger gone = new AtomicInteger();
        List<Identifier> expired = index.advance(elapsed);
        for (Identifier digest : expired) {
            locks.with(digest, () -> {
                if (index.expired(digest)) {
                    remove(digest);
                    gone.incrementAndGet();
                }
            });
        }
        uploads.unneeded().forEach(digest -> locks.with(digest, () -> removeUnneeded(digest)));
        uploads.forget();
        condemned.remove(expired);
        reclaimed.addAndGet(gone.get());
        return gone.get();
    }

    // ---- scrub

    /**
     * Reads every block from the disk itself and puts damaged ones aside.
     *
     * @param progress told after each; may throw to end it
     * @return the digests of those
     */
    public List<Identifier> scrub(Progress progress) {
        List<Identifier> bad = reader.scrub(progress);
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

    /**
     * What others may have to have as well: all blocks but those of uploads that are not finished, which their uploader brings to
     * whoever is to keep them. A copy that repair made of one would stay when the upload is refused.
     */
    public List<Identifier> settled() {
        return digests().stream().filter(d -> !uploads.unconfirmed(d)).toList();
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
