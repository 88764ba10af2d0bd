package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Lets one operation at a time work on a key, in the order in which they came. An operation may want several keys: it enters the
 * queues of all of them at one moment, so no two wait for each other. Belongs to one engine.
 */
final class KeyQueue {
    private final Map<Identifier, Deque<Turn>> queues = new HashMap<>();

    /** An operation's place in the queues of its keys. */
    final class Turn {
        private final Set<Identifier> keys;
        private final Runnable work;
        private int behind;

        private Turn(Set<Identifier> keys, Runnable work) {
            this.keys = keys;
            this.work = work;
        }

        /** The operation is over; the next ones run within this call. */
        void end() {
            List<Turn> next = keys.stream().flatMap(key -> leave(key).stream()).toList();
            next.forEach(Turn::proceed);
        }

        private void proceed() {
            if (--behind == 0) {
                work.run();
            }
        }
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

    private List<Turn> leave(Identifier key) {
        Deque<Turn> queue = Objects.requireNonNull(queues.get(key)); // of whoever leaves it now
        queue.poll();
        if (queue.isEmpty()) {
            queues.remove(key);
            return List.of();
        }
        return List.of(queue.peek());
    }
}
