package dev.chord.core.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** A set of peers against a sorted map. */
class PeerSetTest {
    private static Peer peer(int id, int incarnation) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(id), incarnation);
    }

    private static void expectSame(PeerSet set, TreeMap<Identifier, Peer> map, int ids) {
        assertThat(set.size()).isEqualTo(map.size());
        List<Peer> inOrder = new ArrayList<>();
        for (int i = 0; i < set.size(); i++) {
            inOrder.add(set.get(i));
        }
        assertThat(inOrder).isEqualTo(List.copyOf(map.values()));
        for (int i = 0; i < ids; i += 7) {
            Identifier id = Identifier.of(i);
            assertThat(set.rank(id)).isEqualTo(map.headMap(id).size());
            assertThat(set.contains(id)).isEqualTo(map.containsKey(id));
        }
    }

    @Property(tries = 200)
    void itHoldsWhatASortedMapHolds(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int ids = 1 + random.nextInt(2_000);
        boolean growing = random.nextBoolean();
        TreeMap<Identifier, Peer> map = new TreeMap<>();
        PeerSet set = PeerSet.empty();
        for (int i = 0; i < 1_000; i++) {
            Peer peer = peer(random.nextInt(ids), random.nextInt(3));
            PeerSet before = set;
            int size = before.size();
            if (random.nextInt(growing ? 4 : 2) > 0) {
                set = set.with(peer);
                map.merge(peer.id(), peer, (old, next) -> next.supersedes(old) ? next : old);
            } else {
                set = set.without(peer.id());
                map.remove(peer.id());
            }
            assertThat(before.size()).as("the old one stays as it was").isEqualTo(size);
        }
        expectSame(set, map, ids);
        assertThat(PeerSet.of(map.values())).isEqualTo(set).hasSameHashCodeAs(set);
    }

    @Test
    void whatChangesNothingMakesNothingNew() {
        PeerSet set = PeerSet.of(List.of(peer(5, 1), peer(3, 1)));
        assertThat(set.with(peer(5, 1))).isSameAs(set);
        assertThat(set.with(peer(5, 0))).isSameAs(set);
        assertThat(set.without(Identifier.of(4))).isSameAs(set);
        assertThat(set.with(peer(5, 2))).isNotEqualTo(set);
    }
}
