package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A visit to every member of a ring. Each answer names the members that one knows: fingers reach across the circle, so the
 * last member is O(log N) answers away (the same halving of distances as in a lookup, SIGCOMM 2001, theorem 2); successor
 * lists see to it that nobody between two fingers is left out, and lead past members that are silent. Every member is
 * visited once; again only if it turns out to have started anew since.
 *
 * <p>Not a value and not thread-safe: it belongs to the one who visits.
 */
public final class Sweep {
    private final Map<Identifier, Visit> visits = new TreeMap<>();
    private final List<Peer> waiting = new ArrayList<>();
    private int inFlight;

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
        starts.forEach(peer -> hear(peer, 1));
    }

    private void hear(Peer peer, int depth) {
        Visit before = visits.get(peer.id());
        boolean anew = before != null && peer.supersedes(before.peer()) && before.state() != State.ASKED;
        if (before == null || anew) {
            visits.put(peer.id(), new Visit(peer, depth, State.HEARD_OF, "", Optional.empty()));
            waiting.add(peer);
        }
    }

    /**
     * Whom to ask now; they count as asked.
     *
     * @param width how many may be asked at a time
     */
    public List<Peer> next(int width) {
        List<Peer> asked = new ArrayList<>();
        while (inFlight < width && !waiting.isEmpty()) {
            Peer peer = waiting.remove(0);
            Visit visit = visits.get(peer.id());
            if (visit != null && visit.state() == State.HEARD_OF && visit.peer().equals(peer)) {
                visits.put(peer.id(), visit.to(State.ASKED, "", Optional.empty()));
                asked.add(peer);
                inFlight++;
            }
        }
        return asked;
    }

    /** A member that was asked names those it knows; its answer goes on. */
    public void named(Peer by, Collection<Peer> known) {
        Visit visit = visits.get(by.id());
        if (visit != null) {
            known.forEach(peer -> hear(peer, visit.depth() + 1));
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
        }
    }

    /** Whether everybody heard of has been asked, and has answered or not. */
    public boolean done() {
        return inFlight == 0
                && waiting.stream()
                        .noneMatch(p -> Optional.ofNullable(visits.get(p.id()))
                                .filter(v -> v.state() == State.HEARD_OF)
                                .isPresent());
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
