package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An iterative lookup (SIGCOMM 2001, figure 4, find_successor), as a value. Members and clients run the same one.
 *
 * <p>It walks towards the key: of all members heard of, the ones that most closely precede the key are asked next, several
 * at a time. It ends when the closest one that is alive has answered: the key's owner is then the first live entry of
 * that member's successor list. Fingers only make the walk shorter; the answer rests on successor lists alone.
 */
public final class Lookup {
    /**
     * Members that an answer should name besides successors: more than are asked at once, for while nobody has noticed that
     * many have died, the next best may be dead too.
     */
    public static final int ALTERNATIVES = 8;

    private final Identifier key;
    private final IdentifierCircle circle;
    private final int width;
    // by clockwise distance from the member to the key, closest first; a member AT the key is farthest: it owns it
    private final Table<Identifier, Candidate> candidates;
    private final int asked;

    private record Candidate(
            Peer peer, Peer source, int depth, int order, State state, Optional<Reply.Step> step, String trouble) {
        Candidate in(State next, Optional<Reply.Step> answer, String why) {
            return new Candidate(peer, source, depth, order, next, answer, why);
        }
    }

    private enum State {
        HEARD_OF,
        ASKED,
        ANSWERED,
        FAILED
    }

    /**
     * One member on the way.
     *
     * @param via who named it; itself for the first
     * @param depth answers that led to it
     * @param order when it was asked, from 1
     * @param trouble why it did not help; empty if it did
     */
    public record Hop(Peer peer, Peer via, int depth, int order, String trouble) {}

    /**
     * How a lookup ended.
     *
     * @param predecessor the member whose list holds the answer; empty: nobody could tell
     * @param chain the key's owner and the members after it in ring order; empty: not found
     * @param route every member asked, in order
     */
    public record Result(Identifier key, Optional<Peer> predecessor, List<Peer> chain, List<Hop> route) {
        public Optional<Peer> owner() {
            return chain.isEmpty() ? Optional.empty() : Optional.of(chain.get(0));
        }

        /** The arc whose keys all have this answer. */
        public Optional<Arc> arc() {
            return predecessor.flatMap(p -> owner().map(o -> new Arc(p.id(), o.id())));
        }

        /** Answers on the way to the one that told. */
        public int hops() {
            return route.stream()
                    .filter(h -> predecessor.map(p -> p.equals(h.peer())).orElse(false))
                    .mapToInt(Hop::depth)
                    .findFirst()
                    .orElse(0);
        }
    }

    private Lookup(
            Identifier key, IdentifierCircle circle, int width, Table<Identifier, Candidate> candidates, int asked) {
        this.key = key;
        this.circle = circle;
        this.width = width;
        this.candidates = candidates;
        this.asked = asked;
    }

    /** A lookup that begins at the given members, of which at least one is needed. */
    public static Lookup from(Identifier key, IdentifierCircle circle, int width, Collection<Peer> starts) {
        Lookup lookup = new Lookup(key, circle, width, Table.empty(), 0);
        for (Peer peer : starts) {
            lookup = lookup.changed(new Candidate(peer, peer, 1, 0, State.HEARD_OF, Optional.empty(), ""), 0);
        }
        return lookup;
    }

    /** A lookup that begins with what a member knows itself. */
    static Lookup fromSelf(Identifier key, NodeState state) {
        Reply.Step own = Lookups.step(state, new Request.FindStep(key, ALTERNATIVES));
        Peer self = state.self();
        Lookup lookup =
                new Lookup(key, state.settings().circle(), state.settings().width(), Table.empty(), 0);
        return lookup.changed(new Candidate(self, self, 0, 0, State.ASKED, Optional.empty(), ""), 0)
                .answered(self, own);
    }

    public Identifier key() {
        return key;
    }

    /** Whom to ask now, given the calls already in flight. */
    public List<Peer> next() {
        List<Peer> result = new ArrayList<>();
        int examined = 0;
        if (result().isPresent()) {
            return result;
        }
        for (Candidate candidate : candidates.values()) {
            boolean answered = candidate.state == State.ANSWERED;
            boolean useful = answered
                    && !candidate.step.map(this::chain).orElse(List.of()).isEmpty();
            if (useful || examined == width) {
                break; // what lies farther than a useful answer can teach nothing
            }
            if (candidate.state == State.HEARD_OF) {
                result.add(candidate.peer);
            }
            examined += candidate.state == State.FAILED || answered ? 0 : 1;
        }
        return result;
    }

    /** The member has been asked. */
    public Lookup asked(Peer peer) {
        Optional<Candidate> old = candidates.get(distance(peer)).filter(c -> c.state == State.HEARD_OF);
        return old.map(c -> changed(
                        new Candidate(c.peer, c.source, c.depth, asked + 1, State.ASKED, Optional.empty(), ""),
                        asked + 1))
                .orElse(this);
    }

    /** The member answered. */
    public Lookup answered(Peer peer, Reply.Step step) {
        Identifier bound = distance(peer);
        Optional<Candidate> known = candidates.get(bound).filter(c -> c.state == State.ASKED);
        if (known.isEmpty()) {
            return this;
        }
        Candidate old = known.get();
        if (!step.at().phase().routes() || !step.at().self().id().equals(peer.id())) {
            return failed(peer, "not a member: " + step.at().phase());
        }
        Table<Identifier, Candidate> next = candidates.with(bound, old.in(State.ANSWERED, Optional.of(step), ""));
        next = hear(next, old, step.closer());
        next = hear(next, old, step.at().successors());
        return new Lookup(key, circle, width, next, asked);
    }

    private Table<Identifier, Candidate> hear(Table<Identifier, Candidate> all, Candidate source, List<Peer> named) {
        Table<Identifier, Candidate> next = all;
        Identifier bound = distance(source.peer);
        for (Peer other : named) {
            Identifier distance = distance(other);
            // only what is strictly closer: so the walk cannot turn back, or go round
            if (distance.compareTo(bound) < 0 && !next.contains(distance)) {
                next = next.with(
                        distance,
                        new Candidate(other, source.peer, source.depth + 1, 0, State.HEARD_OF, Optional.empty(), ""));
            }
        }
        return next;
    }

    /** The member did not answer, or not usefully. */
    public Lookup failed(Peer peer, String why) {
        return candidates
                .get(distance(peer))
                .map(old -> changed(old.in(State.FAILED, Optional.empty(), why), asked))
                .orElse(this);
    }

    /** The result, once there is one. */
    public Optional<Result> result() {
        for (Candidate candidate : candidates.values()) {
            if (candidate.state == State.HEARD_OF || candidate.state == State.ASKED) {
                return Optional.empty();
            }
            if (candidate.step.isPresent()) {
                List<Peer> chain = chain(candidate.step.get());
                if (!chain.isEmpty()) {
                    return Optional.of(new Result(key, Optional.of(candidate.peer), chain, route()));
                }
            }
        }
        return Optional.of(new Result(key, Optional.empty(), List.of(), route()));
    }

    // The owner and what follows it, out of one member's list.
    private List<Peer> chain(Reply.Step step) {
        Reply.Neighborhood at = step.at();
        List<Peer> chain = new ArrayList<>();
        for (Peer peer : at.successors()) {
            boolean beforeKey = Arc.strictlyBetween(at.self().id(), peer.id(), key);
            if (!beforeKey && !isFailed(peer)) {
                chain.add(peer);
            }
        }
        if (at.wholeRing() && (!chain.isEmpty() || at.successors().isEmpty())) {
            chain.add(at.self());
        }
        return List.copyOf(chain);
    }

    private boolean isFailed(Peer peer) {
        return candidates
                .get(distance(peer))
                .filter(c -> c.state == State.FAILED)
                .isPresent();
    }

    private List<Hop> route() {
        return candidates.values().stream()
                .filter(c -> c.order > 0 || c.depth == 0)
                .sorted((a, b) -> Integer.compare(a.order, b.order))
                .map(c -> new Hop(c.peer, c.source, c.depth, c.order, c.trouble))
                .toList();
    }

    private Lookup changed(Candidate candidate, int count) {
        return new Lookup(key, circle, width, candidates.with(distance(candidate.peer), candidate), count);
    }

    // From the peer clockwise to the key; the unsigned number before 0 is the largest, so "at the key" sorts last.
    private Identifier distance(Peer peer) {
        Identifier toKey = circle.distance(peer.id(), key);
        return circle.distance(Identifier.of(1), toKey);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Lookup other && key.equals(other.key) && candidates.equals(other.candidates);
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + candidates.hashCode();
    }

    @Override
    public String toString() {
        return "lookup of " + key + " at " + candidates.values();
    }
}
