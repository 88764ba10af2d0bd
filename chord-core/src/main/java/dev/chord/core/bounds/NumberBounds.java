package dev.chord.core.bounds;

import dev.chord.core.version.Version;

/**
 * How large a number from outside may be: an epoch, the epoch of a tenure, the sequence of a version, an
 * incarnation. They only ever grow, and whoever believed any of them could be made to believe the largest,
 * after which none comes. So what is told unasked may be a step larger than what is known; what is answered
 * to a question by those who keep it, as a joiner asks that knows nothing, only has to leave room. Pure;
 * any thread.
 */
public final class NumberBounds {
    /** By so much more than what is known may be told unasked. */
    public static final long STEP = 1L << 20;

    /** Below this everything is. */
    public static final long LIMIT = 1L << 62;

    /** Epochs are: they are the high bits of a version's sequence, which is below {@link #LIMIT}. */
    public static final long EPOCHS = LIMIT >> Version.COUNT_BITS;

    private NumberBounds() {}

    /** Whether a number may be believed that somebody was asked for. */
    public static boolean asked(long told) {
        return told >= 0 && told < LIMIT;
    }

    /** Whether one may be that nobody asked for. */
    public static boolean unasked(long told, long known) {
        return asked(told) && told - STEP <= Math.max(0, known);
    }

    /** The same of an epoch that was asked for. */
    public static boolean epochAsked(long told) {
        return told >= 0 && told < EPOCHS;
    }

    /** The same of an epoch that nobody asked for. */
    public static boolean epochUnasked(long told, long known) {
        return epochAsked(told) && unasked(told, known);
    }

    /** The same of the sequence of a version that nobody asked for, by the largest epoch that is known. */
    public static boolean sequenceUnasked(long told, long knownEpoch) {
        return asked(told) && epochUnasked(told >>> Version.COUNT_BITS, knownEpoch);
    }

    /**
     * Whether a copy of a record may be taken by the owner of its key: what is as new as its own epoch was
     * written by itself, or not at all.
     *
     * @param own the epoch of its ownership
     * @param byOwner whether the version names the owner as its writer
     */
    public static boolean ownerMayTake(Version told, Version here, long own, boolean byOwner) {
        return !told.newerThan(here) || told.epoch() < own || byOwner;
    }
}
