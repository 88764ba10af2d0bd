package dev.chord.client.sync;

import dev.chord.client.error.ChordException;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The names below a prefix of a ring, as far as {@link SyncRound} needs them. Names are given without the
 * prefix. Every call takes a finite time and may fail with a {@link ChordException}: UNREACHABLE when it has
 * not happened anywhere, DEADLINE when nobody knows whether it has.
 */
interface SyncRing {
    /** The ring as it is now. */
    RingMark mark();

    /** What the names stand for, as far as their owners answered: a hint, for some may be missing or old. */
    Listed list();

    /**
     * Names and what they stand for.
     *
     * @param complete whether all owners answered
     * @param silent names whose owners did not
     */
    record Listed(Map<String, SyncRule.Named> names, boolean complete, Predicate<String> silent) {}

    /** What the owner of a name says of it; never what others than the owner say. */
    SyncRule.There read(String name);

    /**
     * Lets a name stand for what is in a file.
     *
     * @return what was in it
     * @throws ChordException CONFLICT if the name is at another version; INTEGRITY if the file changed while
     *     it was read
     */
    SyncRule.Named store(String name, Path file, Version expected);

    /**
     * Removes a name.
     *
     * @throws ChordException CONFLICT or NOT_FOUND if the name is not at this version
     */
    void remove(String name, Version expected);

    /** Puts a content, verified, whole and durable, into a file that is sync's own. */
    void fetch(Identifier content, Path into);
}
