package dev.chord.node.store;

import java.util.function.LongUnaryOperator;

/**
 * How far a store may go.
 *
 * @param reserve the fraction of the disk never to be filled
 * @param quota how many bytes of blocks are kept at most, of a disk of so many
 * @param small blocks up to this size are kept in the database
 */
public record StoreLimits(double reserve, LongUnaryOperator quota, int small) {
    /** Below this a file each costs more than a row. */
    public static final int SMALL = 16 * 1024;

    /** No limit but the disk. */
    public static final StoreLimits NONE = new StoreLimits(0, disk -> Long.MAX_VALUE, SMALL);
}
