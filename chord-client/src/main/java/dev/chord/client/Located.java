package dev.chord.client;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/**
 * Where a file is.
 *
 * @param name the name it was found by, if it was
 * @param sources those that have it, best first
 * @param arc the arc of the ring its manifest lies in
 */
public record Located(
        Identifier content, Optional<NameEntry> name, long size, int chunks, List<Source> sources, Optional<Arc> arc) {
    /**
     * A node to get the file from.
     *
     * @param kind what it is to the file
     * @param reason why it stands where it does
     * @param bytesPerSecond that its readers got on each stream lately; 0: not known
     * @param reachable whether it answered just now
     */
    public record Source(Peer peer, Kind kind, String reason, boolean reachable, long bytesPerSecond) {}

    /** What a source is to a file. */
    public enum Kind {
        /** Shares the file in place. */
        PROVIDER,
        /** Stores blocks of it for the ring. */
        REPLICA
    }
}
