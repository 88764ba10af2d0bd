package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A visit to every member of a ring. Each answer names the members that one knows: fingers reach across the
 * circle, so the last member is O(log N) answers away (the same halving of distances as in a lookup,
 * SIGCOMM 2001, theorem 2); successor lists see to it that nobody between two fingers is left out, and lead
 * past members that are silent. Every member is visited once; again only if it turns out to have started
 * anew since.
 *
 * <p>Liars cannot lead it on for ever: at one address it visits no more members than a process has; those
 * named by members that told of an arc come first, each namer's in turn; and when far more visits were in
 * vain than told of an arc, no more begin. What is not covered then, the coverage says.
 *
 * <p>Not a value and not thread-safe: it belongs to the one who visits.
 */
public final class Sweep {
    /** Members that one process may have. */
    public static final int AT_ONE_ADDRESS = 64;

    /** Members that are heard of at most. */
    public static final int MOST = 1 << 17;

    private static final int FREE_VISITS = 64;
    private static final int IN_VAIN =
            3; // for each that told of an arc: more than half of a ring may be dead, or own nothing yet

    private final Map<Identifier, Visit> visits = new TreeMap<>();
    private final Map<Endpoint, Integer> byAddress = new HashMap<>();
    // by who named them first: each has its turn
    private final Map<Identifier, Deque<Peer>> waiting = new LinkedHashMap<>();
    private int inFlight;
    private int begun;
    private int told;

    /** How a visit stands. */
    public enum State {
        HEARD_OF,
        ASKED,
        ANSWERED,
        SILENT
    }

    /**
     * One member.
     *
     * @param depth answers that led to it
     * @param trouble why it did not answer to the end; empty: it did, or is still at it
     * @param covered the arc it has answered for
     */
    public record Visit(Peer peer, int depth, State state, String trouble, Optional<Arc> covered) {
        private Visit to(State next, String why, Optional<Arc> arc) {
            return new Visit(peer, depth, next, why, arc);
        }
    }

    /** A visit that begins at some members. */
    public Sweep(Collection<Peer> starts) {
        starts.forEach(peer -> hear(peer, peer, 1));
    }

    private void hear(Peer by, Peer peer, int depth) {
        Visit before = visits.get(peer.id());
        boolean anew = before != null && peer.supersedes(before.peer()) && before.state() != State.ASKED;
        boolean room = before != null || visits.size() < MOST;
        if ((before == null || anew) && room && byAddress.merge(peer.endpoint(), 1, Integer::sum) <= AT_ONE_ADDRESS) {
            visits.put(peer.id(), new Visit(peer, depth, State.HEARD_OF, "", Optional.empty()));
            waiting.computeIfAbsent(by.id(), b -> new ArrayDeque<>()).add(peer);
        }
    }

    private boolean mayBegin() {
        return begun - told < FREE_VISITS + IN_VAIN * told;
    }

    /**
     * Whom to ask now; they count as asked.
     *
     * @param width how many may be asked at a time
     */
    public List<Peer> next(int width) {
        List<Peer> asked = new ArrayList<>();
        while (inFlight < width && mayBegin() && !waiting.isEmpty()) {
            Peer peer = first();
            Visit visit = visits.get(peer.id());
            if (visit != null && visit.state() == State.HEARD_OF && visit.peer().equals(peer)) {
                visits.put(peer.id(), visit.to(State.ASKED, "", Optional.empty()));
                asked.add(peer);
                inFlight++;
                begun++;
            }
        }
        return asked;
    }

    // Those that somebody named who has told of an arc, before those of one who is at it still, before those
    // of one who failed.
    private Peer first() {
        Map.Entry<Identifier, Deque<Peer>> next = waiting.entrySet().stream()
                .min(Comparator.comparing(e -> trust(e.getKey())))
                .orElseThrow();
        Deque<Peer> named = next.getValue();
        waiting.remove(next.getKey());
        Peer peer = named.remove();
        if (!named.isEmpty()) {
            waiting.put(next.getKey(), named); // after all others
        }
        return peer;
    }

    private int trust(Identifier namer) {
        Visit visit = visits.get(namer);
        if (visit == null || visit.covered().isPresent()) {
            return 0;
        }
        return visit.state() == State.SILENT ? 2 : 1;
    }

    /** A member that was asked names those it knows; its answer goes on. */
    public void named(Peer by, Collection<Peer> known) {
        Visit visit = visits.get(by.id());
        if (visit != null) {
            known.forEach(peer -> hear(by, peer, visit.depth() + 1));
        }
    }

    /**
     * A member that was asked has answered to the end.
     *
     * @param covered the arc it has answered for; empty: it owns none now
     */
    public void answered(Peer peer, Optional<Arc> covered) {
        end(peer, State.ANSWERED, "", covered);
    }

    /** A member that was asked did not answer to the end. */
    public void failed(Peer peer, String why) {
        end(peer, State.SILENT, why, Optional.empty());
    }

    private void end(Peer peer, State state, String why, Optional<Arc> covered) {
        Visit visit = visits.get(peer.id());
        if (visit != null && visit.state() == State.ASKED) {
            visits.put(peer.id(), visit.to(state, why, covered));
            inFlight--;
            told += covered.isPresent() ? 1 : 0;
        }
    }

    /** Whether everybody heard of has been asked, and has answered or not; or no more visits begin. */
    public boolean done() {
        return inFlight == 0
                && (!mayBegin()
                        || waiting.values().stream()
                                .flatMap(Collection::stream)
                                .noneMatch(p -> Optional.ofNullable(visits.get(p.id()))
                                        .filter(v -> v.state() == State.HEARD_OF)
                                        .isPresent()));
    }

    /** All members heard of, by identifier. */
    public List<Visit> visits() {
        return List.copyOf(visits.values());
    }

    /** The arcs that were answered for. */
    public List<Arc> covered() {
        return visits.values().stream().flatMap(v -> v.covered().stream()).toList();
    }

    /** Answers that led to the farthest member. */
    public int depth() {
        return visits.values().stream()
                .filter(v -> v.state() == State.ANSWERED)
                .mapToInt(Visit::depth)
                .max()
                .orElse(0);
    }
}
