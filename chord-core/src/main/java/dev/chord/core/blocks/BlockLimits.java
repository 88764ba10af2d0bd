package dev.chord.core.blocks;

/**
 * How long a block engine keeps and waits for what, in microseconds.
 *
 * @param lease for which a block stays without anybody saying that it is needed; of the time in which this
 *     process is settled
 * @param grace the same once somebody has deleted what it was for: long enough for every other name to speak
 *     for it
 * @param call for an answer of another process
 * @param promise for which one of several suppliers is trusted to send what it was asked to send
 * @param wanted for which a block that somebody wants kept here may still arrive
 * @param patience after which an upload of which nothing comes makes room for others
 * @param remembered for which an upload can still be taken back after it said that it needs its blocks, and
 *     is known to be over
 * @param drained for which those that took over from a process that leaves do not let go of what they took
 */
public record BlockLimits(
        long lease, long grace, long call, long promise, long wanted, long patience, long remembered, long drained) {
    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    /** What nodes go by, unless their settings say something else of leases. */
    public static final BlockLimits DEFAULT = new BlockLimits(
            30 * 24 * HOUR, 3 * HOUR, 10 * SECOND, 10 * SECOND, 10 * MINUTE, 10 * SECOND, 10 * MINUTE, 6 * HOUR);

    /** The same with other leases. */
    public BlockLimits withLeases(long usual, long condemned) {
        return new BlockLimits(usual, condemned, call, promise, wanted, patience, remembered, drained);
    }
}
