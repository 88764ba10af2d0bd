package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.placement.Ownership;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Joining (Zave, Join): find the member that precedes this one, and take over ITS successor list out of one
 * answer. Data comes later; see {@link KeyHandoff}. Also the way back of a member that was isolated.
 */
final class Join {
    /** Times the place is looked for again because the ring moved meanwhile. */
    private static final int MAX_RESTARTS = 8;

    /** Stabilize rounds a joiner has to settle before the next one is let in behind the same member. */
    private static final int ADMISSION_ROUNDS = 6;

    /** Times that all remembered peers were asked in vain before an isolated member lets somebody join it. */
    private static final int ISOLATION_ROUNDS = 4;

    private Join() {}

    static void start(Turn turn, long command, List<Endpoint> seeds) {
        if (turn.joining.isPresent()) {
            turn.finish(command, new Outcome.Declined("already joining"));
            return;
        }
        if (turn.phase.routes() && !turn.snapshot().alone()) {
            turn.finish(command, new Outcome.Declined("already in a ring with others: leave it first"));
            return;
        }
        if (turn.phase != Phase.ISOLATED) {
            turn.phase = Phase.JOINING;
        }
        turn.joining = Optional.of(new NodeState.Joining(Optional.of(command), List.copyOf(seeds), List.of(), 0));
        nextSeed(turn);
    }

    private static void nextSeed(Turn turn) {
        NodeState.Joining joining = turn.joining.orElseThrow();
        if (joining.seeds().isEmpty()) {
            fail(turn, false);
            return;
        }
        Endpoint seed = joining.seeds().get(0);
        List<Endpoint> rest = joining.seeds().subList(1, joining.seeds().size());
        turn.joining =
                Optional.of(new NodeState.Joining(joining.command(), rest, joining.attempts(), joining.restarts()));
        turn.send(seed, Optional.empty(), new Request.GetNeighborhood(), new AwaitSeed(seed));
    }

    private static void seedFailed(Turn turn, Endpoint seed, String why) {
        turn.joining.ifPresent(joining -> {
            List<Outcome.JoinFailed.Attempt> attempts = new ArrayList<>(joining.attempts());
            attempts.add(new Outcome.JoinFailed.Attempt(seed, why));
            turn.joining = Optional.of(new NodeState.Joining(
                    joining.command(), joining.seeds(), List.copyOf(attempts), joining.restarts()));
            nextSeed(turn);
        });
    }

    private static void fail(Turn turn, boolean fatal) {
        NodeState.Joining joining = turn.joining.orElseThrow();
        turn.joining = Optional.empty();
        if (turn.phase == Phase.JOINING) {
            // a lone founder that was told to join others goes on as it was
            turn.phase = turn.ownership.settled().isPresent() ? Phase.MEMBER : Phase.OUTSIDE;
        }
        joining.command()
                .ifPresent(command ->
                        turn.finish(command, new Outcome.JoinFailed(List.copyOf(joining.attempts()), fatal)));
    }

    /** The place in the ring is found: ask the member there. */
    static void located(Turn turn, Lookup.Result result) {
        if (turn.joining.isEmpty()) {
            return;
        }
        if (result.predecessor().isEmpty() || result.predecessor().get().sameMember(turn.self())) {
            restart(turn, "the lookup of the own place found nobody");
        } else {
            Peer predecessor = result.predecessor().get();
            ask(turn, predecessor, false);
        }
    }

    private static void ask(Turn turn, Peer predecessor, boolean oldSelfDead) {
        turn.send(predecessor, new Request.JoinThrough(turn.self()), new AwaitAdmission(predecessor, oldSelfDead));
    }

    private static void restart(Turn turn, String why) {
        NodeState.Joining joining = turn.joining.orElseThrow();
        List<Outcome.JoinFailed.Attempt> attempts = new ArrayList<>(joining.attempts());
        attempts.add(new Outcome.JoinFailed.Attempt(turn.self().endpoint(), why));
        turn.joining = Optional.of(
                new NodeState.Joining(joining.command(), joining.seeds(), attempts, joining.restarts() + 1));
        if (joining.restarts() + 1 >= MAX_RESTARTS) {
            fail(turn, false);
        } else {
            nextSeed(turn);
        }
    }

    private static void enter(Turn turn, Peer predecessor, List<Peer> list) {
        NodeState.Joining joining = turn.joining.orElseThrow();
        RingView fresh = RingView.alone(turn.self(), turn.settings().successors());
        turn.view = fresh.withSuccessors(fresh.successors().rebuilt(list)).withPredecessor(Optional.of(predecessor));
        turn.phase = Phase.MEMBER;
        turn.joining = Optional.empty();
        turn.isolation = 0;
        turn.unsettled = 1;
        turn.nextFinger = 0;
        turn.ownership = new Ownership(Optional.empty(), Optional.empty(), turn.ownership.epoch());
        joining.command().ifPresent(command -> turn.finish(command, new Outcome.Joined(predecessor)));
        Stabilize.tick(turn);
    }

    // ---- letting others in

    static boolean admits(NodeState state) {
        boolean free = state.admission().isEmpty();
        return state.phase() == Phase.MEMBER && free
                || state.phase() == Phase.ISOLATED && mayRefound(state.isolation());
    }

    private static boolean mayRefound(int rounds) {
        return rounds >= ISOLATION_ROUNDS;
    }

    // Members of one process that are cut off together are no ring, unless there never was anybody else.
    private static boolean mayRefound(Turn turn, Peer with) {
        boolean others =
                turn.remembered.anyMatch(p -> !p.process().equals(turn.self().process()));
        return mayRefound(turn.isolation)
                && (!others || !with.process().equals(turn.self().process()));
    }

    /**
     * A joiner asks to come in behind this member. While the ring is small that happens one joiner at a time.
     */
    static void admit(Turn turn, long ticket, Peer joiner) {
        if (joiner.sameMember(turn.self())) {
            turn.respond(ticket, new Reply.Refused("that identifier is this node's own"));
            return;
        }
        if (turn.phase == Phase.ISOLATED && mayRefound(turn, joiner)) {
            refound(turn, joiner);
            turn.respond(ticket, aloneNeighborhood(turn));
            return;
        }
        boolean busy = turn.admission.map(a -> !a.joiner().sameMember(joiner)).orElse(false);
        if (turn.phase != Phase.MEMBER) {
            turn.respond(ticket, new Reply.Refused("not a member now: " + turn.phase));
        } else if (busy && turn.snapshot().bootstrapping()) {
            turn.respond(ticket, new Reply.Refused("letting another node in; try again"));
        } else {
            turn.admission = Optional.of(new NodeState.Admission(joiner, ADMISSION_ROUNDS));
            turn.respond(ticket, turn.snapshot().neighborhood());
        }
    }

    // All that was known is out of reach, and somebody was told to join here: begin again, with that one.
    private static void refound(Turn turn, Peer joiner) {
        RingView fresh = RingView.alone(turn.self(), turn.settings().successors());
        turn.joining
                .flatMap(NodeState.Joining::command)
                .ifPresent(command -> turn.finish(command, new Outcome.Joined(joiner)));
        turn.phase = Phase.MEMBER;
        turn.joining = Optional.empty();
        turn.isolation = 0;
        turn.unsettled = 1;
        turn.view = fresh.withSuccessors(fresh.successors().rebuilt(List.of(joiner)))
                .withPredecessor(Optional.of(joiner));
        turn.admission = Optional.of(new NodeState.Admission(joiner, ADMISSION_ROUNDS));
    }

    // What a member without successors would have said.
    private static Reply.Neighborhood aloneNeighborhood(Turn turn) {
        return new Reply.Neighborhood(
                turn.self(), turn.phase, Optional.empty(), List.of(), true, true, Optional.empty(), 1);
    }

    // ---- isolation

    static void recover(Turn turn, List<Peer> remembered) {
        remembered.forEach(p -> turn.remembered = turn.remembered.with(p.id(), p));
        isolate(turn);
    }

    static void isolate(Turn turn) {
        turn.phase = Phase.ISOLATED;
        turn.isolation = 0;
        turn.ownership = new Ownership(Optional.empty(), Optional.empty(), turn.ownership.epoch());
        turn.view = RingView.alone(turn.self(), turn.settings().successors());
        turn.taking = Optional.empty();
        turn.notifier = Optional.empty();
        turn.admission = Optional.empty();
    }

    static void tick(Turn turn) {
        turn.admission = turn.admission
                .filter(a ->
                        a.rounds() > 0 && !turn.successors().names(a.joiner().id()))
                .map(a -> new NodeState.Admission(a.joiner(), a.rounds() - 1));
        if (turn.phase == Phase.ISOLATED) {
            boolean asking = turn.pending.anyMatch(p -> p instanceof AwaitRemembered);
            if (turn.joining.isEmpty() && !asking) {
                turn.isolation = Math.min(turn.isolation + 1, 1 << 20);
                turn.remembered.values().stream()
                        .filter(p -> !p.sameMember(turn.self()))
                        .forEach(p -> turn.send(p, new Request.Ping(), new AwaitRemembered(p)));
            }
        }
    }

    /** Whoever asks an isolated member something is there, and may show the way back. */
    static void heard(Turn turn, Peer from) {
        if (turn.phase == Phase.ISOLATED && !from.sameMember(turn.self())) {
            turn.remember(from);
        }
    }

    /** A peer from before the isolation: if it is in a ring, that is the way back. */
    record AwaitRemembered(Peer peer) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            if (!(reply instanceof Reply.Neighborhood at)) {
                return;
            }
            // Two isolated members do not wait for each other for ever: the larger one goes to the
            // smaller one.
            boolean bothIsolated = at.phase() == Phase.ISOLATED
                    && at.admits()
                    && mayRefound(turn, peer)
                    && peer.id().compareTo(turn.id()) < 0;
            boolean wayBack = at.phase().routes() || bothIsolated;
            turn.isolation = at.phase().routes() ? 0 : turn.isolation; // there is a ring
            if (wayBack && turn.phase == Phase.ISOLATED && turn.joining.isEmpty()) {
                turn.joining =
                        Optional.of(new NodeState.Joining(Optional.empty(), List.of(peer.endpoint()), List.of(), 0));
                nextSeed(turn);
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            // Asked again next round.
        }
    }

    /** A seed's identity and phase. */
    record AwaitSeed(Endpoint seed) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            if (turn.joining.isEmpty()) {
                return;
            }
            if (!(reply instanceof Reply.Neighborhood at)) {
                seedFailed(turn, seed, "answered something else than a member would");
            } else if (at.self().equals(turn.self())) {
                seedFailed(turn, seed, "that is this node itself");
            } else if (at.self().sameMember(turn.self())) {
                identifierTaken(turn, seed);
            } else if (at.phase() == Phase.ISOLATED && at.admits()) {
                ask(turn, at.self(), false);
            } else if (!at.phase().routes()) {
                seedFailed(turn, seed, "answers, but is in no ring itself yet (" + at.phase() + ")");
            } else {
                Lookups.startAt(turn, at.self(), turn.settings().width(), new NodeState.Purpose.ForJoin());
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            seedFailed(turn, seed, failure.detail());
        }
    }

    private static void identifierTaken(Turn turn, Endpoint where) {
        turn.joining.ifPresent(joining -> {
            List<Outcome.JoinFailed.Attempt> attempts = new ArrayList<>(joining.attempts());
            attempts.add(
                    new Outcome.JoinFailed.Attempt(where, "another live node has this node's identifier " + turn.id()));
            turn.joining = Optional.of(
                    new NodeState.Joining(joining.command(), joining.seeds(), attempts, joining.restarts()));
            fail(turn, true);
        });
    }

    /**
     * The neighbourhood of the member this one comes in behind.
     *
     * @param oldSelfDead whether an entry with this member's own identifier is known to be a leftover
     */
    record AwaitAdmission(Peer predecessor, boolean oldSelfDead) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            if (turn.joining.isEmpty()) {
                return;
            }
            if (!(reply instanceof Reply.Neighborhood at)
                    || at.phase() != Phase.MEMBER
                    || !at.self().sameMember(predecessor)) {
                String why = reply instanceof Reply.Refused refused ? refused.reason() : "not a member any more";
                restart(turn, at(predecessor) + why);
                return;
            }
            List<Peer> list = at.successors();
            if (list.isEmpty()) {
                enter(turn, at.self(), List.of(at.self()));
            } else if (list.get(0).sameMember(turn.self())) {
                // An older life of this member is still listed, or a live member has the same identifier.
                Peer old = list.get(0);
                if (oldSelfDead || old.endpoint().equals(turn.self().endpoint())) {
                    enter(turn, at.self(), behind(turn, at.self(), list.subList(1, list.size())));
                } else {
                    turn.send(old, new Request.Ping(), new AwaitOldSelf(old, predecessor));
                }
            } else if (Arc.strictlyBetween(
                    at.self().id(), turn.id(), list.get(0).id())) {
                enter(turn, at.self(), behind(turn, at.self(), list));
            } else {
                restart(turn, at(predecessor) + "another member came in between");
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            if (turn.joining.isPresent()) {
                restart(turn, at(predecessor) + failure.detail());
            }
        }

        // Where all that come after have proved dead here, the next one all the way round is the member
        // itself: its own list does not say so, and taking that over would lead into isolation again
        // and again.
        private static List<Peer> behind(Turn turn, Peer member, List<Peer> list) {
            return list.stream().allMatch(turn::missing) ? List.of(member) : list;
        }

        private static String at(Peer peer) {
            return "coming in behind " + peer + ": ";
        }
    }

    /**
     * Whether an entry with this member's own identifier, at another address, is a leftover of its last life.
     * If so the predecessor is asked again: its list of before may be out of date by now.
     */
    record AwaitOldSelf(Peer old, Peer predecessor) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            boolean self = reply instanceof Reply.Neighborhood n && n.self().equals(turn.self());
            if (self) {
                failed(turn, new Event.Failure("itself", true));
            } else {
                identifierTaken(turn, old.endpoint());
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            if (turn.joining.isPresent()) {
                ask(turn, predecessor, true);
            }
        }
    }
}
