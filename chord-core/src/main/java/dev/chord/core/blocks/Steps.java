package dev.chord.core.blocks;

import java.util.Deque;
import java.util.function.BiConsumer;

/**
 * Does something with one thing after the other, each when the one before has ended; thousands that end at
 * once take no room.
 */
final class Steps<T> {
    private final Deque<T> rest;
    private final BiConsumer<T, Runnable> step;
    private final Runnable then;
    private boolean within;
    private boolean ended;

    private Steps(Deque<T> rest, BiConsumer<T, Runnable> step, Runnable then) {
        this.rest = rest;
        this.step = step;
        this.then = then;
    }

    /**
     * Begins with the first of them, on the calling thread.
     *
     * @param step does something with one of them, and runs what it is given when that has ended
     */
    static <T> void each(Deque<T> things, BiConsumer<T, Runnable> step, Runnable then) {
        new Steps<>(things, step, then).next();
    }

    private void next() {
        ended = true;
        while (ended && !within) {
            ended = false;
            T thing = rest.poll();
            if (thing == null) {
                then.run();
                return;
            }
            within = true;
            step.accept(thing, this::next);
            within = false;
        }
    }
}
