package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Lets one operation at a time work on a key, in the order in which they came. An operation may want
 * several keys: it enters the queues of all of them at one moment, so no two wait for each other. Belongs
 * to one engine.
 */
final class KeyQueue {
    /** How many may wait for one key, as far as those who enter ask {@link #isFull}. */
    static final int MOST = 1024;

    private static final Deque<Turn> NOBODY = new ArrayDeque<>();

    private final Map<Identifier, Deque<Turn>> queues = new HashMap<>();
    private final Deque<Turn> ready = new ArrayDeque<>();
    private boolean running;

    /** An operation's place in the queues of its keys. */
    final class Turn {
        private final Set<Identifier> keys;
        private final Runnable work;
        private int behind;

        private Turn(Set<Identifier> keys, Runnable work) {
            this.keys = keys;
            this.work = work;
        }

        /**
         * The operation is over; the next ones run within this call, or as soon as the one that runs now
         * has returned.
         */
        void end() {
            keys.forEach(key -> leave(key).filter(next -> --next.behind == 0).ifPresent(ready::add));
            if (!running) {
                runReady();
            }
        }
    }

    /**
     * Whether so many wait for one of the keys already that no more should: each of them takes room until the
     * key is free.
     */
    boolean isFull(Collection<Identifier> keys) {
        return keys.stream().anyMatch(key -> queues.getOrDefault(key, NOBODY).size() >= MOST);
    }

    /** How a turn is told to the operation that has it. */
    interface Work {
        void with(Turn turn);
    }

    /** Runs the work when all keys are free, at once if they are; the work ends its turn. */
    void enter(Collection<Identifier> keys, Work work) {
        Turn[] self = new Turn[1];
        Turn turn = new Turn(new LinkedHashSet<>(keys), () -> work.with(self[0]));
        self[0] = turn;
        for (Identifier key : turn.keys) {
            Deque<Turn> queue = queues.computeIfAbsent(key, k -> new ArrayDeque<>());
            turn.behind += queue.isEmpty() ? 0 : 1;
            queue.add(turn);
        }
        if (turn.behind == 0) {
            work.with(turn);
        }
    }

    // One after the other, not each within the end of the one before: thousands may wait for a key, and be
    // answered from memory once it is free.
    private void runReady() {
        running = true;
        try {
            while (!ready.isEmpty()) {
                ready.remove().work.run();
            }
        } finally {
            running = false;
        }
    }

    private Optional<Turn> leave(Identifier key) {
        Deque<Turn> queue = Objects.requireNonNull(queues.get(key)); // of whoever leaves it now
        queue.poll();
        if (queue.isEmpty()) {
            queues.remove(key);
        }
        return Optional.ofNullable(queue.peek());
    }
}
