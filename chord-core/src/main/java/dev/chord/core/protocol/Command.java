package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.List;

/** What the process around a member can want from it. */
public sealed interface Command {
    /**
     * Be the first member of a new ring. Answer: {@link Outcome.Done}.
     *
     * @param epoch larger than any this process knows of
     */
    record Found(long epoch) implements Command {}

    /**
     * Join the ring that one of the seeds belongs to. Answer: {@link Outcome.Joined} or
     * {@link Outcome.JoinFailed}.
     */
    record Join(List<Endpoint> seeds) implements Command {}

    /**
     * Go on after a restart with no seed but the peers of the last life: {@link Outcome.Done}, then ISOLATED.
     */
    record Recover(List<Peer> remembered) implements Command {}

    /** Find the successor of a key. Answer: {@link Outcome.LookedUp}. */
    record FindSuccessor(Identifier key) implements Command {}

    /** Get ready to leave. Answer: {@link Outcome.Done} or {@link Outcome.Declined}. */
    record Leave() implements Command {}

    /** Stay after all. Answer: {@link Outcome.Done}. */
    record CancelLeave() implements Command {}

    /** Tell the neighbours and go; only after {@link Leave}. Answer: {@link Outcome.Done}. */
    record Depart() implements Command {}

    /**
     * Freeze what this member owns of the arc. Answer: {@link Outcome.Giving} or {@link Outcome.Declined}.
     *
     * @param asHead the taker believes that this member comes right after it
     */
    record StartGiving(Arc arc, Peer to, boolean asHead) implements Command {}

    /**
     * End the freeze: with {@code given} the arc is the taker's from now on. Answer: {@link Outcome.Done}.
     */
    record StopGiving(boolean given) implements Command {}

    /** This member has been superseded for a key it thought it owned. Answer: {@link Outcome.Done}. */
    record Renounce() implements Command {}
}
