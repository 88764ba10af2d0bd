package dev.chord.core.placement;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Who should hold a key, and what a holder owes when that changes. */
public final class Placement {
    private Placement() {}

    /**
     * The members that should hold a key: walking clockwise from its owner, the first of each process until there are
     * {@code replicas} processes. Two members of one process die together, so they count once.
     *
     * @param chain the key's owner and the members after it, in ring order
     * @return at most {@code replicas} members, the owner first
     */
    public static List<Peer> holders(List<Peer> chain, int replicas) {
        List<Peer> chosen = new ArrayList<>();
        Set<Identifier> processes = new TreeSet<>();
        for (Peer peer : chain) {
            if (chosen.size() < replicas && processes.add(peer.process())) {
                chosen.add(peer);
            }
        }
        return List.copyOf(chosen);
    }

    /**
     * Whether a process should have a copy. One that should sees to it that all other holders have theirs; one that should
     * not gives the key to all of them, and drops it once every one has confirmed.
     */
    public static boolean isHolder(Identifier process, List<Peer> holders) {
        return holders.stream().anyMatch(p -> p.process().equals(process));
    }
}
