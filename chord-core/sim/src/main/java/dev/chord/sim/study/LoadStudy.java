package dev.chord.sim.study;

import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How evenly keys fall to processes (ToN 2003, figures 8 and 9): placed by {@link Placement} as a ring
 * places them.
 */
public final class LoadStudy {
    private LoadStudy() {}

    /** @param keys of each process, as owner */
    public record Load(Distribution keys) {
        /** A percentile as a multiple of the mean. */
        public double share(double percent) {
            return keys.percentile(percent) / keys.mean();
        }
    }

    /** @param vnodes members of each process */
    public static Load of(int processes, int vnodes, int keys) {
        SplittableRandom random = new SplittableRandom(processes * 31L + vnodes);
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            Identifier process = StaticRing.randomIdentifier(random);
            for (int v = 0; v < vnodes; v++) {
                Identifier id = v == 0 ? process : StaticRing.randomIdentifier(random);
                peers.add(new Peer(id, new Endpoint("n" + i, 1), "z", process, 1));
            }
        }
        RingOracle oracle = new RingOracle(peers, RingSettings.DEFAULT);
        Map<Identifier, Integer> counts = new HashMap<>();
        peers.forEach(p -> counts.put(p.process(), 0));
        for (int k = 0; k < keys; k++) {
            Peer owner = oracle.successor(StaticRing.randomIdentifier(random));
            Peer holder = Placement.holders(List.of(owner), 1).get(0);
            counts.merge(holder.process(), 1, Integer::sum);
        }
        Distribution load = new Distribution();
        counts.values().forEach(load::add);
        return new Load(load);
    }
}
