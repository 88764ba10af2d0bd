package dev.chord.node.share;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.node.store.SharedFileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Reads blocks straight out of shared files, and notices when a file is not what it was. */
public final class SharedBlocks {
    private final SharedFileStore store;
    private final BiConsumer<String, String> onTrouble;

    /**
     * @param onTrouble told path and reason when a file turns out changed or gone
     */
    public SharedBlocks(SharedFileStore store, BiConsumer<String, String> onTrouble) {
        this.store = store;
        this.onTrouble = onTrouble;
    }

    public boolean has(Identifier digest) {
        return !store.places(digest).isEmpty();
    }

    /**
     * The block, verified.
     *
     * @return empty if no shared file has it
     * @throws ChordException INTEGRITY if the only file that had it has changed or vanished
     */
    public Optional<ByteBuffer> read(Identifier digest) {
        Optional<ChordException> trouble = Optional.empty();
        for (SharedFileStore.Place place : store.places(digest)) {
            try {
                ByteBuffer data = read(place);
                if (Identifier.sha256(data).equals(digest)) {
                    return Optional.of(data);
                }
                trouble = Optional.of(trouble(place.path(), "has changed since it was shared"));
            } catch (IOException e) {
                trouble = Optional.of(trouble(
                        place.path(), "cannot be read any more (" + e.getClass().getSimpleName() + ")"));
            }
        }
        if (trouble.isPresent()) {
            throw trouble.get();
        }
        return Optional.empty();
    }

    private ChordException trouble(String path, String what) {
        onTrouble.accept(path, what);
        return new ChordException(
                ErrorCode.INTEGRITY,
                "the shared file " + Path.of(path).getFileName() + " " + what,
                "its owner can share it again");
    }

    private static ByteBuffer read(SharedFileStore.Place place) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(place.length());
        try (FileChannel channel = FileChannel.open(Path.of(place.path()), StandardOpenOption.READ)) {
            int read = 0;
            while (buffer.hasRemaining() && read >= 0) {
                read = channel.read(buffer, place.start() + buffer.position());
            }
        }
        return buffer.flip();
    }
}
