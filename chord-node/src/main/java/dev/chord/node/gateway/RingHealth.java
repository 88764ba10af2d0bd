package dev.chord.node.gateway;

import dev.chord.client.Topology;
import dev.chord.core.message.Phase;
import dev.chord.core.ring.RingSettings;
import dev.chord.sim.RingInvariants;
import java.util.ArrayList;
import java.util.List;

/** Whether a ring is as it should be. */
public final class RingHealth {
    private RingHealth() {}

    /** What keeps it from being so, by invariant; a ring that has just changed heals within seconds. */
    public static List<String> findings(List<Topology.Member> members, RingSettings settings) {
        List<String> found = new ArrayList<>();
        List<RingInvariants.Snapshot> snapshots = new ArrayList<>();
        for (Topology.Member member : members) {
            if (member.view().filter(at -> at.phase() == Phase.MEMBER).isPresent()) {
                snapshots.add(RingInvariants.Snapshot.of(member.view().get()));
            } else {
                found.add("EveryMemberUp: " + member.peer() + " is " + Views.state(member) + " " + member.trouble());
            }
        }
        RingInvariants.safety(snapshots).forEach(v -> found.add(v.toString()));
        RingInvariants.ideal(snapshots, settings).forEach(v -> found.add(v.toString()));
        return found;
    }
}
