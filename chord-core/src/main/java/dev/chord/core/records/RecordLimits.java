package dev.chord.core.records;

/**
 * How long a record engine waits for what, in microseconds.
 *
 * @param call for an answer of a holder
 * @param turn after which a write that waits for its turn is refused: nobody waits for its answer any more
 * @param stream for all records of an arc, when a tenure changes
 * @param pull for all records of an arc that is taken over, while its owner goes on
 * @param release for the last changes of an arc, while nobody writes there
 * @param patience longer than a holder that is there takes to answer, and less than clients wait for
 *     the owner
 * @param moment for those that are late, once enough have answered
 * @param briefly for those that it can do without
 * @param silent for how long one that did not answer is not waited for again
 * @param lease for how long a holder binds itself to a tenure
 * @param keep for how long no record is let go where an arc changes hands
 * @param stale after which what was told of unreachable holders is out of date
 * @param tombstone milliseconds for which a deletion is remembered
 */
public record RecordLimits(
        long call,
        long turn,
        long stream,
        long pull,
        long release,
        long patience,
        long moment,
        long briefly,
        long silent,
        long lease,
        long keep,
        long stale,
        long tombstone) {
    private static final long MILLISECOND = 1000;
    private static final long SECOND = 1000 * MILLISECOND;
    private static final long DAY_MILLIS = 24L * 60 * 60 * 1000;

    /** What nodes go by. */
    public static final RecordLimits DEFAULT = new RecordLimits(
            2 * SECOND,
            10 * SECOND,
            10 * SECOND,
            30 * SECOND,
            15 * SECOND,
            700 * MILLISECOND,
            200 * MILLISECOND,
            400 * MILLISECOND,
            3 * SECOND,
            SECOND,
            60 * SECOND,
            3 * SECOND,
            30 * DAY_MILLIS);

    /** The same with another length of leases. */
    public RecordLimits withLease(long length) {
        return new RecordLimits(
                call, turn, stream, pull, release, patience, moment, briefly, silent, length, keep, stale, tombstone);
    }
}
