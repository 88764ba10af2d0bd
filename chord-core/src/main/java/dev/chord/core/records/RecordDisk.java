package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.version.Version;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The disk of a record engine. No call blocks: each is answered later, or at once within the call, always on
 * the engine's thread and exactly once, unless the process ends first. Batches take effect in the order in
 * which they were given, each as a whole or not at all. A read sees every batch whose answer was {@link
 * Durability#DURABLE} before it was asked, and may see others. Any answer may take arbitrarily long: a
 * stalled disk is one that does not answer.
 */
public interface RecordDisk {
    /** What became of a batch. */
    enum Durability {
        /** It survives any crash of the process or its machine. */
        DURABLE,
        /** Nothing of it happened, and nothing will: the disk was full, say. */
        NOT_DONE,
        /** It may be there after a restart, or not; nothing further is written in this life. */
        UNKNOWN
    }

    /**
     * What was promised and is known of tenures, in pieces that cover the circle, and who is gone for good.
     */
    record Claims(List<ArcMap.Piece<Claim>> pieces, Map<Identifier, Long> givenUp) {
        public static final Claims NONE = new Claims(List.of(), Map.of());
    }

    /**
     * What is to be made durable together.
     *
     * @param records each is kept if it is newer than what is there
     * @param claims replaces what was kept before; empty: nothing changes
     * @param epoch the highest that was heard of; a smaller one than is kept changes nothing
     * @param drops records that are let go, those that still have these versions
     */
    record Batch(List<Record> records, Optional<Claims> claims, long epoch, List<Record.Digest> drops) {
        static Batch of(List<Record> records) {
            return new Batch(records, Optional.empty(), 0, List.of());
        }

        static Batch ofDrops(List<Record.Digest> drops) {
            return new Batch(List.of(), Optional.empty(), 0, drops);
        }
    }

    /**
     * The records of one kind under a key.
     *
     * @param live those whose lease has not ended, deletions too
     * @param versions of all, by label: also of those whose lease has ended
     */
    record Shelf(List<Record> live, Map<String, Version> versions) {}

    /** Records in the order in which they came, and where the last of them stands in the log of changes. */
    record Page(List<Record> records, long position) {}

    /** Makes a batch durable, together with whatever else is waiting. */
    void persist(Batch batch, Consumer<Durability> then);

    /** Reads places, in this order; fails, as an empty answer, if the disk cannot be read. */
    void read(Collection<Record.Place> places, Consumer<Optional<List<Shelf>>> then);

    /**
     * Live records of an arc that came after a position in the log of changes; an empty page: there are
     * no more.
     */
    void changes(Arc arc, long since, Consumer<Optional<Page>> then);

    /** Records after a key, in key order, of whole keys; an empty list: there are no more. */
    void after(Optional<Identifier> key, Consumer<Optional<List<Record>>> then);

    /** The live records of an arc, versions included, in little space. */
    void fingerprints(Arc arc, Consumer<Optional<Fingerprints>> then);
}
