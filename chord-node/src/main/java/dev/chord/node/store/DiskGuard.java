package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the disk may be written to: it has not failed. A failed fsync cannot be repeated (the kernel may
 * have dropped the pages): after one nothing is written until a restart, and then everything is read from the
 * disk once.
 */
final class DiskGuard {
    private static final Logger log = LoggerFactory.getLogger(DiskGuard.class);
    private static final String SUSPECT = "suspect";

    private final StoreIo io;
    private final Path root;
    private volatile boolean degraded;
    private volatile boolean suspect;

    DiskGuard(StoreIo io, Path root) throws IOException {
        this.io = io;
        this.root = root;
        suspect = io.list(root).stream().anyMatch(e -> e.name().equals(SUSPECT));
    }

    /** Refuses every write once the disk has failed. */
    void requireWorking() {
        if (degraded) {
            throw new ChordException(
                    ErrorCode.INTERNAL,
                    "the store refuses writes after a disk failure",
                    "check the disk, restart the node");
        }
    }

    /** The disk did not make something durable. The mark outlives the process. */
    void failed(IOException why) {
        if (degraded) {
            return;
        }
        degraded = true;
        log.error("the disk failed to make something durable: no more writes until a restart", why);
        try (StoreIo.NewFile mark = io.create(root.resolve(SUSPECT))) {
            mark.sync();
            io.syncDirectory(root);
        } catch (IOException e) {
            log.warn("the mark for the next start could not be left", e);
        }
    }

    /** Everything has been read from the disk: what was damaged is gone. */
    void readThrough() {
        if (suspect && !degraded) {
            try {
                io.delete(root.resolve(SUSPECT));
                suspect = false;
            } catch (IOException e) {
                log.warn("the mark of a failed disk could not be removed", e);
            }
        }
    }

    boolean degraded() {
        return degraded;
    }

    boolean suspect() {
        return suspect;
    }
}
