package dev.chord.node.store;

import dev.chord.client.Progress;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.node.store.BlockShelf.BadBlockException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads blocks and verifies them; a damaged copy is put aside and counts as absent from then on. */
final class BlockReader {
    private static final Logger log = LoggerFactory.getLogger(BlockReader.class);

    private final BlockCatalogue catalogue;
    private final AtomicLong damaged = new AtomicLong();
    private volatile Consumer<Identifier> damageListener = digest -> {};
    private volatile Consumer<Identifier> goneListener = digest -> {};

    BlockReader(BlockCatalogue catalogue) {
        this.catalogue = catalogue;
    }

    void onDamage(Consumer<Identifier> listener) {
        damageListener = listener;
    }

    /** Who is told of every copy that is listed no more, and was not deleted. */
    void onGone(Consumer<Identifier> listener) {
        goneListener = listener;
    }

    long damagedCount() {
        return damaged.get();
    }

    /**
     * @param fromDisk past every cache that can be passed
     * @return empty if it is not here
     * @throws ChordException INTEGRITY if it was here but damaged; UNFINISHED if it cannot be read now
     */
    Optional<ByteBuffer> read(Identifier digest, boolean fromDisk) {
        BlockCatalogue.Entry entry = catalogue.get(digest).orElse(null);
        if (entry == null) {
            return Optional.empty();
        }
        ByteBuffer data;
        try {
            data = entry.shelf().read(digest, fromDisk);
        } catch (NoSuchFileException e) {
            catalogue.remove(digest);
            goneListener.accept(digest);
            return Optional.empty();
        } catch (BadBlockException e) {
            throw damaged(digest, entry, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            if (DiskErrors.badDisk(e)) {
                throw damaged(digest, entry, "cannot be read: " + e.getMessage());
            }
            throw DiskErrors.translate(e); // no word about the block: out of handles, interrupted
        }
        if (!Identifier.sha256(data).equals(digest)) {
            throw damaged(digest, entry, "has other bytes than its digest says");
        }
        return Optional.of(data);
    }

    /** Whether a copy that is listed is good; a good one on its way would be turned down for it. */
    boolean intact(Identifier digest, boolean fromDisk) {
        try {
            return read(digest, fromDisk).isPresent();
        } catch (ChordException e) {
            return false;
        }
    }

    /**
     * Reads everything from the disk itself.
     *
     * @param progress told after each; may throw to end it
     * @return what was damaged
     */
    List<Identifier> scrub(Progress progress) {
        List<Identifier> bad = new ArrayList<>();
        long done = 0;
        for (Identifier digest : catalogue.digests()) {
            progress.moved(done++, catalogue.count());
            try {
                read(digest, true);
            } catch (ChordException e) {
                if (e.code() != ErrorCode.INTEGRITY) {
                    throw e;
                }
                bad.add(digest);
            }
        }
        return bad;
    }

    private ChordException damaged(Identifier digest, BlockCatalogue.Entry entry, String how) {
        damaged.incrementAndGet();
        log.warn("block {} {}; put aside", digest.toHex(), how);
        try {
            entry.shelf().setAside(digest);
        } catch (IOException e) {
            log.warn("block {} could not be put aside", digest.toHex(), e);
        }
        catalogue.remove(digest);
        goneListener.accept(digest);
        damageListener.accept(digest);
        return new ChordException(
                ErrorCode.INTEGRITY,
                "the copy of block " + digest.abbreviated() + " here " + how,
                "another copy may be good");
    }
}
