package dev.chord.core.placement;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Who should hold a key, and what a holder owes when that changes. */
public final class Placement {
    private Placement() {}

    /**
     * The members that should hold a key: walking clockwise from its owner, the first of each process until
     * there are {@code replicas} processes. Two members of one process die together, so they count once.
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
     * The members that should hold a block: the key's owner, then those that share the least with who is
     * chosen already. A member of another zone comes before one of another host, and that one before another
     * process. Among equals the order of the ring decides, but one of a process that has less weight than the
     * heaviest in the chain is passed over by so many owners as it has less, and comes after the others. All
     * this follows from the chain alone: so everybody comes to the same. Records stay with {@link #holders}:
     * who takes an arc over must know whom to ask.
     *
     * @param chain the key's owner and the members after it, in ring order
     * @return at most {@code copies} members of distinct processes, the owner first
     */
    public static List<Peer> spread(List<Peer> chain, int copies) {
        List<Peer> candidates = byWeight(holders(chain, chain.size()));
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

    // The owner stays first: it is asked first.
    private static List<Peer> byWeight(List<Peer> chain) {
        long heaviest = chain.stream().mapToLong(Peer::weight).max().orElse(1);
        if (chain.stream().allMatch(peer -> peer.weight() == heaviest)) {
            return chain;
        }
        Peer owner = chain.get(0);
        List<Peer> order = new ArrayList<>();
        List<Peer> passedOver = new ArrayList<>();
        for (Peer peer : chain) {
            boolean taken = peer.equals(owner) || share(owner.process(), peer.process()) * heaviest < peer.weight();
            (taken ? order : passedOver).add(peer);
        }
        order.addAll(passedOver);
        return order;
    }

    // From 0 up to 1, evenly over all pairs.
    private static double share(Identifier owner, Identifier process) {
        byte[] both = Arrays.copyOf(owner.toBytes(), 2 * Identifier.BYTES);
        System.arraycopy(process.toBytes(), 0, both, Identifier.BYTES, Identifier.BYTES);
        return (Identifier.sha256(both).lowBits() >>> 11) * 0x1p-53;
    }

    /**
     * Whether a process should have a copy. One that should sees to it that all other holders have theirs;
     * one that should not gives the key to all of them, and drops it once every one has confirmed.
     */
    public static boolean isHolder(Identifier process, List<Peer> holders) {
        return holders.stream().anyMatch(p -> p.process().equals(process));
    }
}
