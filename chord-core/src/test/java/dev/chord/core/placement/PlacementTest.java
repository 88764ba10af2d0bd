package dev.chord.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Example;
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

    @Property
    void ofEqualWeightTheOrderOfTheRingDecides(
            @ForAll @Size(min = 1, max = 12) List<@IntRange(max = 8) Integer> processes,
            @ForAll @IntRange(min = 1, max = 5) int copies,
            @ForAll @IntRange(min = 1, max = 1000) int weight) {
        List<Peer> chain =
                chain(processes).stream().map(p -> withWeight(p, weight)).toList();
        assertThat(Placement.spread(chain, copies)).isEqualTo(Placement.holders(chain, copies));
    }

    @Example
    void whoHasHalfTheWeightKeepsHalfAsMuch() {
        // eight processes after each other, of which every other one has half the room; owners all round
        // the ring
        Map<Integer, Integer> kept = new TreeMap<>();
        for (int owner = 0; owner < 4000; owner++) {
            List<Peer> chain = new ArrayList<>();
            chain.add(peer(1_000_000 + owner, 2));
            for (int i = 0; i < 8; i++) {
                chain.add(peer((owner + i) % 8, (owner + i) % 2 == 0 ? 2 : 1));
            }
            List<Peer> holders = Placement.spread(chain, 3);
            assertThat(holders).hasSize(3).doesNotHaveDuplicates();
            assertThat(holders.get(0)).isEqualTo(chain.get(0));
            assertThat(Placement.spread(chain, 9)).as("nobody is left out").hasSize(9);
            holders.subList(1, 3).forEach(p -> kept.merge((int) p.id().lowBits() % 2, 1, Integer::sum));
        }
        assertThat(kept.get(1) / (double) kept.get(0)).isBetween(0.4, 0.6);
    }

    @Example
    void zonesComeBeforeWeights() {
        Peer owner = new Peer(Identifier.of(1), new Endpoint("a", 1), "one", Identifier.of(1), 1, 100);
        Peer heavy = new Peer(Identifier.of(2), new Endpoint("b", 1), "one", Identifier.of(2), 1, 100);
        Peer light = new Peer(Identifier.of(3), new Endpoint("c", 1), "two", Identifier.of(3), 1, 1);
        assertThat(Placement.spread(List.of(owner, heavy, light), 2)).containsExactly(owner, light);
    }

    private static Peer peer(int number, long weight) {
        Identifier id = Identifier.of(number);
        return new Peer(id, new Endpoint("h" + number, 1), "z", id, 1, weight);
    }

    private static Peer withWeight(Peer peer, long weight) {
        return new Peer(peer.id(), peer.endpoint(), peer.zone(), peer.process(), peer.incarnation(), weight);
    }
}
