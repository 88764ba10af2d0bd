package dev.chord.node.cli;

import dev.chord.client.Ring;

/**
 * Gives back the room that unfinished uploads have taken when the process is told to end, by Ctrl-C for
 * example, or has no time left. Who cannot be told in a moment lets go when somebody else needs the room.
 */
final class GiveBack extends Thread implements AutoCloseable {
    private static volatile boolean begun;

    private final Ring ring;

    private GiveBack(Ring ring) {
        super("chord-give-back");
        this.ring = ring;
    }

    /** Watches a ring until this is closed, which is when its uploads are over. */
    static GiveBack of(Ring ring) {
        GiveBack hook = new GiveBack(ring);
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    /** Whether the process is about to end: what fails now is no news. */
    static boolean begun() {
        return begun;
    }

    @Override
    public void run() {
        begun = true;
        ring.close();
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(this);
        } catch (IllegalStateException e) {
            // it runs already
        }
    }
}
