package dev.chord.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Who should hold a key. */
class PlacementTest {
    private static List<Peer> chain(List<Integer> processes) {
        List<Peer> chain = new ArrayList<>();
        for (int i = 0; i < processes.size(); i++) {
            Identifier process = Identifier.of(1000 + processes.get(i));
            chain.add(new Peer(Identifier.of(i), new Endpoint("h" + processes.get(i), 1), "z", process, 1));
        }
        return chain;
    }

    @Property
    void holdersAreTheFirstMembersOfDistinctProcesses(
            @ForAll @Size(max = 12) List<@IntRange(max = 5) Integer> processes,
            @ForAll @IntRange(min = 1, max = 5) int replicas) {
        List<Peer> chain = chain(processes);
        List<Peer> holders = Placement.holders(chain, replicas);
        long distinct = processes.stream().distinct().count();
        assertThat(holders).hasSize((int) Math.min(replicas, distinct));
        assertThat(holders.stream().map(Peer::process)).doesNotHaveDuplicates();
        if (!chain.isEmpty()) {
            assertThat(holders.get(0)).as("the owner").isEqualTo(chain.get(0));
        }
        for (Peer peer : chain) {
            boolean earlier = chain.subList(0, chain.indexOf(peer)).stream()
                    .noneMatch(p -> p.process().equals(peer.process()));
            long before = chain.subList(0, chain.indexOf(peer)).stream()
                    .map(Peer::process)
                    .distinct()
                    .count();
            assertThat(holders.contains(peer)).isEqualTo(earlier && before < replicas);
            assertThat(Placement.isHolder(peer.process(), holders))
                    .isEqualTo(holders.stream().anyMatch(h -> h.process().equals(peer.process())));
        }
    }
}
