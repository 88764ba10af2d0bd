package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/** How a {@link Command} ended. */
public sealed interface Outcome {
    record Done() implements Outcome {}

    /** The command cannot be carried out now. */
    record Declined(String reason) implements Outcome {}

    /** A member now, behind this one. */
    record Joined(Peer predecessor) implements Outcome {}

    /**
     * No seed led into a ring.
     *
     * @param fatal trying again will not help
     */
    record JoinFailed(List<Attempt> attempts, boolean fatal) implements Outcome {
        /** One address tried, and what came of it. */
        public record Attempt(Endpoint endpoint, String reason) {}
    }

    record LookedUp(Lookup.Result result) implements Outcome {}

    /** Frozen: what there is to give, none if this member owns nothing of the arc. */
    record Giving(Optional<Arc> arc, boolean settled) implements Outcome {}
}
