package dev.chord.core.ring;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Shortcuts across the circle: finger i is the successor of n + 2^i (SIGCOMM 2001, section 4.3). Only an optimisation:
 * no answer's correctness rests on a finger.
 *
 * <p>Neighbouring fingers are mostly the same peer, so the table is kept as runs: index of the first finger of a run,
 * and its peer. A run without a peer is unknown.
 */
public final class FingerTable {
    private static final FingerTable EMPTY = new FingerTable(new TreeMap<>());

    private final NavigableMap<Integer, Optional<Peer>> runs;

    private FingerTable(NavigableMap<Integer, Optional<Peer>> runs) {
        this.runs = runs;
    }

    public static FingerTable empty() {
        return EMPTY;
    }

    /** Finger i, if known. */
    public Optional<Peer> finger(int i) {
        Map.Entry<Integer, Optional<Peer>> run = runs.floorEntry(i);
        return run == null ? Optional.empty() : run.getValue();
    }

    /** The table with fingers {@code first} to {@code last}, both included, set to the peer. */
    public FingerTable with(int first, int last, Peer peer) {
        TreeMap<Integer, Optional<Peer>> next = new TreeMap<>(runs);
        Optional<Peer> after = finger(last + 1);
        next.subMap(first, true, last + 1, true).clear();
        next.put(first, Optional.of(peer));
        next.put(last + 1, after);
        return new FingerTable(merged(next));
    }

    /** The table without a peer that proved dead. */
    public FingerTable without(Identifier id) {
        if (peers().stream().noneMatch(p -> p.id().equals(id))) {
            return this;
        }
        TreeMap<Integer, Optional<Peer>> next = new TreeMap<>(runs);
        next.replaceAll((i, peer) -> peer.filter(p -> !p.id().equals(id)));
        return new FingerTable(merged(next));
    }

    /** The distinct peers, by rising finger index. */
    public List<Peer> peers() {
        return runs.values().stream().flatMap(Optional::stream).distinct().toList();
    }

    /** First index of each run of equal fingers, with its peer. */
    public NavigableMap<Integer, Peer> runs() {
        TreeMap<Integer, Peer> known = new TreeMap<>();
        runs.forEach((i, peer) -> peer.ifPresent(p -> known.put(i, p)));
        return known;
    }

    /** Fingers strictly between self and key, in no particular order. */
    public List<Peer> preceding(Identifier self, Identifier key) {
        List<Peer> result = new ArrayList<>();
        for (Peer peer : peers()) {
            if (Arc.strictlyBetween(self, peer.id(), key)) {
                result.add(peer);
            }
        }
        return result;
    }

    private static NavigableMap<Integer, Optional<Peer>> merged(NavigableMap<Integer, Optional<Peer>> runs) {
        TreeMap<Integer, Optional<Peer>> result = new TreeMap<>();
        Optional<Peer> previous = Optional.empty();
        for (Map.Entry<Integer, Optional<Peer>> run : runs.entrySet()) {
            if (!run.getValue().equals(previous)) {
                result.put(run.getKey(), run.getValue());
                previous = run.getValue();
            }
        }
        return result;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof FingerTable other && runs.equals(other.runs);
    }

    @Override
    public int hashCode() {
        return runs.hashCode();
    }

    @Override
    public String toString() {
        return runs().toString();
    }
}
