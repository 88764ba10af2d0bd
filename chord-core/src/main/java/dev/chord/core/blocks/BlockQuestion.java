package dev.chord.core.blocks;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import java.util.List;

/**
 * What one block engine asks of another. Each may be lost, come twice or late, and be carried out though its
 * answer is lost. Bytes of blocks are read past the engine, from whoever has them.
 *
 * @param <A> what is answered, once
 */
public sealed interface BlockQuestion<A> {
    /** Keep a copy. */
    record Store(Arrival block) implements BlockQuestion<Kept> {}

    /**
     * Which of these are there, in this order.
     *
     * @param supply whether the asker sends what is lacking
     * @param keep microseconds for which none of them is to be let go there as one that does not belong, also
     *     those that come soon
     */
    record Has(List<Identifier> digests, boolean supply, long keep) implements BlockQuestion<List<Presence>> {}

    /** What is there of an arc, in little space. */
    record Fingerprint(Arc arc) implements BlockQuestion<Fingerprints> {}

    /**
     * These are needed, or what they were for has been deleted; answered with the places in the list of those
     * that are not there.
     *
     * @param copies how many the ring should have of them; 0: as before
     * @param condemned whether what they were for has been deleted
     * @param upload who says so before it writes its name; zero: the owner of a name
     */
    record Renew(List<Identifier> digests, int copies, boolean condemned, Identifier upload)
            implements BlockQuestion<List<Integer>> {}

    /** An upload was refused or broken off; answered with how many blocks went with it. */
    record Release(Identifier upload) implements BlockQuestion<Integer> {}

    // ---- answers

    /**
     * Whether a block is there.
     *
     * @param held as a copy of its own; not in a file that somebody shares in place, which may be
     *     gone tomorrow
     * @param promised whether another asker has been told to send it just now
     */
    record Presence(boolean held, boolean promised) {}
}
