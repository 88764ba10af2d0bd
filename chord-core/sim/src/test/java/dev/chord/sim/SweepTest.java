package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Sweep;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.FingerTable;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import dev.chord.sim.client.SimulatedClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * A search of the whole ring, driven as clients drive it, in simulated rings whose members die while they are
 * asked: what it says that it covered is what it really found, name by name.
 */
class SweepTest {
    private static final long MILLI = Simulation.MILLISECOND;
    private static final int WIDTH = 16;
    private static final int NAMES = 60;
    private static final SimulationSettings SETTINGS = new SimulationSettings(
            new RingSettings(IdentifierCircle.FULL, 8, 3, 2, 2),
            SimulationSettings.SimulatedTimers.every(Simulation.SECOND, 300 * MILLI),
            SimulatedNetwork.Quality.perfect(Delay.fixed(20 * MILLI)),
            false,
            Delay.fixed(2 * MILLI));

    @Provide
    static Arbitrary<Long> seeds() {
        return RingConvergenceTest.seeds();
    }

    /** A ring with names in it. */
    private static final class Bed {
        private final long seed;
        private final SimulatedRing ring;
        private final SplittableRandom random;
        private final Set<Identifier> names = new TreeSet<>();

        Bed(long seed, int nodes) {
            this.seed = seed;
            random = new SplittableRandom(seed);
            ring = new SimulatedRing(SETTINGS, seed);
            List<SimulatedRing.Host> hosts = new ArrayList<>();
            for (int i = 1; i <= nodes; i++) {
                hosts.add(SimulatedRing.Host.of(i, point()));
            }
            ring.startIdeal(hosts);
            run(2000);
            SimulatedClient client = new SimulatedClient(ring, new History());
            for (int i = 0; i < NAMES; i++) {
                client.write(anybody(), History.Kind.WRITE, new SimulatedClient.Assignment(point(), i + 1));
            }
            run(5000);
            names.addAll(client.acknowledged().keySet());
            assertThat(names).hasSize(NAMES);
        }

        Identifier point() {
            byte[] bytes = new byte[Identifier.BYTES];
            random.nextBytes(bytes);
            return Identifier.ofBytes(bytes);
        }

        SimulatedProcess anybody() {
            List<SimulatedProcess> all = List.copyOf(ring.processes());
            return all.get(random.nextInt(all.size()));
        }

        void run(long millis) {
            ring.simulation().runUntil(ring.simulation().now() + millis * MILLI);
        }

        /** Who answers for each name now. */
        Map<Identifier, Peer> owners() {
            Map<Identifier, Peer> owners = new TreeMap<>();
            for (NodeState state : ring.members()) {
                state.ownership()
                        .settled()
                        .ifPresent(arc ->
                                names.stream().filter(arc::contains).forEach(name -> owners.put(name, state.self())));
            }
            return owners;
        }

        String replay() {
            return Replay.of(SweepTest.class, seed);
        }
    }

    /** What a member says: whom it knows, which arc it answers for, and the names there. */
    private record Answer(List<Peer> known, Optional<Arc> arc, Set<Identifier> names) {}

    /** A search under way. */
    private static final class Search {
        private final Bed bed;
        private final SimulatedProcess asker;
        private final Sweep sweep;
        private final Map<Peer, Integer> asked = new HashMap<>();
        private final Set<Identifier> found = new TreeSet<>();

        Search(Bed bed, SimulatedProcess asker) {
            this.bed = bed;
            this.asker = asker;
            this.sweep = new Sweep(List.of(asker.first().self()));
        }

        void go() {
            for (Peer peer : sweep.next(WIDTH)) {
                asked.merge(peer, 1, Integer::sum);
                Call.once(asker, peer.endpoint(), asking(peer), 500 * MILLI);
            }
        }

        private Call.Exchange<Answer> asking(Peer peer) {
            return new Call.Exchange<>() {
                @Override
                public void serve(SimulatedProcess at, Call<Answer> call) {
                    Optional<NodeState> member = at.member(peer.id());
                    Optional<Arc> arc = member.flatMap(s -> s.ownership().settled());
                    Set<Identifier> names = new TreeSet<>();
                    at.store().all().keySet().stream()
                            .filter(name -> arc.map(a -> a.contains(name)).orElse(false))
                            .forEach(names::add);
                    call.answer(new Answer(member.map(s -> s.view().known()).orElse(List.of()), arc, names));
                }

                @Override
                public void answered(Answer answer) {
                    sweep.named(peer, answer.known());
                    sweep.answered(peer, answer.arc());
                    found.addAll(answer.names());
                    go();
                }

                @Override
                public void failed(Event.Failure failure) {
                    sweep.failed(peer, failure.detail());
                    go();
                }
            };
        }

        boolean covers(Identifier name) {
            return sweep.covered().stream().anyMatch(arc -> arc.contains(name));
        }

        Search toTheEnd() {
            go();
            for (int i = 0; i < 200 && !sweep.done(); i++) {
                bed.run(100);
            }
            assertThat(sweep.done()).as(bed.replay()).isTrue();
            return this;
        }
    }

    @Property(tries = 60)
    void whatItSaysItCoveredIsWhatItFound(
            @ForAll("seeds") long seed,
            @ForAll @IntRange(min = 3, max = 24) int nodes,
            @ForAll @IntRange(max = 4) int kills) {
        Bed bed = new Bed(seed, nodes);
        SimulatedProcess asker = bed.anybody();
        Map<Identifier, Peer> before = bed.owners();
        Search search = new Search(bed, asker);
        search.go();
        for (int i = 0; i < Math.min(kills, nodes - 2); i++) {
            Endpoint victim = bed.anybody().endpoint();
            if (!victim.equals(asker.endpoint())) {
                bed.ring.simulation().after(bed.random.nextInt(120) * MILLI, () -> bed.ring.crash(victim));
            }
        }
        search.toTheEnd();
        Map<Identifier, Peer> after = bed.owners();
        for (Identifier name : bed.names) {
            assertThat(search.found.contains(name))
                    .as("%s, %s", name, bed.replay())
                    .isEqualTo(search.covers(name));
            boolean sameOwner = before.containsKey(name) && before.get(name).equals(after.get(name));
            if (sameOwner) {
                assertThat(search.covers(name)).as("%s, %s", name, bed.replay()).isTrue();
            }
        }
    }

    @Test
    void successorListsAloneLeadToEverybody() {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            peers.add(TestRing.peer(20 * i + 3, 1));
        }
        RingOracle oracle = new RingOracle(peers, new RingSettings(new IdentifierCircle(8), 4, 3, 2, 2));
        Sweep sweep = new Sweep(List.of(peers.get(5)));
        while (!sweep.done()) {
            for (Peer peer : sweep.next(WIDTH)) {
                // as after a storm: fingers forgotten, predecessor gone
                RingView view = oracle.state(peer)
                        .view()
                        .withFingers(FingerTable.empty())
                        .withPredecessor(Optional.empty());
                sweep.named(peer, view.known());
                sweep.answered(peer, Optional.empty());
            }
        }
        assertThat(sweep.visits()).extracting(Sweep.Visit::peer).containsExactlyInAnyOrderElementsOf(peers);
    }

    @Property(tries = 30)
    void onceTheRingHasHealedEverybodyIsAskedOnceAndEverythingIsFound(
            @ForAll("seeds") long seed, @ForAll @IntRange(min = 3, max = 40) int nodes) {
        Bed bed = new Bed(seed, nodes);
        bed.ring.crash(bed.anybody().endpoint());
        bed.run(60_000);
        Search search = new Search(bed, bed.anybody()).toTheEnd();
        assertThat(search.found).as(bed.replay()).containsAll(bed.names);
        assertThat(search.asked.values()).as(bed.replay()).containsOnly(1);
        List<Peer> members = bed.ring.members().stream().map(NodeState::self).toList();
        assertThat(search.asked.keySet()).as(bed.replay()).containsAll(members);
        int logarithm = 32 - Integer.numberOfLeadingZeros(nodes);
        assertThat(search.sweep.depth()).as(bed.replay()).isLessThanOrEqualTo(logarithm + 1);
    }
}
