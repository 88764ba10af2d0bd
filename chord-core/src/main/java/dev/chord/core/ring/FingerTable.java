package dev.chord.core.ring;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Shortcuts across the circle: finger i is the successor of n + 2^i (SIGCOMM 2001, section 4.3). Only an
 * optimisation: no answer's correctness rests on a finger.
 *
 * <p>Neighbouring fingers are mostly the same peer, so the table is kept as runs: index of the first finger
 * of a run, and its peer. A run without a peer is unknown.
 */
public final class FingerTable {
    // Stands for "unknown" in a run.
    private static final Peer NOBODY = new Peer(Identifier.ZERO, new Endpoint("nobody", 1), "", Identifier.ZERO, 0);
    private static final Identifier NOT_KNOWN = Identifier.of(0);
    private static final FingerTable EMPTY = new FingerTable(new int[0], new Peer[0]);

    // by rising index; fingers before the first run are unknown; neighbouring runs differ
    private final int[] firsts;
    private final Peer[] peers;
    // For whom they are known to be in order: worked out once, like the hash of a string.
    private Identifier orderedFrom = NOT_KNOWN;

    private FingerTable(int[] firsts, Peer[] peers) {
        this.firsts = firsts;
        this.peers = peers;
    }

    public static FingerTable empty() {
        return EMPTY;
    }

    /** Finger i, if known. */
    public Optional<Peer> finger(int i) {
        int run = runOf(i);
        return run < 0 ? Optional.empty() : peer(run);
    }

    // The last run that begins at i or before; -1: none.
    private int runOf(int i) {
        int found = Arrays.binarySearch(firsts, i);
        return found >= 0 ? found : -found - 2;
    }

    Optional<Peer> peer(int run) {
        return isKnown(run) ? Optional.of(peers[run]) : Optional.empty();
    }

    private boolean isKnown(int run) {
        return peers[run] != NOBODY;
    }

    /** The table with fingers {@code first} to {@code last}, both included, set to the peer. */
    public FingerTable with(int first, int last, Peer peer) {
        int run = runOf(first);
        if (run >= 0 && runOf(last) == run && peers[run].equals(peer)) {
            return this;
        }
        Runs runs = new Runs(firsts.length + 2);
        for (int i = 0; i < firsts.length && firsts[i] < first; i++) {
            runs.add(firsts[i], peers[i]);
        }
        runs.add(first, peer);
        runs.add(last + 1, finger(last + 1).orElse(NOBODY));
        for (int i = 0; i < firsts.length; i++) {
            if (firsts[i] > last + 1) {
                runs.add(firsts[i], peers[i]);
            }
        }
        return runs.table();
    }

    /** The table without a peer that proved dead. */
    public FingerTable without(Identifier id) {
        boolean named = false;
        for (int i = 0; i < peers.length; i++) {
            named |= isPeer(i, id);
        }
        if (!named) {
            return this;
        }
        Runs runs = new Runs(firsts.length);
        for (int i = 0; i < firsts.length; i++) {
            runs.add(firsts[i], isPeer(i, id) ? NOBODY : peers[i]);
        }
        return runs.table();
    }

    private boolean isPeer(int run, Identifier id) {
        return isKnown(run) && peers[run].id().equals(id);
    }

    /** The distinct peers, by rising finger index. */
    public List<Peer> peers() {
        LinkedHashSet<Peer> distinct = new LinkedHashSet<>();
        for (int i = 0; i < peers.length; i++) {
            peer(i).ifPresent(distinct::add);
        }
        return List.copyOf(distinct);
    }

    /** First index of each run of equal fingers, with its peer. */
    public NavigableMap<Integer, Peer> runs() {
        TreeMap<Integer, Peer> known = new TreeMap<>();
        for (int i = 0; i < peers.length; i++) {
            int first = firsts[i];
            peer(i).ifPresent(p -> known.put(first, p));
        }
        return known;
    }

    int runCount() {
        return peers.length;
    }

    /**
     * Whether the fingers come in circle order from self, the last one farthest, and none twice: so they do
     * in a ring at rest.
     */
    boolean inOrder(Identifier self) {
        if (orderedFrom != self) {
            Identifier last = self;
            for (int i = 0; i < peers.length; i++) {
                if (isKnown(i)) {
                    if (!Arc.strictlyBetween(last, peers[i].id(), self)) {
                        return false;
                    }
                    last = peers[i].id();
                }
            }
            orderedFrom = self;
        }
        return true;
    }

    /** Runs in the making: neighbours that are equal become one. */
    private static final class Runs {
        private final int[] firsts;
        private final Peer[] peers;
        private int size;

        Runs(int capacity) {
            firsts = new int[capacity];
            peers = new Peer[capacity];
        }

        void add(int first, Peer peer) {
            boolean same = size == 0 ? peer == NOBODY : peers[size - 1].equals(peer);
            if (!same) {
                firsts[size] = first;
                peers[size] = peer;
                size++;
            }
        }

        FingerTable table() {
            return new FingerTable(Arrays.copyOf(firsts, size), Arrays.copyOf(peers, size));
        }
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof FingerTable other
                && Arrays.equals(firsts, other.firsts)
                && Arrays.equals(peers, other.peers);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(firsts) + Arrays.hashCode(peers);
    }

    @Override
    public String toString() {
        return runs().toString();
    }
}
