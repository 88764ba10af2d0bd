package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.List;

/**
 * Who keeps the records of an arc, agreed on by those who kept them before (as the members of one
 * configuration choose the next in Lamport, Malkhi and Zhou, "Reconfiguring a State Machine", 2010). Whoever
 * speaks for the keys is the first of them.
 *
 * @param epoch larger than that of the tenure before
 * @param holders of distinct processes, the owner first
 */
public record Tenure(long epoch, List<Peer> holders) {
    /**
     * How many holders must have a write before it is acknowledged.
     *
     * @param quorum the ring's write quorum; fewer holders than that have to have it all
     */
    public int writes(int quorum) {
        return Math.min(quorum, holders.size());
    }

    /**
     * How many holders must promise to serve no older tenure before another can begin: so many that one of
     * them has each acknowledged write, and that no two can gather them at once.
     */
    public int promises(int quorum) {
        return promises(quorum, 0);
    }

    /**
     * The same of those that are left, where some have been given up. So many may have been that a write was
     * acknowledged which nobody else has; then it takes all that are left.
     */
    public int promises(int quorum, int givenUp) {
        int left = holders.size() - givenUp;
        int haveEachWrite = Math.min(left, left - (writes(quorum) - givenUp) + 1);
        return left == 0 ? 0 : Math.max(haveEachWrite, left / 2 + 1);
    }

    /**
     * How many holders, the owner counted, must still serve this tenure when a read ends: then no other
     * had begun.
     */
    public int witnesses(int quorum) {
        return holders.size() - promises(quorum) + 1;
    }

    /** Whether this process is one of the holders. */
    public boolean names(Identifier process) {
        return holders.stream().anyMatch(p -> p.process().equals(process));
    }
}
