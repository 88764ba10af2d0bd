package dev.chord.core.ring;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The next members clockwise, nearest first (ToN 2003, section IV-E.3).
 *
 * <p>Well formed at all times: no self, no repeats, entries in circle order. It is as long as it takes to
 * name r distinct processes. A list is only ever cut, never thinned: taking a live member out of the middle
 * makes a pair of neighbours that skips it, and can cost the ring one of the members its correctness stands
 * on (Zave's principals).
 */
public final class SuccessorList {
    private final Identifier self;
    private final int length;
    private final List<Peer> entries;
    private final Optional<Peer> head;
    private final int processes;

    private SuccessorList(Identifier self, int length, List<Peer> entries) {
        this.self = self;
        this.length = length;
        this.entries = entries;
        this.head = entries.isEmpty() ? Optional.empty() : Optional.of(entries.get(0));
        this.processes = distinctProcesses(entries);
    }

    private static int distinctProcesses(List<Peer> peers) {
        int count = 0;
        for (int i = 0; i < peers.size(); i++) {
            count += seenBefore(peers, i) ? 0 : 1;
        }
        return count;
    }

    // Lists are short: looking back is faster than any set.
    private static boolean seenBefore(List<Peer> peers, int index) {
        for (int i = 0; i < index; i++) {
            if (peers.get(i).process().equals(peers.get(index).process())) {
                return true;
            }
        }
        return false;
    }

    /** The list of a member that knows nobody. */
    public static SuccessorList empty(Identifier self, int length) {
        return new SuccessorList(self, length, List.of());
    }

    /**
     * The longest well-formed beginning of the candidates: cut at self, at the first repeat, at the first
     * entry out of circle order, and once r distinct processes are named.
     */
    public SuccessorList rebuilt(List<Peer> candidates) {
        int kept = 0;
        int named = 0;
        Identifier last = self;
        // strictly between the last entry and self: that one test refuses self, repeats and disorder
        while (kept < candidates.size()
                && named < length
                && Arc.strictlyBetween(last, candidates.get(kept).id(), self)) {
            named += seenBefore(candidates, kept) ? 0 : 1;
            last = candidates.get(kept).id();
            kept++;
        }
        List<Peer> list = candidates.subList(0, kept);
        return list.equals(entries) ? this : new SuccessorList(self, length, List.copyOf(list));
    }

    /**
     * The list of a member whose head just answered: the head, then the head's own list (never an old tail).
     */
    public SuccessorList adopting(Peer head, List<Peer> headsList) {
        if (isWhatComesOf(head, headsList)) {
            return this;
        }
        List<Peer> joined = new ArrayList<>(headsList.size() + 1);
        joined.add(head);
        joined.addAll(headsList);
        return rebuilt(joined);
    }

    // Nearly always, in a ring at rest: told by references, without a look at the peers.
    private boolean isWhatComesOf(Peer head, List<Peer> headsList) {
        int size = entries.size();
        boolean full = processes == length ? size <= headsList.size() + 1 : size == headsList.size() + 1;
        if (size == 0 || !full || entries.get(0) != head) {
            return false;
        }
        for (int i = 1; i < size; i++) {
            if (entries.get(i) != headsList.get(i - 1)) {
                return false;
            }
        }
        return true;
    }

    /** The list without its (dead) head. */
    public SuccessorList withoutHead() {
        return new SuccessorList(self, length, entries.subList(1, entries.size()));
    }

    public Optional<Peer> head() {
        return head;
    }

    public boolean isEmpty() {
        return head.isEmpty();
    }

    /** Nearest first; unmodifiable. */
    public List<Peer> entries() {
        return entries;
    }

    /** Distinct processes named. */
    public int processes() {
        return processes;
    }

    /** Whether the list had to stop for lack of members: then it names the whole ring but self. */
    public boolean namesWholeRing() {
        return processes < length;
    }

    /** Whether the member is named, in any incarnation. */
    public boolean names(Identifier id) {
        for (Peer peer : entries) {
            if (peer.id().equals(id)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object o) {
        return this == o
                || o instanceof SuccessorList other && self.equals(other.self) && entries.equals(other.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }

    @Override
    public String toString() {
        return entries.toString();
    }
}
