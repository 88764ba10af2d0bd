package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.placement.Ownership;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Moves the right to speak for keys. Whenever a member is responsible for more than it owns, it takes over
 * the rest: it fetches the records of the gap from the members after it and asks them to give it up. Whoever
 * owns the gap freezes it, sends the rest and stops answering for it, in that order; only then does the taker
 * begin. So no key has two owners, and a key without one for a moment is refused, not denied.
 */
final class KeyHandoff {
    /** Stabilize rounds within which a live member that was given an arc is noticed by the one behind it. */
    private static final int GIFT_ROUNDS = 12;

    private KeyHandoff() {}

    /** Starts, restarts or drops the taking of an arc, as the ring has come to look. */
    static void reconcile(Turn turn) {
        if (turn.sameRing()) {
            return;
        }
        Optional<Arc> gap = turn.phase == Phase.MEMBER ? gap(turn) : Optional.empty();
        if (gap.isEmpty()) {
            turn.taking = Optional.empty();
            return;
        }
        boolean same = turn.taking.map(t -> t.arc().equals(gap.get())).orElse(false);
        if (!same) {
            start(turn, gap.get());
        }
    }

    /** Tries again what did not succeed. */
    static void tick(Turn turn) {
        for (NodeState.Gift gift : turn.gifts.values()) {
            Identifier id = gift.to().id();
            turn.gifts = gift.rounds() > 0
                    ? turn.gifts.with(id, new NodeState.Gift(gift.to(), gift.rounds() - 1))
                    : turn.gifts.without(id);
        }
        turn.taking.filter(t -> !t.running()).ifPresent(t -> start(turn, t.arc()));
    }

    // What lies between the predecessor and the first owned key.
    private static Optional<Arc> gap(Turn turn) {
        Optional<Arc> responsible = NodeState.responsibility(turn.phase, turn.view);
        Optional<Arc> settled = turn.ownership.settled();
        if (responsible.isEmpty() || settled.isEmpty()) {
            return responsible;
        }
        Identifier from = responsible.get().from();
        Identifier ownedFrom = settled.get().from();
        boolean larger = !settled.get().isWhole()
                && !from.equals(ownedFrom)
                && (responsible.get().isWhole() || Arc.strictlyBetween(from, ownedFrom, turn.id()));
        return larger ? Optional.of(new Arc(from, ownedFrom)) : Optional.empty();
    }

    private static void start(Turn turn, Arc arc) {
        List<Peer> sources = new ArrayList<>();
        for (Peer peer : turn.successors().entries()) {
            // The head has to take part; of the others those that are believed alive.
            if (sources.isEmpty() || !turn.missing(peer)) {
                sources.add(peer);
            }
        }
        if (turn.successors().namesWholeRing()) {
            // the list of one that has just come in may end early: then who is before it also comes after it
            turn.view.predecessor().ifPresent(p -> addUnlessThere(sources, p));
        }
        turn.departed.ifPresent(d -> addUnlessThere(sources, d));
        long attempt = turn.newId();
        turn.taking = Optional.of(new NodeState.Taking(attempt, arc, true));
        turn.act(new Action.TakeArc(attempt, arc, List.copyOf(sources)));
    }

    private static void addUnlessThere(List<Peer> peers, Peer peer) {
        if (peers.stream().noneMatch(peer::sameMember)) {
            peers.add(peer);
        }
    }

    static void taken(Turn turn, Event.ArcTaken event) {
        Optional<NodeState.Taking> current = turn.taking.filter(t -> t.running() && t.attempt() == event.attempt());
        if (current.isEmpty() || turn.phase != Phase.MEMBER) {
            return; // the ring has moved on; a newer attempt is on its way
        }
        NodeState.Taking taking = current.get();
        boolean done = switch (event.outcome()) {
            case RELEASED, UNOWNED -> true;
            case UNSETTLED -> nobodyOwnsAnything(turn);
            case FAILED -> false;
        };
        Optional<Peer> predecessor = turn.view.predecessor();
        if (!done) {
            pause(turn, taking);
        } else if (predecessor.isEmpty()) {
            own(turn, taking, event.epoch());
        } else {
            turn.send(
                    predecessor.get(),
                    new Request.GetNeighborhood(),
                    new AwaitRecognition(taking.attempt(), event.epoch()));
        }
    }

    private static void own(Turn turn, NodeState.Taking taking, long epoch) {
        turn.ownership = turn.ownership.taken(new Arc(taking.arc().from(), turn.id()), epoch);
        turn.unsettled = 0;
        turn.taking = Optional.empty();
        turn.departed = Optional.empty();
    }

    private static void pause(Turn turn, NodeState.Taking taking) {
        turn.taking = Optional.of(new NodeState.Taking(taking.attempt(), taking.arc(), false));
    }

    /**
     * Whether the predecessor knows this member as its successor. If not, somebody may live in between who
     * has not been noticed here and owns a part already.
     */
    record AwaitRecognition(long attempt, long epoch) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            boolean recognised = reply instanceof Reply.Neighborhood at
                    && !at.successors().isEmpty()
                    && at.successors().get(0).sameMember(turn.self());
            current(turn).ifPresent(taking -> {
                if (recognised) {
                    own(turn, taking, epoch);
                } else {
                    pause(turn, taking);
                }
            });
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            current(turn).ifPresent(taking -> pause(turn, taking));
        }

        private Optional<NodeState.Taking> current(Turn turn) {
            return turn.taking.filter(t -> t.running() && t.attempt() == attempt && turn.phase == Phase.MEMBER);
        }
    }

    /**
     * Whether no member of the whole ring owns a key, as after a restart of all: then the first to notice
     * begin. As long as one owner is left, the count of members in a row without keys cannot exceed the
     * members before it.
     */
    private static boolean nobodyOwnsAnything(Turn turn) {
        int listed = turn.successors().entries().size();
        int bound = turn.successors().namesWholeRing() ? listed + 2 : 3 * listed;
        return turn.unsettled > bound;
    }

    /** The head told what it owns. */
    static void heardHead(Turn turn, Reply.Neighborhood head) {
        // Two members own a key only after a live one was presumed dead and its arc taken by the next. When
        // it hears of that it stops, and takes the arc over again, with what was written meanwhile.
        boolean conflict = turn.ownership
                .settled()
                .flatMap(mine -> head.owned().map(mine::intersects))
                .orElse(false);
        if (conflict) {
            turn.ownership = new Ownership(Optional.empty(), Optional.empty(), turn.ownership.epoch());
        }
        int run = Math.min(Math.max(head.unsettled(), 0), 1 << 20) + 1;
        turn.unsettled = turn.ownership.settled().isPresent() ? 0 : run;
    }

    static void startGiving(Turn turn, long command, Command.StartGiving giving) {
        boolean overlapping = turn.ownership.giving().isPresent();
        Optional<Arc> responsible = NodeState.responsibility(turn.phase, turn.view);
        // What a member is responsible for it would take back at once, so it gives nothing of that, and lets
        // nobody else take it: a joiner waits until the member behind it has noticed it.
        boolean mineToKeep = turn.phase == Phase.MEMBER
                && responsible.map(r -> r.intersects(giving.arc())).orElse(true);
        boolean unnoticed = giving.asHead()
                && turn.view.predecessor().filter(giving.to()::sameMember).isEmpty();
        List<Peer> others = turn.gifts.values().stream()
                .map(NodeState.Gift::to)
                .filter(p -> !p.sameMember(giving.to()) && giving.arc().contains(p.id()))
                .toList();
        Optional<Arc> mine = turn.ownership.givable(giving.arc());
        boolean settled = turn.ownership.settled().isPresent();
        if (overlapping) {
            turn.finish(command, new Outcome.Declined("another arc is being handed over here"));
        } else if (unnoticed) {
            turn.finish(command, new Outcome.Declined("not known here as the predecessor"));
        } else if (!others.isEmpty()) {
            turn.finish(command, new Outcome.Declined("a member in between has taken a part: wait until it shows"));
            others.forEach(p -> ask(turn, p));
        } else if (mineToKeep) {
            turn.finish(command, new Outcome.Declined("responsible for it, as far as is known here"));
        } else {
            mine.ifPresent(arc -> turn.ownership = turn.ownership.startGiving(giving.arc(), giving.to()));
            turn.gifts = turn.gifts.with(giving.to().id(), new NodeState.Gift(giving.to(), GIFT_ROUNDS));
            turn.finish(command, new Outcome.Giving(mine, settled));
        }
    }

    // Whether one that was given an arc is still there: if it has died since, whoever comes after it need not
    // wait for it.
    private static void ask(Turn turn, Peer taker) {
        boolean asked = turn.pending.anyMatch(
                p -> p instanceof AwaitTaker waiting && waiting.taker().equals(taker));
        if (!asked) {
            turn.send(taker, new Request.Ping(), new AwaitTaker(taker));
        }
    }

    /** A sign of life of one that was given an arc. */
    record AwaitTaker(Peer taker) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            if (reply instanceof Reply.Neighborhood at
                    && at.self().equals(taker)
                    && at.phase().routes()) {
                turn.heard(taker);
            } else {
                failed(turn, new Event.Failure("no longer a member", true));
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            if (!turn.missed(taker, failure)) {
                ask(turn, taker);
            } else if (turn.gifts
                    .get(taker.id())
                    .filter(g -> g.to().equals(taker))
                    .isPresent()) {
                turn.gifts = turn.gifts.without(taker.id());
            }
        }
    }
}
