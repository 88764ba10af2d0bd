package dev.chord.core.version;

import dev.chord.core.id.Identifier;

/**
 * The place of one write in the history of a record: a sequence number, one more than that of what it replaced, and the
 * writer, which breaks ties. Never the wall clock.
 */
public record Version(long sequence, Identifier writer) implements Comparable<Version> {
    /** Older than every write. */
    public static final Version NONE = new Version(0, Identifier.ZERO);

    /** The version of a write by this writer that replaces this one. */
    public Version next(Identifier by) {
        return new Version(sequence + 1, by);
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
        return sequence + "/" + writer;
    }
}
