package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.placement.Placement;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Rules that the papers state, on the papers' own rings: the 3-bit ring of nodes 0, 1 and 3 (SIGCOMM 2001,
 * figures 2, 3 and 5), and the 6-bit ring of ten nodes (ToN 2003, figures 2 to 5).
 */
class ChordPaperTest {
    private static final long SECOND = Simulation.SECOND;
    private static final long[] TON = {1, 8, 14, 21, 32, 38, 42, 48, 51, 56};

    private static Peer peer(long id) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 7450), "z", Identifier.of(id), 1);
    }

    private static RingSettings settings(int bits) {
        return new RingSettings(new IdentifierCircle(bits), 2, 2, 2, 1);
    }

    private static RingOracle oracle(int bits, long... ids) {
        return new RingOracle(Arrays.stream(ids).mapToObj(ChordPaperTest::peer).toList(), settings(bits));
    }

    private static SimulatedRing ring(int bits, long... ids) {
        SimulationSettings world = new SimulationSettings(
                settings(bits),
                SimulationSettings.SimulatedTimers.every(SECOND / 4, SECOND / 2),
                SimulatedNetwork.Quality.perfect(Delay.fixed(1000)),
                true,
                Delay.fixed(0));
        SimulatedRing ring = new SimulatedRing(world, 1);
        List<SimulatedRing.Host> hosts = new ArrayList<>();
        for (long id : ids) {
            hosts.add(SimulatedRing.Host.of((int) id, Identifier.of(id)));
        }
        ring.startIdeal(hosts);
        return ring;
    }

    private static List<Long> fingers(RingOracle oracle, long node, int bits) {
        List<Long> found = new ArrayList<>();
        for (int i = 0; i < bits; i++) {
            Optional<Peer> finger = oracle.view(peer(node)).fingers().finger(i);
            found.add(
                    finger.map(p -> Long.parseLong(p.id().toString())).orElse(node)); // unknown: nobody before oneself
        }
        return found;
    }

    private static Lookup.Result lookup(SimulatedRing ring, long from, long key) {
        List<Lookup.Result> results = new ArrayList<>();
        SimulatedProcess asker =
                ring.process(SimulatedRing.Host.of((int) from).endpoint()).orElseThrow();
        asker.command(Identifier.of(from), new Command.FindSuccessor(Identifier.of(key)), outcome -> {
            if (outcome instanceof Outcome.LookedUp up) {
                results.add(up.result());
            }
        });
        ring.simulation().runUntil(ring.simulation().now() + 5 * SECOND);
        return results.get(0);
    }

    /** SIGCOMM 4.2: "Key k is assigned to the first node whose identifier is equal to or follows k." */
    @Test
    void keysFallToTheFirstNodeAtOrAfterThem() {
        RingOracle oracle = oracle(3, 0, 1, 3);
        assertThat(oracle.successor(Identifier.of(1))).isEqualTo(peer(1));
        assertThat(oracle.successor(Identifier.of(2))).isEqualTo(peer(3));
        assertThat(oracle.successor(Identifier.of(6))).isEqualTo(peer(0));
    }

    /** SIGCOMM 4.3: finger i of n is "the first node that succeeds n by at least 2^(i-1)"; figure 3b. */
    @Test
    void fingerTablesOfTheThreeBitRing() {
        RingOracle oracle = oracle(3, 0, 1, 3);
        assertThat(fingers(oracle, 0, 3)).containsExactly(1L, 3L, 0L);
        assertThat(fingers(oracle, 1, 3)).containsExactly(3L, 3L, 0L);
        assertThat(fingers(oracle, 3, 3)).containsExactly(0L, 0L, 0L);
    }

    /** SIGCOMM, figure 5a: what node 6 has and changes when it joins. */
    @Test
    void fingerTablesAfterNodeSixJoined() {
        RingOracle oracle = oracle(3, 0, 1, 3, 6);
        assertThat(fingers(oracle, 6, 3)).containsExactly(0L, 0L, 3L);
        assertThat(fingers(oracle, 0, 3)).containsExactly(1L, 3L, 6L);
        assertThat(fingers(oracle, 1, 3)).containsExactly(3L, 3L, 6L);
        assertThat(fingers(oracle, 3, 3)).containsExactly(6L, 6L, 0L);
    }

    /**
     * SIGCOMM 4.2: "when a node n joins, certain keys previously assigned to n's successor now become
     * assigned to n".
     */
    @Test
    void aJoinerTakesKeysFromItsSuccessorAlone() {
        SimulatedRing ring = ring(3, 0, 1, 3);
        ring.join(SimulatedRing.Host.of(6, Identifier.of(6)), List.of(peer(1).endpoint()));
        ring.simulation().runUntil(20 * SECOND);
        assertThat(ring.notIdeal()).isEmpty();
        assertThat(owned(ring, 6)).isEqualTo(new Arc(Identifier.of(3), Identifier.of(6)));
        assertThat(owned(ring, 0)).isEqualTo(new Arc(Identifier.of(6), Identifier.of(0)));
        assertThat(owned(ring, 1)).isEqualTo(new Arc(Identifier.of(0), Identifier.of(1)));
        assertThat(owned(ring, 3)).isEqualTo(new Arc(Identifier.of(1), Identifier.of(3)));
    }

    /**
     * SIGCOMM 4.2: "When node n leaves the network, all of its assigned keys are reassigned to
     * n's successor."
     */
    @Test
    void aLeaversKeysGoToItsSuccessor() {
        SimulatedRing ring = ring(3, 0, 1, 3, 6);
        ring.leave(peer(1).endpoint());
        ring.simulation().runUntil(20 * SECOND);
        assertThat(ring.notIdeal()).isEmpty();
        assertThat(owned(ring, 3)).isEqualTo(new Arc(Identifier.of(0), Identifier.of(3)));
    }

    private static Arc owned(SimulatedRing ring, long id) {
        return ring.members().stream()
                .filter(s -> s.self().id().equals(Identifier.of(id)))
                .map(NodeState::ownership)
                .flatMap(o -> o.settled().stream())
                .findFirst()
                .orElseThrow();
    }

    /** ToN IV-D, figure 4: the finger table of N8. */
    @Test
    void theFingersOfNodeEight() {
        assertThat(fingers(oracle(6, TON), 8, 6)).containsExactly(14L, 14L, 14L, 21L, 32L, 42L);
    }

    /** ToN IV-D, figure 4b: N8 looks up key 54 by way of N42 and N51, and finds N56. */
    @Test
    void nodeEightFindsKeyFiftyFour() {
        Lookup.Result result = lookup(ring(6, TON), 8, 54);
        assertThat(result.owner()).map(Peer::id).contains(Identifier.of(56));
        assertThat(result.predecessor()).map(Peer::id).contains(Identifier.of(51));
        assertThat(result.route().stream().map(h -> h.peer().id().toString())).containsExactly("8", "42", "51");
    }

    /** ToN IV-B, figure 2: K10 is at N14, K24 and K30 at N32, K38 at N38, K54 at N56. */
    @Test
    void keysOfTheSixBitRing() {
        SimulatedRing ring = ring(6, TON);
        assertThat(lookup(ring, 1, 10).owner()).map(Peer::id).contains(Identifier.of(14));
        assertThat(lookup(ring, 1, 24).owner()).map(Peer::id).contains(Identifier.of(32));
        assertThat(lookup(ring, 1, 30).owner()).map(Peer::id).contains(Identifier.of(32));
        assertThat(lookup(ring, 1, 38).owner()).map(Peer::id).contains(Identifier.of(38));
        assertThat(lookup(ring, 1, 54).owner()).map(Peer::id).contains(Identifier.of(56));
    }

    /** ToN IV-E.1, figure 6: N26 joins between N21 and N32, and takes K24 over. */
    @Test
    void nodeTwentySixJoins() {
        SimulatedRing ring = ring(6, 21, 32, 48);
        ring.join(SimulatedRing.Host.of(26, Identifier.of(26)), List.of(peer(48).endpoint()));
        ring.simulation().runUntil(20 * SECOND);
        assertThat(ring.notIdeal()).isEmpty();
        assertThat(owned(ring, 26).contains(Identifier.of(24))).isTrue();
        assertThat(owned(ring, 32).contains(Identifier.of(30))).isTrue();
        assertThat(owned(ring, 32).contains(Identifier.of(24))).isFalse();
    }

    /**
     * ToN IV-E.3: "each Chord node maintains a successor list of size r": when the successor fails the next
     * one takes over.
     */
    @Test
    void theNextEntryReplacesAFailedSuccessor() {
        SimulatedRing ring = ring(6, TON);
        ring.crash(peer(42).endpoint());
        ring.simulation().runUntil(20 * SECOND);
        NodeState before = ring.members().stream()
                .filter(s -> s.self().id().equals(Identifier.of(38)))
                .findFirst()
                .orElseThrow();
        assertThat(before.view().successors().head()).map(Peer::id).contains(Identifier.of(48));
        assertThat(lookup(ring, 8, 40).owner()).map(Peer::id).contains(Identifier.of(48));
    }

    /** ToN IV-E.3: replicas of a key are "at the k nodes succeeding the key". */
    @Test
    void replicasAreOnTheNodesAfterTheKey() {
        List<Peer> chain = List.of(peer(14), peer(21), peer(32), peer(38));
        assertThat(Placement.holders(chain, 3)).containsExactly(peer(14), peer(21), peer(32));
    }
}
