package dev.chord.node.store;

import dev.chord.client.Progress;
import dev.chord.client.error.ChordException;
import dev.chord.core.blocks.BlockDisk;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of blocks under their digests: what is acknowledged is durable, what leaves was verified just
 * before. A damaged copy is put aside and counts as absent. Which blocks are to be here, and for how long, is
 * the business of the block engine, whose disk this is: see {@link #disk}.
 *
 * <p>A failed fsync cannot be repeated (the kernel may have dropped the pages): it makes the store degraded,
 * which refuses writes until a restart, and after that everything is read from the disk once. Thread-safe.
 */
public final class BlockStore {
    private static final Logger log = LoggerFactory.getLogger(BlockStore.class);

    private final DiskGuard guard;
    private final Room room;
    private final BlockCopies wishes;
    private final Condemned condemned;
    private final BlockCatalogue catalogue = new BlockCatalogue();
    private final BlockReader reader;
    private final BlockIntake intake;
    private volatile Room.Relief relief = (bytes, by) -> false;

    /** Opens the store and lists what is there. */
    BlockStore(StoreIo io, Path root, Database database, StoreLimits limits) throws IOException {
        this.guard = new DiskGuard(io, root);
        this.room = new Room(io, root, limits, catalogue::bytes);
        this.reader = new BlockReader(catalogue);
        BlockShelf files = new FileBlocks(io, root);
        BlockShelf small = new SmallBlocks(database);
        this.wishes = new BlockCopies(database);
        this.condemned = new Condemned(database);
        this.intake = new BlockIntake(limits, guard, room, files, small, catalogue);
        room.onShortage((bytes, by) -> relief.relieve(bytes, by));
        for (BlockShelf shelf : List.of(files, small)) {
            shelf.list(label -> catalogue.add(label, shelf));
        }
    }

    /**
     * The store as the disk of an engine, of which there is one.
     *
     * @param engine the thread on which all is answered
     */
    public StoredBlocks disk(Executor engine) {
        return new StoredBlocks(this, engine);
    }

    /** Who lets unfinished uploads make room; may wait for the disk. */
    public void onShortage(Room.Relief by) {
        relief = by;
    }

    /**
     * Who is told of every copy that turned out to be missing or damaged, before anybody else; it must not
     * take long.
     */
    public void onGone(Consumer<Identifier> listener) {
        reader.onGone(listener);
    }

    // ---- what the engine's disk does

    List<BlockDisk.Found> all() {
        Map<Identifier, Integer> wished = wishes.all();
        Set<Identifier> noted = condemned.all();
        List<BlockDisk.Found> found = new ArrayList<>();
        for (Identifier digest : catalogue.digests()) {
            catalogue
                    .get(digest)
                    .ifPresent(entry -> found.add(new BlockDisk.Found(
                            digest, entry.size(), wished.getOrDefault(digest, 0), noted.contains(digest))));
        }
        return found;
    }

    CompletableFuture<Optional<ChordException>> write(Identifier digest, ByteBuffer data, Precedence by) {
        return intake.begin(digest, data, by);
    }

    /** Whether a copy that is listed is good; a good one on its way would be turned down for it. */
    boolean intact(Identifier digest) {
        return reader.intact(digest, guard.suspect());
    }

    /** Deletes a block; completes with whether it is gone. */
    public CompletableFuture<Boolean> delete(Identifier digest) {
        Optional<BlockCatalogue.Entry> entry = catalogue.get(digest);
        if (entry.isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        try {
            return entry.get().shelf().delete(digest).handle((done, failure) -> {
                if (failure != null) {
                    log.warn("block {} could not be deleted", digest.toHex(), failure);
                    return false;
                }
                catalogue.remove(digest);
                return true;
            });
        } catch (IOException e) {
            log.warn("block {} could not be deleted", digest.toHex(), e);
            return CompletableFuture.completedFuture(false);
        }
    }

    BlockCopies wishes() {
        return wishes;
    }

    Condemned condemned() {
        return condemned;
    }

    // ---- what is there

    /**
     * Reads a block and verifies it.
     *
     * @return empty if it is not here
     * @throws ChordException INTEGRITY if it was here but damaged (it is put aside); UNFINISHED if it cannot
     *     be read now
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
        return catalogue.get(digest).isPresent();
    }

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

    /** All digests in order, as of now. */
    public List<Identifier> digests() {
        return List.copyOf(catalogue.digests());
    }

    public int count() {
        return catalogue.count();
    }

    public long totalBytes() {
        return catalogue.bytes();
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

    public boolean degraded() {
        return guard.degraded();
    }
}
