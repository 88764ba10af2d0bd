package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.Roster;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps a table of all members at each of them, so that lookups take one hop (NSDI 2004). Whoever gets
 * another predecessor tells everyone: each member that hears of it passes it on within a part of the circle
 * that becomes smaller, so that everyone is told once, in log2 N steps (as in D1HT's EDRA: Monnerat, Amorim,
 * IPDPS 2006; here at once, not in intervals). Who joins reads the table of others; and each goes round,
 * piece by piece, to find what it was not told. Nothing of the ring depends on this.
 */
final class Dissemination {
    /** Members named in one answer at most. */
    static final int PAGE = 256;

    // Announcements on their way from one member; more are not passed on, and found out by going round.
    private static final int MOST_PASSED = 4096;

    private Dissemination() {}

    /**
     * At the end of each step: what a member sees of its neighbours goes into its table, and a new
     * predecessor is news.
     */
    static void look(Turn turn) {
        if (!turn.settings().oneHop() || turn.sameRing()) {
            return;
        }
        Roster roster = rosterOf(turn);
        Optional<Peer> head = turn.successors().head();
        if (head.isPresent() && !head.equals(turn.viewBefore().successors().head())) {
            Peer next = head.get();
            roster = adjacent(turn, known(turn, roster, next), turn.self(), next.id());
        }
        turn.view = turn.view.withRoster(roster);
        announceIfNew(turn);
    }

    private static Roster rosterOf(Turn turn) {
        Roster roster = turn.view.roster();
        if (NodeState.alone(turn.phase, turn.view)) {
            boolean already = roster.complete() && roster.peers().size() == 1;
            return already ? roster : Roster.of(turn.self(), true);
        }
        return roster.peers().size() == 0 ? Roster.of(turn.self(), false) : roster;
    }

    // A member heard of, unless it would come right before this one, which would know.
    private static Roster known(Turn turn, Roster roster, Peer peer) {
        boolean own = roster.complete()
                && Arc.strictlyBetween(roster.predecessor(turn.id()).id(), peer.id(), turn.id());
        return own || peer.sameMember(turn.self()) ? roster : roster.with(peer);
    }

    // As told, but for what comes right before this member: it knows that better.
    private static Roster adjacent(Turn turn, Roster roster, Peer peer, Identifier point) {
        Identifier from = peer.id();
        Identifier mine = roster.predecessor(turn.id()).id();
        boolean nonsense = from.equals(point)
                || Arc.strictlyBetween(from, turn.id(), point)
                || roster.complete() && Arc.strictlyBetween(mine, from, turn.id());
        if (nonsense) {
            return roster;
        }
        boolean overMine = roster.complete() && Arc.strictlyBetween(from, mine, point);
        return known(turn, roster, peer).emptied(from, overMine ? mine : point);
    }

    private static void announceIfNew(Turn turn) {
        Roster roster = turn.view.roster();
        Optional<Peer> predecessor = turn.view.predecessor();
        if (!roster.complete() || predecessor.isEmpty() || !turn.phase.routes()) {
            return;
        }
        // One who has come in is told of once it has been given its arc: until then its keys are here.
        Identifier id = predecessor.get().id();
        boolean waits = turn.ownership.settled().map(arc -> arc.contains(id)).orElse(false);
        if (!waits && !roster.predecessor(turn.id()).equals(predecessor.get())) {
            turn.view = turn.view.withRoster(roster.without(id).adjacent(predecessor.get(), turn.id()));
            announce(turn);
        }
    }

    private static void announce(Turn turn) {
        turn.view.predecessor().ifPresent(p -> pass(turn, new Request.Announce(p, turn.id(), turn.id())));
    }

    /** Somebody's news: it is passed on even if it is none here, for others may not have heard of it. */
    static Reply heard(Turn turn, Request.Announce news) {
        if (!turn.settings().oneHop() || !turn.phase.routes()) {
            return new Reply.Refused("keeps no table of all members now");
        }
        Roster roster = rosterOf(turn);
        turn.view = turn.view.withRoster(adjacent(turn, roster, news.before(), news.point()));
        if (!roster.complete()) {
            return new Reply.Refused("does not know everyone yet"); // so another one passes it on
        }
        pass(turn, news);
        boolean overThis = Arc.strictlyBetween(news.before().id(), turn.id(), news.point());
        boolean ofThis = news.point().equals(turn.id())
                && turn.view.predecessor().filter(news.before()::sameMember).isEmpty();
        if (overThis || ofThis) {
            announce(turn); // nobody knows better what comes before this member
        }
        return new Reply.Ack();
    }

    private static void pass(Turn turn, Request.Announce news) {
        List<Peer> next = turn.view.roster().everDoubling(turn.id(), news.until());
        for (int i = 0; i < next.size(); i++) {
            Identifier until = i + 1 < next.size() ? next.get(i + 1).id() : news.until();
            send(turn, next.get(i), new Request.Announce(news.before(), news.point(), until));
        }
    }

    private static void send(Turn turn, Peer to, Request.Announce news) {
        if (turn.pending.size() < MOST_PASSED) {
            turn.send(to, news, new AwaitPassed(to, news));
        }
    }

    /** Who comes after this member: as it sees itself, and then as its table says. */
    static Reply members(Turn turn, int limit) {
        if (!turn.phase.routes()) {
            return new Reply.Refused("in no ring now");
        }
        int most = Math.max(1, Math.min(limit, PAGE));
        Set<Peer> row = new LinkedHashSet<>(turn.successors().entries());
        Roster roster = turn.view.roster();
        if (roster.complete() && !row.isEmpty()) {
            row.addAll(
                    roster.after(turn.successors().entries().get(row.size() - 1).id(), most));
        }
        return new Reply.Members(row.stream().limit(most).toList());
    }

    /** Reads on, until the table is complete. */
    static void tick(Turn turn) {
        if (!turn.settings().oneHop() || !turn.phase.routes()) {
            return;
        }
        boolean reading = turn.pending.anyMatch(p -> p instanceof AwaitMembers);
        if (!reading) {
            turn.view = turn.view.withRoster(rosterOf(turn));
            announceIfNew(turn);
            read(turn);
        }
    }

    private static void read(Turn turn) {
        Roster roster = turn.view.roster();
        Optional<Peer> head = turn.successors().head();
        if (roster.complete() || head.isEmpty()) {
            return;
        }
        Peer last = roster.peers().contains(roster.place())
                ? roster.successor(roster.place())
                : roster.predecessor(roster.place());
        Peer asked = last.sameMember(turn.self()) ? head.get() : last;
        turn.view = turn.view.withRoster(roster.with(asked).readTo(asked.id()));
        turn.send(asked, new Request.ListMembers(PAGE), new AwaitMembers(asked));
    }

    /** Asks the next piece of the circle who is there. */
    static void check(Turn turn) {
        Optional<Peer> next = turn.view.roster().next(turn.id());
        next.ifPresent(peer -> turn.send(peer, new Request.GetNeighborhood(), new AwaitPiece(peer)));
    }

    /** Where a key is, by the table alone. */
    static Optional<Lookup.Result> guess(NodeState state, Identifier key) {
        Roster roster = state.view().roster();
        if (!roster.complete() || !state.phase().routes()) {
            return Optional.empty();
        }
        List<Peer> chain = new ArrayList<>();
        chain.add(roster.successor(key));
        roster.after(
                        chain.get(0).id(),
                        Math.min(state.settings().successors(), roster.peers().size() - 1))
                .forEach(chain::add);
        return Optional.of(new Lookup.Result(key, Optional.of(roster.predecessor(key)), List.copyOf(chain), List.of()));
    }

    /** A page of somebody's table. */
    record AwaitMembers(Peer asked) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            Roster roster = turn.view.roster();
            if (roster.complete() || !roster.place().equals(asked.id())) {
                return;
            }
            if (!(reply instanceof Reply.Members page)) {
                failed(turn, new Event.Failure("no longer a member", true));
                return;
            }
            turn.heard(asked);
            Peer last = asked;
            boolean end = page.peers().isEmpty(); // it is alone, as far as it knows
            for (Peer peer : page.peers()) {
                end = !Arc.strictlyBetween(last.id(), peer.id(), turn.id());
                if (end) {
                    break;
                }
                roster = adjacent(turn, turn.missing(peer) ? roster : known(turn, roster, peer), last, peer.id());
                last = peer;
            }
            turn.view = turn.view.withRoster(end ? roster.completed(turn.id()) : roster.readTo(last.id()));
            announceIfNew(turn);
            read(turn);
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            // The next round asks whoever comes before it, or the head.
            if (turn.missed(asked, failure) && !turn.view.roster().complete()) {
                Roster roster = turn.view.roster().without(asked.id());
                turn.view = turn.view.withRoster(
                        roster.readTo(roster.predecessor(asked.id()).id()));
            }
        }
    }

    /** News on its way: if it does not arrive, the next one in that part of the circle is told instead. */
    record AwaitPassed(Peer to, Request.Announce news) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            if (reply instanceof Reply.Ack) {
                turn.heard(to);
            } else {
                toNext(turn);
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            turn.missed(to, failure);
            toNext(turn);
        }

        private void toNext(Turn turn) {
            turn.view.roster().after(to.id(), 1).stream()
                    .filter(next -> Arc.strictlyBetween(to.id(), next.id(), news.until()))
                    .filter(next -> !next.sameMember(turn.self()))
                    .forEach(next -> send(turn, next, news));
        }
    }

    /** A piece of the circle, as the member at its beginning sees it. */
    record AwaitPiece(Peer peer) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            if (!(reply instanceof Reply.Neighborhood at)
                    || !at.phase().routes()
                    || !at.self().sameMember(peer)) {
                failed(turn, new Event.Failure("no longer a member", true));
                return;
            }
            turn.heard(peer);
            // Who comes before a member it is the first to know, and who comes after it the second: somebody
            // may have come in between.
            Roster roster = known(turn, turn.view.roster(), at.self());
            if (at.predecessor().isPresent()) {
                roster = adjacent(turn, roster, at.predecessor().get(), peer.id());
            }
            Optional<Peer> head = at.successors().stream().findFirst();
            if (head.isPresent() && !turn.missing(head.get())) {
                roster = known(turn, roster, head.get());
            }
            turn.view = turn.view.withRoster(roster.readTo(peer.id()));
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            turn.missed(peer, failure);
        }
    }
}
