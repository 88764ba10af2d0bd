package dev.chord.core.blocks;

import dev.chord.core.id.Identifier;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What changes a block and waits for the disk takes turns with whatever else changes it. Belongs to
 * one engine.
 */
final class Turns {
    private final Map<Identifier, Deque<Consumer<Runnable>>> waiting = new HashMap<>();

    /**
     * Does something in its turn, at once if nobody is before it; it is over when what it is given is run.
     */
    void take(Identifier digest, Consumer<Runnable> what) {
        Deque<Consumer<Runnable>> before = waiting.get(digest);
        if (before != null) {
            before.add(what);
            return;
        }
        waiting.put(digest, new ArrayDeque<>());
        what.accept(() -> next(digest));
    }

    private void next(Identifier digest) {
        Deque<Consumer<Runnable>> rest = waiting.get(digest);
        if (rest == null || rest.isEmpty()) {
            waiting.remove(digest);
        } else {
            rest.remove().accept(() -> next(digest));
        }
    }

    /** Whether nothing is under way with a block. */
    boolean isFree(Identifier digest) {
        return !waiting.containsKey(digest);
    }
}
