package dev.chord.core.check;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.FingerTable;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.PeerSet;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import dev.chord.core.ring.Roster;
import dev.chord.core.ring.SuccessorList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The ideal ring of a set of members: what every member's view should come to be. */
public final class RingOracle {
    private final NavigableMap<Identifier, Peer> members = new TreeMap<>();
    private final RingSettings settings;
    private final PeerSet everyone; // one for all

    public RingOracle(Collection<Peer> peers, RingSettings settings) {
        peers.forEach(p -> members.put(p.id(), p));
        this.settings = settings;
        this.everyone = settings.oneHop() ? PeerSet.of(members.values()) : PeerSet.empty();
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
        return successorList(id).entries();
    }

    private SuccessorList successorList(Identifier id) {
        List<Peer> order = new ArrayList<>();
        Set<Identifier> processes = new TreeSet<>();
        Identifier at = id;
        while (processes.size() < settings.successors() && order.size() < members.size() - 1) {
            var entry = members.higherEntry(at);
            Peer next = (entry != null ? entry : members.firstEntry()).getValue();
            order.add(next);
            processes.add(next.process());
            at = next.id();
        }
        return SuccessorList.empty(id, settings.successors()).rebuilt(order);
    }

    /** What a member of the ideal ring sees, all fingers known. */
    public RingView view(Peer member) {
        int count = settings.circle().fingers();
        FingerTable fingers = FingerTable.empty();
        int i = 0;
        while (i < count && members.size() > 1) {
            Peer finger = successor(settings.circle().fingerStart(member.id(), i));
            if (finger.sameMember(member)) {
                break; // nobody between here and the end of the circle
            }
            Arc reach = new Arc(member.id(), finger.id());
            int last = i;
            while (last + 1 < count && reach.contains(settings.circle().fingerStart(member.id(), last + 1))) {
                last++;
            }
            fingers = fingers.with(i, last, finger);
            i = last + 1;
        }
        Optional<Peer> predecessor = members.size() > 1 ? Optional.of(predecessor(member.id())) : Optional.empty();
        RingView view = new RingView(member, predecessor, successorList(member.id()), fingers);
        return settings.oneHop() ? view.withRoster(new Roster(everyone, true, member.id())) : view;
    }

    /** The settled state of a member of the ideal ring. */
    public NodeState state(Peer member) {
        return NodeState.settled(settings, view(member));
    }
}
