package dev.chord.node.gateway;

import dev.chord.client.Holders;
import dev.chord.client.Topology;
import dev.chord.core.check.RingInvariants;
import dev.chord.core.message.Phase;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Whether a ring is as it should be. */
public final class RingHealth {
    private RingHealth() {}

    /** What keeps it from being so, by invariant; a ring that has just changed heals within seconds. */
    public static List<String> findings(
            List<Topology.Member> members, List<Holders.Refused> refused, RingSettings settings) {
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
        refused.forEach(arc -> found.add("NamesServed: " + tell(arc)));
        return found;
    }

    private static String tell(Holders.Refused refused) {
        String what = String.format(
                Locale.ROOT,
                "%s refuses the names in %s, %.2f %% of the ring: ",
                refused.owner(),
                refused.arc(),
                100 * refused.arc().share());
        if (refused.missing().isEmpty()) {
            return what + "its holders are being agreed on, or nobody in reach knows who they were";
        }
        return what + "too few of those who kept them answer; it waits for "
                + refused.missing().stream()
                        .map(peer -> peer.endpoint() + " (process "
                                + peer.process().toHex().substring(0, 16) + ")")
                        .collect(Collectors.joining(", "));
    }
}
