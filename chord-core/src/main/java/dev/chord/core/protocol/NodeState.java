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
import java.util.SortedMap;
import java.util.TreeMap;

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
 * @param gifts members that asked for an arc lately and may own it now, and the rounds they are remembered for
 * @param lastAsked the peer of earlier days that was asked last
 * @param isolation rounds spent isolated
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
        SortedMap<Long, Pending> pending,
        SortedMap<Long, OngoingLookup> lookups,
        SortedMap<Identifier, Integer> misses,
        SortedMap<Identifier, Peer> remembered,
        SortedMap<Identifier, Integer> gifts,
        Optional<Identifier> lastAsked,
        int isolation,
        int unsettled,
        int nextFinger,
        long nextId) {

    /** A joiner let in, and the stabilize rounds left for it to settle. */
    record Admission(Peer joiner, int rounds) {}

    /** An attempt to join: the seeds not tried yet and what came of the others. */
    record Joining(
            Optional<Long> command, List<Endpoint> seeds, List<Outcome.JoinFailed.Attempt> attempts, int restarts) {}

    /** A leave under way: neighbours still to answer. */
    record Leaving(long command, int awaited, Optional<String> refusal) {}

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
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                Optional.empty(),
                0,
                0,
                0,
                1);
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

    /** Whether this is the only member of its ring, rightly: it founded the ring or everyone else left politely. */
    public boolean alone() {
        return phase == Phase.MEMBER
                && view.successors().isEmpty()
                && view.predecessor().isEmpty();
    }

    /** The arc between the predecessor and this member: what it should own. */
    public Optional<Arc> responsibility() {
        if (alone()) {
            return Optional.of(new Arc(self().id(), self().id()));
        }
        return view.predecessor().map(p -> new Arc(p.id(), self().id()));
    }

    /** Whether the ring has too few members for the correctness proof: fewer than r + 1 processes. */
    public boolean bootstrapping() {
        return view.successors().namesWholeRing();
    }
}
