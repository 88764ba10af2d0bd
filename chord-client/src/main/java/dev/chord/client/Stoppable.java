package dev.chord.client;

import java.util.concurrent.CompletableFuture;

/** A future whose work ends when it, or any stage derived from it, is cancelled. */
final class Stoppable<T> extends CompletableFuture<T> {
    private final Runnable stop;

    /** @param stop ends the work; may be called more than once, and after its end */
    Stoppable(Runnable stop) {
        this.stop = stop;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new Stoppable<>(stop);
    }

    @Override
    public boolean cancel(boolean interrupt) {
        boolean cancelled = super.cancel(interrupt);
        if (cancelled) {
            stop.run();
        }
        return cancelled;
    }
}
