package dev.chord.core.bounds;

/**
 * How a bounded room is shared by callers of whom nobody knows how many there will be: each may hold as much
 * as is left free (Choudhury, Hahne: Dynamic queue length thresholds for shared-memory packet switches, 1998,
 * with a factor of 1). So one alone gets a half, two get a third each, and whoever comes next always finds
 * some. Pure; any thread.
 */
public final class DynamicShare {
    private DynamicShare() {}

    /**
     * Whether a caller may take some.
     *
     * @param held what it has already
     * @param more what it wants besides
     * @param free what nobody has
     */
    public static boolean allows(long held, long more, long free) {
        return held + more <= free;
    }
}
