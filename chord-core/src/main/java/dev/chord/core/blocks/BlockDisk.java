package dev.chord.core.blocks;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The disk of a block engine: which blocks lie there, and what is noted of them. Every call comes from the
 * engine's one thread, none blocks, and every answer is given on that thread, within the call or later. Bytes
 * that are read are good: what is damaged is put aside, and from then on not there. Calls of different blocks
 * may overtake each other; those of one block do not meet, the engine sees to that.
 */
public interface BlockDisk {
    /**
     * A block that lies there, as an engine finds it when it starts.
     *
     * @param copies how many the ring should have; 0: its usual number
     * @param condemned whether it was noted as such
     */
    record Found(Identifier digest, int size, int copies, boolean condemned) {}

    /** All that lies there, before anything else is asked. */
    List<Found> all();

    /** Whether a block is listed there, good or not. */
    boolean has(Identifier digest);

    /**
     * Writes a block, if there is room for it.
     *
     * @param by who may make others give way
     * @param then empty: it is durable; otherwise it is not, or that cannot be told: the next life of the
     *     process may find it
     */
    void write(Identifier digest, Bytes bytes, Precedence by, Consumer<Optional<Refusal>> then);

    /** Whether the copy there is good. */
    void check(Identifier digest, Consumer<Boolean> then);

    /** Reads a block; empty: it is not there, is damaged or cannot be read now. */
    void read(Identifier digest, Consumer<Optional<Bytes>> then);

    /** Deletes a block; told whether it is gone, which a crash may take back. */
    void delete(Identifier digest, Consumer<Boolean> then);

    /**
     * Notes how many copies the ring should have of blocks, 0: its usual number; told whether that
     * is durable.
     */
    void wish(Map<Identifier, Integer> copies, Consumer<Boolean> then);

    /**
     * Notes which blocks are condemned from now on, and which are no more. Nobody waits for it: what is
     * forgotten stays for longer.
     */
    void condemned(Collection<Identifier> now, Collection<Identifier> noMore);
}
