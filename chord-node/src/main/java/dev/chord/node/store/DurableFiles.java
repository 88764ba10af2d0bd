package dev.chord.node.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** What the JDK leaves out about durability. */
final class DurableFiles {
    private DurableFiles() {}

    /** Makes the entries of a directory durable: without it a renamed file can be gone after a power cut. */
    static void syncDirectory(@Nullable Path directory) throws IOException {
        if (directory == null) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
