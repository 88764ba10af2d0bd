package dev.chord.core.version;

import dev.chord.core.id.Identifier;

/**
 * The place of one write in the history of a record: a sequence number, and the writer, which breaks ties.
 * Never the wall clock.
 *
 * <p>The high bits of the sequence are the epoch of the ownership under which it was written, the low ones
 * count. A new owner may not have seen the last, unacknowledged, writes of an owner that died; its own
 * epoch is larger, so whatever it acknowledges is newer than they are, and stays newer when the dead one
 * comes back.
 */
public record Version(long sequence, Identifier writer) implements Comparable<Version> {
    /** Older than every write. */
    public static final Version NONE = new Version(0, Identifier.ZERO);

    /** Low bits of the sequence that count; the rest is the epoch. */
    public static final int COUNT_BITS = 40;

    /** The version of a write by this writer, the owner in this epoch, that replaces this one. */
    public Version next(long epoch, Identifier by) {
        return new Version(Math.max(sequence, epoch << COUNT_BITS) + 1, by);
    }

    /** The epoch of the ownership under which it was written. */
    public long epoch() {
        return sequence >>> COUNT_BITS;
    }

    /**
     * How many writes came before it in its epoch at most, and itself: numbers of writes that failed are
     * left out.
     */
    public long count() {
        return sequence & ((1L << COUNT_BITS) - 1);
    }

    /** EPOCH.COUNT, for people: a later number is a newer version, unless two wrote at once. */
    public String number() {
        return epoch() + "." + count();
    }

    public boolean newerThan(Version other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Version other) {
        int c = Long.compare(sequence, other.sequence);
        return c != 0 ? c : writer.compareTo(other.writer);
    }

    @Override
    public String toString() {
        return number() + "/" + writer;
    }
}
