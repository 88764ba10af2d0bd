package dev.chord.core.placement;

/**
 * How many more bytes a process may take in: as many as its quota has left, and as many as its disk has left
 * above the reserve. A byte counts from the moment it is promised, not from the moment it is written, so that
 * many who write at once do not each see the same room. Pure; units are bytes.
 *
 * @param quota what may be kept at most
 * @param reserve what must stay free on the disk
 */
public record Allowance(long quota, long reserve) {
    /**
     * What is in use.
     *
     * @param counted bytes that count against the quota: kept, or promised
     * @param unwritten bytes that are promised and that the disk may not have seen yet
     * @param usable bytes that the disk has left
     */
    public record Use(long counted, long unwritten, long usable) {}

    /** What stands in the way. */
    public enum Bound {
        NONE,
        QUOTA,
        RESERVE
    }

    /** How many more bytes fit; negative if there is too much already. */
    public long free(Use use) {
        return Math.min(underQuota(use), aboveReserve(use));
    }

    /** Whether so many more bytes fit, and if not, what they would break. Nothing at all always fits. */
    public Bound bound(Use use, long wanted) {
        if (wanted <= 0) {
            return Bound.NONE;
        }
        if (wanted > underQuota(use)) {
            return Bound.QUOTA;
        }
        return wanted > aboveReserve(use) ? Bound.RESERVE : Bound.NONE;
    }

    private long underQuota(Use use) {
        return quota - use.counted();
    }

    private long aboveReserve(Use use) {
        return use.usable() - use.unwritten() - reserve;
    }
}
