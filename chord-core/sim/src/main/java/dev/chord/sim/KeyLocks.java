package dev.chord.sim;

import dev.chord.core.id.Identifier;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/** One at a time for each key, in the order they came. */
final class KeyLocks {
    private final Map<Identifier, Deque<Runnable>> waiting = new TreeMap<>(); // by key that is locked

    /** Runs it once the key is free, and locks the key. */
    void lock(Identifier key, Runnable critical) {
        Deque<Runnable> others = waiting.get(key);
        if (others == null) {
            waiting.put(key, new ArrayDeque<>());
            critical.run();
        } else {
            others.add(critical);
        }
    }

    void unlock(Identifier key) {
        Runnable next = waiting.getOrDefault(key, new ArrayDeque<>()).poll();
        if (next == null) {
            waiting.remove(key);
        } else {
            next.run();
        }
    }
}
