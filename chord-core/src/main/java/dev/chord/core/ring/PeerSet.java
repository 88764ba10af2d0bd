package dev.chord.core.ring;

import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Many peers in the order of their identifiers, as a value: changing it makes a new one, which shares most of
 * its memory with the old one. One member of an identifier at most, of several lives the latest.
 */
public final class PeerSet {
    // Two levels of about 100 are 10,000 peers; a change copies one of each.
    private static final int MOST = 128;
    private static final PeerSet EMPTY = new PeerSet(new Peer[0][], new int[0], 0);

    // none of them empty
    private final Peer[][] chunks;
    // how many peers come before each chunk
    private final int[] firsts;
    private final int size;

    private PeerSet(Peer[][] chunks, int[] firsts, int size) {
        this.chunks = chunks;
        this.firsts = firsts;
        this.size = size;
    }

    public static PeerSet empty() {
        return EMPTY;
    }

    /** Of peers in any order. */
    public static PeerSet of(Iterable<Peer> peers) {
        List<Peer> sorted = new ArrayList<>();
        peers.forEach(sorted::add);
        sorted.sort((a, b) -> a.id().compareTo(b.id()));
        List<Peer[]> chunks = new ArrayList<>();
        for (int from = 0; from < sorted.size(); from += MOST / 2) {
            chunks.add(sorted.subList(from, Math.min(sorted.size(), from + MOST / 2))
                    .toArray(new Peer[0]));
        }
        return of(chunks.toArray(new Peer[0][]));
    }

    private static PeerSet of(Peer[][] chunks) {
        int[] firsts = new int[chunks.length];
        int size = 0;
        for (int i = 0; i < chunks.length; i++) {
            firsts[i] = size;
            size += chunks[i].length;
        }
        return new PeerSet(chunks, firsts, size);
    }

    public int size() {
        return size;
    }

    /** The peer that has so many others before it. */
    public Peer get(int rank) {
        int found = Arrays.binarySearch(firsts, rank);
        int chunk = found >= 0 ? found : -found - 2;
        return chunks[chunk][rank - firsts[chunk]];
    }

    /** How many peers have a smaller identifier. */
    public int rank(Identifier id) {
        if (size == 0) {
            return 0;
        }
        int chunk = chunkOf(id);
        return firsts[chunk] + placeIn(chunks[chunk], id);
    }

    public boolean contains(Identifier id) {
        int rank = rank(id);
        return rank < size && get(rank).id().equals(id);
    }

    /** With this peer; the same if it, or a later life of it, is there already. */
    public PeerSet with(Peer peer) {
        if (size == 0) {
            return of(new Peer[][] {{peer}});
        }
        int at = chunkOf(peer.id());
        Peer[] chunk = chunks[at];
        int place = placeIn(chunk, peer.id());
        if (place < chunk.length && chunk[place].sameMember(peer)) {
            if (!peer.supersedes(chunk[place])) {
                return this;
            }
            Peer[] changed = chunk.clone();
            changed[place] = peer;
            return replaced(at, changed);
        }
        Peer[] longer = new Peer[chunk.length + 1];
        System.arraycopy(chunk, 0, longer, 0, place);
        longer[place] = peer;
        System.arraycopy(chunk, place, longer, place + 1, chunk.length - place);
        int half = longer.length / 2;
        return longer.length <= MOST
                ? replaced(at, longer)
                : replaced(at, Arrays.copyOf(longer, half), Arrays.copyOfRange(longer, half, longer.length));
    }

    /** Without the peer of this identifier, if there is one. */
    public PeerSet without(Identifier id) {
        if (!contains(id)) {
            return this;
        }
        int at = chunkOf(id);
        Peer[] chunk = chunks[at];
        if (chunk.length == 1) {
            return replaced(at);
        }
        int place = placeIn(chunk, id);
        Peer[] shorter = new Peer[chunk.length - 1];
        System.arraycopy(chunk, 0, shorter, 0, place);
        System.arraycopy(chunk, place + 1, shorter, place, shorter.length - place);
        return replaced(at, shorter);
    }

    private PeerSet replaced(int at, Peer[]... by) {
        Peer[][] next = new Peer[chunks.length - 1 + by.length][];
        System.arraycopy(chunks, 0, next, 0, at);
        System.arraycopy(by, 0, next, at, by.length);
        System.arraycopy(chunks, at + 1, next, at + by.length, chunks.length - at - 1);
        return of(next);
    }

    // The last chunk that begins at the identifier or before it; or the first one.
    private int chunkOf(Identifier id) {
        int low = 0;
        int high = chunks.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (chunks[middle][0].id().compareTo(id) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private static int placeIn(Peer[] chunk, Identifier id) {
        int low = 0;
        int high = chunk.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (chunk[middle].id().compareTo(id) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    @Override
    public boolean equals(Object o) {
        if (this == o) {
            return true;
        }
        if (!(o instanceof PeerSet other) || size != other.size) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (!get(i).equals(other.get(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (Peer[] chunk : chunks) {
            for (Peer peer : chunk) {
                hash = 31 * hash + peer.hashCode();
            }
        }
        return hash;
    }

    @Override
    public String toString() {
        return size + " peers";
    }
}
