package dev.chord.client.transfer;

/**
 * How often something may be asked of a second peer because the first one is late (decision 14): of ten once,
 * and four times in any case. Enough to get round a peer that hangs, too little to double the load when all
 * are slow. Pure.
 */
final class HedgeBudget {
    /** A question may take so long in any case before it is asked of somebody else too. */
    static final long LATE_MILLIS = 250;

    private static final int FREE = 4;
    private static final int EACH = 10;

    private HedgeBudget() {}

    /**
     * Whether one more is allowed.
     *
     * @param hedges that there have been
     * @param done questions that have been answered
     */
    static boolean allows(long hedges, long done) {
        return hedges < FREE + done / EACH;
    }
}
