package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An iterative lookup (SIGCOMM 2001, figure 4, find_successor), as a value. Members and clients run the
 * same one.
 *
 * <p>It walks towards the key: of all members heard of, the ones that most closely precede the key are asked
 * next, several at a time. It ends when the closest one that is alive has answered: the key's owner is then
 * the first live entry of that member's successor list. Fingers only make the walk shorter; the answer rests
 * on successor lists alone.
 *
 * <p>Who names ever closer members that are not there cannot lead it on: {@link LookupBounds} says how
 * many are asked, how many are remembered and how deep it goes. At the bound what honest members have
 * answered counts.
 */
public final class Lookup {
    /**
     * Members that an answer should name besides successors: more than are asked at once, for while nobody
     * has noticed that many have died, the next best may be dead too.
     */
    public static final int ALTERNATIVES = 8;

    private final Identifier key;
    private final IdentifierCircle circle;
    private final int width;
    // by distance, closest first; never changed
    private final Candidate[] candidates;
    private final int asked;

    /**
     * A member on the way; its distance is clockwise to the key, and a member AT the key is farthest: it
     * owns it.
     */
    private record Candidate(
            Identifier distance,
            Peer peer,
            Peer source,
            int depth,
            int order,
            State state,
            Optional<Reply.Step> step,
            String trouble) {
        Candidate in(State next, Optional<Reply.Step> answer, String why) {
            return new Candidate(distance, peer, source, depth, order, next, answer, why);
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

    private Lookup(Identifier key, IdentifierCircle circle, int width, Candidate[] candidates, int asked) {
        this.key = key;
        this.circle = circle;
        this.width = width;
        this.candidates = candidates;
        this.asked = asked;
    }

    /** A lookup that begins at the given members, of which at least one is needed. */
    public static Lookup from(Identifier key, IdentifierCircle circle, int width, Collection<Peer> starts) {
        Lookup lookup = new Lookup(key, circle, width, new Candidate[0], 0);
        List<Candidate> heard = new ArrayList<>();
        for (Peer peer : starts) {
            heard.add(new Candidate(lookup.distance(peer), peer, peer, 1, 0, State.HEARD_OF, Optional.empty(), ""));
        }
        return new Lookup(key, circle, width, merged(lookup.candidates, heard), 0);
    }

    /** A lookup that begins with what a member knows itself. */
    static Lookup fromSelf(Identifier key, NodeState state) {
        Reply.Step own = Lookups.step(state, new Request.FindStep(key, ALTERNATIVES));
        Peer self = state.self();
        Lookup lookup =
                new Lookup(key, state.settings().circle(), state.settings().width(), new Candidate[0], 0);
        Candidate start = new Candidate(lookup.distance(self), self, self, 0, 0, State.ASKED, Optional.empty(), "");
        return new Lookup(key, lookup.circle, lookup.width, new Candidate[] {start}, 0).answered(self, own);
    }

    public Identifier key() {
        return key;
    }

    /** Whom to ask now, given the calls already in flight. */
    public List<Peer> next() {
        List<Peer> result = new ArrayList<>();
        int examined = 0;
        int room = result().isPresent() ? 0 : left();
        for (Candidate candidate : candidates) {
            boolean answered = candidate.state == State.ANSWERED;
            boolean useful = answered
                    && !candidate.step.map(this::chain).orElse(List.of()).isEmpty();
            if (useful || examined == width || result.size() >= room) {
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
        int at = find(candidates, distance(peer));
        if (at < 0 || candidates[at].state != State.HEARD_OF) {
            return this;
        }
        Candidate old = candidates[at];
        return changed(
                at,
                new Candidate(
                        old.distance, old.peer, old.source, old.depth, asked + 1, State.ASKED, Optional.empty(), ""),
                asked + 1);
    }

    /** The member answered. */
    public Lookup answered(Peer peer, Reply.Step step) {
        int at = find(candidates, distance(peer));
        if (at < 0 || candidates[at].state != State.ASKED) {
            return this;
        }
        if (!step.at().phase().routes() || !step.at().self().id().equals(peer.id())) {
            return failed(peer, "not a member: " + step.at().phase());
        }
        Candidate source = candidates[at];
        Candidate[] next = candidates.clone();
        next[at] = source.in(State.ANSWERED, Optional.of(step), "");
        List<Candidate> heard = new ArrayList<>();
        if (source.depth < LookupBounds.depth(members(next))) {
            hear(heard, source, step.closer());
            hear(heard, source, step.at().successors());
        }
        return new Lookup(key, circle, width, kept(merged(next, heard)), asked);
    }

    // As far as those say at whom it began: whoever was only heard of has no say in how much is asked.
    private double members(Candidate[] among) {
        return Arrays.stream(among)
                .filter(c -> c.source.equals(c.peer))
                .flatMap(c -> c.step.stream())
                .mapToDouble(step -> LookupBounds.members(step.at(), circle))
                .reduce(1, Math::max);
    }

    // How many more may be asked.
    private int left() {
        return asked < LookupBounds.asked(1)
                ? LookupBounds.asked(1) - asked
                : LookupBounds.asked(members(candidates)) - asked;
    }

    // Of those who are waiting the farthest goes whom the one has named that has named most of them.
    private static Candidate[] kept(Candidate[] all) {
        Map<Peer, Integer> waiting = new HashMap<>();
        for (Candidate candidate : all) {
            if (candidate.state == State.HEARD_OF) {
                waiting.merge(candidate.source, 1, Integer::sum);
            }
        }
        int over = waiting.values().stream().mapToInt(n -> n).sum() - LookupBounds.WAITING;
        List<Candidate> rest = over > 0 ? new ArrayList<>(Arrays.asList(all)) : List.of();
        for (; over > 0; over--) {
            int most = waiting.values().stream().mapToInt(n -> n).max().orElse(0);
            int last = rest.size() - 1;
            while (rest.get(last).state != State.HEARD_OF || waiting.getOrDefault(rest.get(last).source, 0) < most) {
                last--;
            }
            waiting.merge(rest.remove(last).source, -1, Integer::sum);
        }
        return rest.isEmpty() ? all : rest.toArray(Candidate[]::new);
    }

    private void hear(List<Candidate> heard, Candidate source, List<Peer> named) {
        for (Peer other : named.subList(0, Math.min(named.size(), LookupBounds.NAMED))) {
            Identifier distance = distance(other);
            // only what is strictly closer: so the walk cannot turn back, or go round
            if (distance.compareTo(source.distance) < 0) {
                heard.add(new Candidate(
                        distance, other, source.peer, source.depth + 1, 0, State.HEARD_OF, Optional.empty(), ""));
            }
        }
    }

    // Whoever is known already stays what it is; of what is heard twice the first counts.
    private static Candidate[] merged(Candidate[] known, List<Candidate> heard) {
        heard.sort(Comparator.comparing(Candidate::distance)); // stable
        Candidate[] all = new Candidate[known.length + heard.size()];
        int size = 0;
        int next = 0;
        for (Candidate candidate : heard) {
            while (next < known.length && known[next].distance.compareTo(candidate.distance) <= 0) {
                all[size++] = known[next++];
            }
            if (size == 0 || !all[size - 1].distance.equals(candidate.distance)) {
                all[size++] = candidate;
            }
        }
        while (next < known.length) {
            all[size++] = known[next++];
        }
        return Arrays.copyOf(all, size);
    }

    /** The member did not answer, or not usefully. */
    public Lookup failed(Peer peer, String why) {
        int at = find(candidates, distance(peer));
        return at < 0 ? this : changed(at, candidates[at].in(State.FAILED, Optional.empty(), why), asked);
    }

    /** The result, once there is one. */
    public Optional<Result> result() {
        for (Candidate candidate : candidates) {
            boolean waits = candidate.state == State.HEARD_OF && left() > 0;
            if (waits || candidate.state == State.ASKED) {
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
        for (Peer peer : at.successors().subList(0, Math.min(at.successors().size(), LookupBounds.NAMED))) {
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
        int at = find(candidates, distance(peer));
        return at >= 0 && candidates[at].state == State.FAILED;
    }

    private List<Hop> route() {
        return Arrays.stream(candidates)
                .filter(c -> c.order > 0 || c.depth == 0)
                .sorted((a, b) -> Integer.compare(a.order, b.order))
                .map(c -> new Hop(c.peer, c.source, c.depth, c.order, c.trouble))
                .toList();
    }

    private Lookup changed(int at, Candidate candidate, int count) {
        Candidate[] next = candidates.clone();
        next[at] = candidate;
        return new Lookup(key, circle, width, next, count);
    }

    private static int find(Candidate[] among, Identifier distance) {
        int low = 0;
        int high = among.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = among[middle].distance.compareTo(distance);
            if (order == 0) {
                return middle;
            }
            low = order < 0 ? middle + 1 : low;
            high = order < 0 ? high : middle - 1;
        }
        return -1;
    }

    // From the peer clockwise to the key; the unsigned number before 0 is the largest, so "at the key"
    // sorts last.
    private Identifier distance(Peer peer) {
        Identifier toKey = circle.distance(peer.id(), key);
        return circle.distance(Identifier.of(1), toKey);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Lookup other && key.equals(other.key) && Arrays.equals(candidates, other.candidates);
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + Arrays.hashCode(candidates);
    }

    @Override
    public String toString() {
        return "lookup of " + key + " at " + Arrays.toString(candidates);
    }
}
