package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What went wrong with the disk; the JDK says it in words only. */
final class DiskErrors {
    private static final Logger log = LoggerFactory.getLogger(DiskErrors.class);

    private DiskErrors() {}

    static boolean noRoom(IOException e) {
        return says(e, "No space left") || says(e, "Disk quota exceeded");
    }

    /** The disk itself says that it cannot read or write. */
    static boolean badDisk(IOException e) {
        return says(e, "Input/output error");
    }

    private static boolean says(IOException e, String words) {
        return String.valueOf(e.getMessage()).contains(words);
    }

    static ChordException translate(IOException e) {
        if (noRoom(e)) {
            return new ChordException(ErrorCode.NO_SPACE, "the disk is full", "free space or add nodes", e);
        }
        if (says(e, "Too many open files")) {
            return new ChordException(
                    ErrorCode.UNFINISHED, "this node is out of file handles", "try again; raise its limit", e);
        }
        log.error("the disk failed", e);
        return new ChordException(ErrorCode.INTERNAL, "the disk failed: " + e.getMessage(), "check the disk", e);
    }
}
