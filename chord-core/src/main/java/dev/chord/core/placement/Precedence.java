package dev.chord.core.placement;

import dev.chord.core.id.Identifier;

/**
 * Who goes first where there is not room for all who store at the same time: the smaller upload, so that as
 * many succeed as fit; of two of the same size, the one with the smaller number, so that all holders decide
 * alike without talking to each other.
 *
 * @param size how many bytes the upload has in all; very many, if that is not known
 * @param upload drawn at random by who stores; zero: none
 */
public record Precedence(long size, Identifier upload) implements Comparable<Precedence> {
    /**
     * Of what gives way to nobody: what was acknowledged already, and whole things that are written in
     * one go.
     */
    public static final Precedence FIRST = new Precedence(0, Identifier.ZERO);

    /** Whether the other has to give way to this. */
    public boolean before(Precedence other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(Precedence other) {
        int bySize = Long.compare(size, other.size);
        return bySize != 0 ? bySize : upload.compareTo(other.upload);
    }
}
