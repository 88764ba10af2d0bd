package dev.chord.node;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.store.DataDirectory;
import dev.chord.node.store.DiskIo;
import dev.chord.node.store.NodeStore;
import java.io.IOException;
import java.time.Clock;

/** What a node finds on its disk: the directory it lives in and the store there. */
record NodeDisk(DataDirectory directory, NodeStore store) {
    /**
     * Opens both.
     *
     * @throws ChordException if one cannot be opened; then neither stays open
     */
    static NodeDisk open(NodeConfig config) {
        DataDirectory directory = DataDirectory.open(config.dataDir());
        try {
            return new NodeDisk(
                    directory, new NodeStore(new DiskIo(), directory.root(), Upkeep.limits(config), Clock.systemUTC()));
        } catch (IOException e) {
            close(directory, e);
            throw new ChordException(
                    ErrorCode.INTERNAL, "the node cannot start: " + e.getMessage(), "check the disk it lives on", e);
        } catch (RuntimeException e) {
            close(directory, e);
            throw e;
        }
    }

    private static void close(DataDirectory directory, Exception why) {
        try {
            directory.close();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }
}
