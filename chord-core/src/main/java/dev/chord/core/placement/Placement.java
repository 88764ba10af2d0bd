package dev.chord.core.placement;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

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
     * The members that should hold a block: the key's owner, then those that share the least with who is chosen already. A
     * member of another zone comes before one of another host, and that one before another process; among equals the order of
     * the ring decides. Records stay with {@link #holders}: who takes an arc over must know whom to ask.
     *
     * @param chain the key's owner and the members after it, in ring order
     * @return at most {@code copies} members of distinct processes, the owner first
     */
    public static List<Peer> spread(List<Peer> chain, int copies) {
        List<Peer> candidates = holders(chain, chain.size());
        List<Peer> chosen = new ArrayList<>();
        Set<String> zones = new TreeSet<>();
        Set<String> hosts = new TreeSet<>();
        List<Predicate<Peer>> wishes = List.of(
                peer -> !zones.contains(peer.zone()),
                peer -> !hosts.contains(peer.endpoint().host()),
                peer -> true);
        for (Predicate<Peer> wish : wishes) {
            for (Peer peer : candidates) {
                if (chosen.size() < copies && !chosen.contains(peer) && wish.test(peer)) {
                    chosen.add(peer);
                    zones.add(peer.zone());
                    hosts.add(peer.endpoint().host());
                }
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
