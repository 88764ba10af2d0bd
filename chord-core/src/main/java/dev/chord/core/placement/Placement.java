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

    /** What a process that has a copy has to do about it. */
    public enum Duty {
        /** The key's owner: sees to it that every holder has the key. */
        SUPPLY_ALL,
        /** A holder that is not the owner: sees to it that the owner has the key. */
        SUPPLY_OWNER,
        /** No holder: gives the key to all holders, and drops it once every one of them has confirmed. */
        SUPPLY_ALL_THEN_DROP
    }

    /** The duty of a process towards a key it has a copy of, given the key's holders. */
    public static Duty duty(Identifier process, List<Peer> holders) {
        if (!holders.isEmpty() && holders.get(0).process().equals(process)) {
            return Duty.SUPPLY_ALL;
        }
        boolean holder = holders.stream().anyMatch(p -> p.process().equals(process));
        return holder ? Duty.SUPPLY_OWNER : Duty.SUPPLY_ALL_THEN_DROP;
    }
}
