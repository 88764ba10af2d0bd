package dev.chord.core.message;

import dev.chord.core.id.Arc;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/** What members answer. */
public sealed interface Reply {
    /**
     * A member's neighbourhood at one instant.
     *
     * @param wholeRing the list ended for lack of members: with {@code self} it names the whole ring
     * @param unsettled how many members in a row, from this one clockwise, own nothing yet, as far as it
     *     knows: 0 if it owns its keys. Grows without bound only when nobody in the whole ring owns anything
     * @param owned the keys it answers for; empty: none now
     * @param admits whether a joiner may come in through this member now
     */
    record Neighborhood(
            Peer self,
            Phase phase,
            Optional<Peer> predecessor,
            List<Peer> successors,
            boolean wholeRing,
            boolean admits,
            Optional<Arc> owned,
            int unsettled)
            implements Reply {}

    /**
     * A step of a lookup: where it stands, and the members known to precede the key more closely,
     * closest first.
     */
    record Step(Neighborhood at, List<Peer> closer) implements Reply {}

    /** Members in ring order. */
    record Members(List<Peer> peers) implements Reply {}

    record Ack() implements Reply {}

    /** Not now, and why. */
    record Refused(String reason) implements Reply {}
}
