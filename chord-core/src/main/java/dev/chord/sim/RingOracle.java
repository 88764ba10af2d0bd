package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.SuccessorList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The ideal ring of a set of members: what every member's view should come to be. */
public final class RingOracle {
    private final NavigableMap<Identifier, Peer> members = new TreeMap<>();
    private final RingSettings settings;

    public RingOracle(Collection<Peer> peers, RingSettings settings) {
        peers.forEach(p -> members.put(p.id(), p));
        this.settings = settings;
    }

    /** The owner of a key: the first member at or after it. */
    public Peer successor(Identifier key) {
        var entry = members.ceilingEntry(key);
        return (entry != null ? entry : members.firstEntry()).getValue();
    }

    /** The member before this one. */
    public Peer predecessor(Identifier id) {
        var entry = members.lowerEntry(id);
        return (entry != null ? entry : members.lastEntry()).getValue();
    }

    /** The full successor list of a member. */
    public List<Peer> successors(Identifier id) {
        List<Peer> order = new ArrayList<>(members.tailMap(id, false).values());
        order.addAll(members.headMap(id, false).values());
        return SuccessorList.empty(id, settings.successors()).rebuilt(order).entries();
    }

    public Collection<Peer> members() {
        return members.values();
    }
}
