package dev.chord.core.records;

import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import java.util.List;
import java.util.Optional;

/**
 * What somebody wants of a record.
 *
 * @param record what it is to be; its version is the owner's to give
 * @param expected write only if this is the version of what is there; {@link Version#NONE}: only if there
 *     is nothing
 * @param operation drawn at random for one write and the same each time it is asked for again: it takes
 *     effect once; 0: nobody asks again
 * @param stamp of the process that is asked, as it was told last
 */
public record Write(Record record, Optional<Version> expected, long operation, Optional<WriteWindow.Stamp> stamp) {
    /** How a write ended, as far as the owner knows. */
    public sealed interface Answer {}

    /**
     * It lasts.
     *
     * @param holders that have it
     * @param wanted copies aimed at
     */
    public record Written(Record record, List<Peer> holders, int wanted) implements Answer {}

    /** Nothing was written: another version is there; or none is, or a deletion. */
    public record Conflict(Optional<Record> current) implements Answer {}

    /** Nothing was written by this question: ask again with this stamp. */
    public record Stale(WriteWindow.Stamp stamp) implements Answer {}

    /** Nothing was written: this process does not speak for the key. */
    public record Elsewhere(NotOwner why) implements Answer {}

    /** Nothing was written, anywhere. */
    public record Refused(String why) implements Answer {}

    /** It may last or not. */
    public record Unknown(String why) implements Answer {}

    /**
     * Why a process does not speak for a key.
     *
     * @param hint whom to ask instead
     * @param refused it should speak for the key, but too few of the key's holders are in reach
     * @param missing with {@code refused}: the holders that did not answer, none: nobody in reach knows who
     *     they are; empty: they have not been asked for long enough
     */
    public record NotOwner(Optional<Peer> hint, boolean refused, Optional<List<Peer>> missing) {}

    /**
     * The answer to a read of a place.
     *
     * @param records deletions too; empty where this process does not speak for the key
     */
    public record Read(Optional<List<Record>> records, Optional<NotOwner> elsewhere) {}
}
