package dev.chord.core.protocol;

import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Runs the lookups of one member: its own and those its process asks for; answers the steps of others'. */
final class Lookups {
    /** Lookups one member runs at a time; more are declined. */
    static final int LIMIT = 1024;

    private static final int MAX_WIDTH = 16;

    private Lookups() {}

    /** One step of somebody's lookup, answered from what this member knows now. */
    static Reply.Step step(NodeState state, Request.FindStep find) {
        int width = Math.max(1, Math.min(find.width(), MAX_WIDTH));
        // The successors go with the answer anyway.
        List<Peer> closer = new ArrayList<>();
        for (Peer peer : state.view().closestPreceding(find.key(), width)) {
            if (!state.view().successors().names(peer.id())) {
                closer.add(peer);
            }
        }
        return new Reply.Step(state.neighborhood(), List.copyOf(closer));
    }

    static void start(Turn turn, Identifier key, NodeState.Purpose purpose) {
        NodeState now = turn.snapshot();
        if (turn.lookups.size() >= LIMIT) {
            decline(turn, purpose, "too many lookups in flight here");
        } else if (!turn.phase.routes()) {
            decline(turn, purpose, "this node is in no ring now (" + turn.phase + ")");
        } else {
            advance(turn, turn.newId(), new NodeState.OngoingLookup(Lookup.fromSelf(key, now), purpose));
        }
    }

    /** A lookup by one who is no member yet. */
    static void startAt(Turn turn, Peer seed, int width, NodeState.Purpose purpose) {
        Lookup lookup = Lookup.from(turn.id(), turn.settings().circle(), width, List.of(seed));
        advance(turn, turn.newId(), new NodeState.OngoingLookup(lookup, purpose));
    }

    private static void decline(Turn turn, NodeState.Purpose purpose, String why) {
        if (purpose instanceof NodeState.Purpose.ForCommand forCommand) {
            turn.finish(forCommand.command(), new Outcome.Declined(why));
        }
    }

    private static void advance(Turn turn, long id, NodeState.OngoingLookup ongoing) {
        Lookup lookup = ongoing.lookup();
        Optional<Lookup.Result> result = lookup.result();
        if (result.isPresent()) {
            turn.lookups = turn.lookups.without(id);
            finish(turn, ongoing.purpose(), result.get());
            return;
        }
        for (Peer peer : lookup.next()) {
            lookup = lookup.asked(peer);
            turn.send(peer, new Request.FindStep(lookup.key(), Lookup.ALTERNATIVES), new AwaitStep(id, peer));
        }
        turn.lookups = turn.lookups.with(id, new NodeState.OngoingLookup(lookup, ongoing.purpose()));
    }

    private static void finish(Turn turn, NodeState.Purpose purpose, Lookup.Result result) {
        if (purpose instanceof NodeState.Purpose.ForCommand forCommand) {
            turn.finish(forCommand.command(), new Outcome.LookedUp(result));
        } else if (purpose instanceof NodeState.Purpose.ForFinger forFinger) {
            FixFingers.found(turn, forFinger.index(), result.owner());
        } else if (purpose instanceof NodeState.Purpose.ForReunion) {
            Reunion.found(turn, result);
        } else {
            Join.located(turn, result);
        }
    }

    /** A step of a lookup. */
    record AwaitStep(long lookup, Peer peer) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            if (reply instanceof Reply.Step step) {
                turn.heard(peer);
                go(turn, ongoing -> ongoing.answered(peer, step));
            } else {
                failed(turn, new Event.Failure("not an answer to a lookup", false));
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            turn.view = turn.view.withFingers(turn.view.fingers().without(peer.id()));
            go(turn, ongoing -> ongoing.failed(peer, failure.detail()));
        }

        private void go(Turn turn, UnaryOperator<Lookup> change) {
            turn.lookups
                    .get(lookup)
                    .ifPresent(ongoing -> advance(
                            turn,
                            lookup,
                            new NodeState.OngoingLookup(change.apply(ongoing.lookup()), ongoing.purpose())));
        }
    }
}
