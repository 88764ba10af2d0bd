package dev.chord.client.transfer;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A chunk of a file on its way. Belongs to the thread that fetches. */
final class Chunk {
    final int index;
    final Identifier digest;
    final int size;
    final long began = System.nanoTime();
    final Set<Peer> tried = new LinkedHashSet<>();
    final List<Attempt> attempts = new ArrayList<>();
    final Trouble trouble;
    List<Peer> holders = List.of();
    int lookups;
    boolean looking;

    /** One call for it. */
    record Attempt(Peer peer, BlockCall call, long began) {}

    Chunk(int index, Identifier digest, int size, Trouble trouble) {
        this.index = index;
        this.digest = digest;
        this.size = size;
        this.trouble = trouble;
    }
}
