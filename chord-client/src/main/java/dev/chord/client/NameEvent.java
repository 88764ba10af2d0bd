package dev.chord.client;

import java.util.Optional;

/**
 * Something that happened to a name, or to the watch itself.
 *
 * @param id one more than that of the event before
 * @param name what it is about; empty for {@link Kind#WHOLE} and {@link Kind#GAP}
 * @param entry what the name stands for now; empty: for nothing
 * @param detail for eyes; may be empty
 */
public record NameEvent(long id, Kind kind, String name, Optional<NameEntry> entry, String detail) {
    /** What happened. */
    public enum Kind {
        /** The name was there when the watch began. */
        PRESENT,
        ADDED,
        CHANGED,
        REMOVED,
        /** The whole ring answers: all that has happened until now has been told. */
        WHOLE,
        /**
         * Part of the ring does not answer: what happens there is told when it does again, the last state of
         * each name.
         */
        GAP
    }
}
