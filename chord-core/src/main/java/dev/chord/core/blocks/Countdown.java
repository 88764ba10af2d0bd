package dev.chord.core.blocks;

/** Runs something when as many things as it was told of have ended. Belongs to one engine. */
final class Countdown {
    private int left;
    private final Runnable then;

    /**
     * @param first how many there are, besides the counting of them itself, which ends with a call of {@link
     *     #end} as well
     */
    Countdown(int first, Runnable then) {
        this.left = first + 1;
        this.then = then;
    }

    void end() {
        if (--left == 0) {
            then.run();
        }
    }
}
