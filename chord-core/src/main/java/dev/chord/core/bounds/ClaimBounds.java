package dev.chord.core.bounds;

/**
 * How finely others may cut what a process has promised of the circle, and how much of it may be told at
 * once. Every promise is made durable together with all others, so whoever asks for one over arc after tiny
 * arc would make each the dearer. A ring whose members come and go cuts at their identifiers only, and an
 * owner that asks for its whole arc leaves one piece of it. Pure; any thread.
 */
public final class ClaimBounds {
    /** In so many pieces the circle may lie by what others ask for. */
    public static final int PIECES = 4096;

    /** So many tenures may be proposed for one piece of which nobody has said that they began. */
    public static final int PROPOSED = 64;

    /** So many pieces may be told of in one answer. */
    public static final int TOLD = 2 * PIECES;

    private ClaimBounds() {}

    /**
     * Whether a change that somebody else asks for may be made: what leaves no more than there was
     * always may.
     *
     * @param before how many pieces, or proposals for one, there are
     * @param after how many there would be
     * @param most one of the bounds
     */
    public static boolean mayBecome(int before, int after, int most) {
        return after <= most || after <= before;
    }
}
