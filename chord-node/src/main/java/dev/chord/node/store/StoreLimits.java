package dev.chord.node.store;

import java.time.Duration;
import java.util.function.LongUnaryOperator;

/**
 * How far a store may go.
 *
 * @param reserve the fraction of the disk never to be filled
 * @param quota how many bytes of blocks are kept at most, of a disk of so many
 * @param small blocks up to this size are kept in the database
 * @param lease how long a block stays without anybody saying that it is needed
 * @param grace the same once it is known to have been deleted by somebody
 * @param copies how many the ring has of a block as a rule
 */
public record StoreLimits(
        double reserve, LongUnaryOperator quota, int small, Duration lease, Duration grace, int copies) {
    /** Below this a file each costs more than a row. */
    public static final int SMALL = 16 * 1024;

    /** No limit but the disk. */
    public static final StoreLimits NONE =
            new StoreLimits(0, disk -> Long.MAX_VALUE, SMALL, Duration.ofDays(365), Duration.ofDays(365), 3);
}
