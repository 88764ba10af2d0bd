package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.placement.Ownership;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import java.util.List;
import java.util.Optional;

/**
 * All that one member knows. A value; {@link Chord#step} makes the next one.
 *
 * @param notifier a notify that has to wait for the maintenance in flight; the closest one wins
 * @param admission the joiner let in last, while the ring is small and lets in one at a time
 * @param joining the attempt to join, while there is one
 * @param departed a neighbour that left and may still own what is now this member's to take
 * @param taking the arc being taken over, while there is one
 * @param pending what the answers to requests in flight are for, by request id
 * @param lookups lookups in flight, by lookup id
 * @param misses calls that peers left unanswered, since they last answered
 * @param remembered members met, the way back after isolation; bounded
 * @param gifts members that asked for an arc lately and may own it now
 * @param lastAsked the missing peer that was asked last
 * @param lastLooked the other peer out of view that was asked last
 * @param isolation times that all remembered peers were asked, while isolated, and none was in a ring
 * @param reunionRest rounds until a peer that is not missing is asked again whether it is in the same ring
 * @param reunionPause what that becomes when it is over: it doubles as long as all turns out to be in order
 * @param predecessorHeard whether the predecessor has asked something since it was last checked
 * @param unsettled members in a row that own nothing, this one included; see {@link Reply.Neighborhood}
 * @param nextFinger the finger to fix next
 * @param nextId the next request, lookup or attempt id
 */
public record NodeState(
        RingSettings settings,
        Phase phase,
        RingView view,
        Ownership ownership,
        Optional<Peer> notifier,
        Optional<Admission> admission,
        Optional<Joining> joining,
        Optional<Leaving> leaving,
        Optional<Peer> departed,
        Optional<Taking> taking,
        Table<Long, Pending> pending,
        Table<Long, OngoingLookup> lookups,
        Table<Identifier, Integer> misses,
        Table<Identifier, Peer> remembered,
        Table<Identifier, Gift> gifts,
        Optional<Identifier> lastAsked,
        Optional<Identifier> lastLooked,
        int isolation,
        int reunionRest,
        int reunionPause,
        boolean predecessorHeard,
        int unsettled,
        int nextFinger,
        long nextId) {

    /** A joiner let in, and the stabilize rounds left for it to settle. */
    record Admission(Peer joiner, int rounds) {}

    /** An attempt to join: the seeds not tried yet and what came of the others. */
    record Joining(
            Optional<Long> command, List<Endpoint> seeds, List<Outcome.JoinFailed.Attempt> attempts, int restarts) {}

    /**
     * A leave under way: neighbours still to answer.
     *
     * @param goodbye whether they have been told to take others in its place; until they have, it stays
     *     and answers
     */
    record Leaving(long command, boolean goodbye, int awaited, Optional<String> refusal) {}

    /** A member that asked for an arc, and the stabilize rounds for which that is remembered. */
    record Gift(Peer to, int rounds) {}

    /** An arc being taken over. */
    record Taking(long attempt, Arc arc, boolean running) {}

    /** A lookup in flight and what it is for. */
    record OngoingLookup(Lookup lookup, Purpose purpose) {}

    /** Who waits for a lookup. */
    sealed interface Purpose {
        record ForCommand(long command) implements Purpose {}

        record ForJoin() implements Purpose {}

        record ForFinger(int index) implements Purpose {}

        record ForReunion() implements Purpose {}
    }

    /** A member that is in no ring yet. */
    public static NodeState outside(Peer self, RingSettings settings) {
        return new NodeState(
                settings,
                Phase.OUTSIDE,
                RingView.alone(self, settings.successors()),
                Ownership.NONE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Table.empty(),
                Table.empty(),
                Table.empty(),
                Table.empty(),
                Table.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                Reunion.REST,
                false,
                0,
                0,
                1);
    }

    /** A member of a ring that has settled: it owns exactly the arc behind its predecessor. */
    public static NodeState settled(RingSettings settings, RingView view) {
        Turn turn = new Turn(outside(view.self(), settings));
        turn.phase = Phase.MEMBER;
        turn.view = view;
        Identifier from = view.predecessor().map(Peer::id).orElse(view.self().id());
        turn.ownership = Ownership.NONE.taken(new Arc(from, view.self().id()), 1);
        return turn.end().state();
    }

    public Peer self() {
        return view.self();
    }

    /** The neighbourhood as told to others. */
    public Reply.Neighborhood neighborhood() {
        boolean whole = view.successors().namesWholeRing();
        return new Reply.Neighborhood(
                self(),
                phase,
                view.predecessor(),
                view.successors().entries(),
                whole,
                Join.admits(this),
                ownership.settled(),
                unsettled);
    }

    /**
     * Whether this is the only member of its ring, rightly: it founded the ring or everyone else
     * left politely.
     */
    public boolean alone() {
        return alone(phase, view);
    }

    static boolean alone(Phase phase, RingView view) {
        return phase == Phase.MEMBER
                && view.successors().isEmpty()
                && view.predecessor().isEmpty();
    }

    /**
     * Where a key is, by the table of all members, asking nobody: a hint, as the owner has to say that the
     * key is its. Empty if this member keeps none, or has not read all of it yet.
     */
    public Optional<Lookup.Result> guess(Identifier key) {
        return Dissemination.guess(this, key);
    }

    /** The arc between the predecessor and this member: what it should own. */
    public Optional<Arc> responsibility() {
        return responsibility(phase, view);
    }

    static Optional<Arc> responsibility(Phase phase, RingView view) {
        Identifier self = view.self().id();
        if (alone(phase, view)) {
            return Optional.of(new Arc(self, self));
        }
        return view.predecessor().map(p -> new Arc(p.id(), self));
    }

    /** Whether the ring has too few members for the correctness proof: fewer than r + 1 processes. */
    public boolean bootstrapping() {
        return view.successors().namesWholeRing();
    }
}
