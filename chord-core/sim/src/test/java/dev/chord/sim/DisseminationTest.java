package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Chord;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Transition;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.PeerSet;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.Roster;
import dev.chord.sim.study.ChurnStudy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Tables of all members: everyone hears of everything once, and what was missed is found by going round. */
class DisseminationTest {
    private static final long SECOND = Simulation.SECOND;
    private static final RingSettings RING = new RingSettings(IdentifierCircle.FULL, 4, 3, 2, 3).withOneHop();

    /** Any seed; with -Dchord.seed=N that one alone, which replays a failure. */
    @Provide
    static Arbitrary<Long> seeds() {
        Long given = Long.getLong("chord.seed");
        return given == null ? Arbitraries.longs() : Arbitraries.just(given);
    }

    private static SimulationSettings world(RingSettings ring, double loss) {
        return new SimulationSettings(
                ring,
                SimulationSettings.SimulatedTimers.every(SECOND / 2, SECOND),
                new SimulatedNetwork.Quality(Delay.uniform(1000, 30_000), loss, loss),
                false,
                Delay.fixed(0));
    }

    private static SimulatedRing.Host host(int n) {
        return SimulatedRing.Host.of(n, Identifier.sha256(new byte[] {(byte) n, (byte) (n >> 8)}));
    }

    private static SimulatedRing started(SimulationSettings settings, int members, long seed) {
        SimulatedRing ring = new SimulatedRing(settings, seed);
        List<SimulatedRing.Host> hosts = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            hosts.add(host(i));
        }
        ring.startIdeal(hosts);
        return ring;
    }

    private static PeerSet everyone(SimulatedRing ring) {
        return PeerSet.of(ring.members().stream().map(NodeState::self).toList());
    }

    private static List<NodeState> unaware(SimulatedRing ring) {
        PeerSet all = everyone(ring);
        return ring.members().stream()
                .filter(s -> !s.view().roster().complete()
                        || !s.view().roster().peers().equals(all))
                .toList();
    }

    private static List<String> differences(SimulatedRing ring) {
        List<String> lines = new ArrayList<>();
        PeerSet all = everyone(ring);
        for (NodeState state : unaware(ring)) {
            Roster table = state.view().roster();
            List<String> wrong = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                if (!table.peers().contains(all.get(i).id())) {
                    wrong.add("lacks " + all.get(i));
                }
            }
            for (int i = 0; i < table.peers().size(); i++) {
                Peer peer = table.peers().get(i);
                int rank = all.rank(peer.id());
                if (rank == all.size() || !all.get(rank).equals(peer)) {
                    wrong.add("has " + peer + " of life " + peer.incarnation());
                }
            }
            lines.add(
                    "\n" + state.self() + (table.complete() ? " " : " still reads at " + table.place() + ", ") + wrong);
        }
        return lines;
    }

    // Until every table is the ring.
    private static void awaitAgreement(SimulatedRing ring, int limit, String what) {
        long start = ring.simulation().now();
        while (!(ring.notIdeal().isEmpty() && unaware(ring).isEmpty())) {
            assertThat(ring.simulation().now() - start)
                    .as(() -> what + ring.notIdeal() + differences(ring))
                    .isLessThan(limit * SECOND);
            ring.simulation().runUntil(ring.simulation().now() + SECOND / 4);
        }
    }

    private static Map<Endpoint, Integer> countTold(SimulatedRing ring) {
        Map<Endpoint, Integer> told = new TreeMap<>();
        ring.observe((at, before, transition) -> transition.actions().forEach(action -> {
            if (action instanceof Action.Send send && send.request() instanceof Request.Announce) {
                told.merge(send.to(), 1, Integer::sum);
            }
        }));
        return told;
    }

    @Test
    void everyoneIsToldOnceOfOneWhoComesAndOnceOfOneWhoGoes() {
        SimulatedRing ring = started(world(RING, 0), 100, 1);
        ring.simulation().runUntil(5 * SECOND);
        Map<Endpoint, Integer> told = countTold(ring);
        SimulatedProcess joiner = ring.join(host(100), List.of(host(7).endpoint()));
        awaitAgreement(ring, 10, "a member has come");
        assertThat(told.values()).as("times told").allMatch(times -> times == 1);
        // All but the one that tells; the joiner may have been passed over, as it does not know everyone yet.
        assertThat(told.size()).isBetween(99, 100);

        told.clear();
        ring.crash(joiner.endpoint());
        awaitAgreement(ring, 15, "a member has died");
        assertThat(told).hasSize(99);
        assertThat(told.values()).as("times told").allMatch(times -> times == 1);
    }

    @Test
    void whoDoesNotPassNewsOnIsPassedOver() {
        SimulatedRing ring = started(world(RING, 0), 100, 2);
        ring.simulation().runUntil(5 * SECOND);
        SimulatedRing.Host newcomer = host(100);
        NodeState teller = ring.members().get(0);
        Peer successor = teller.view().roster().successor(newcomer.members().get(0));
        // It would tell some thirty others.
        Peer dead = teller.view().roster().after(successor.id(), 32).get(31);
        ring.crash(dead.endpoint());
        ring.join(newcomer, List.of(successor.endpoint()));
        awaitAgreement(ring, 10, "one has come, one of those who pass it on is dead");
    }

    @Test
    void aRingThatGrowsFromOneMemberKnowsItself() {
        SimulatedRing ring = new SimulatedRing(world(RING, 0.01), 3);
        ring.found(host(0));
        for (int i = 1; i < 30; i++) {
            ring.join(host(i), List.of(host(0).endpoint()));
            ring.simulation().runUntil(i * SECOND / 2);
        }
        awaitAgreement(ring, 60, "30 members have come");
    }

    @Test
    void afterAllWereKilledAtOnceAndStartedAgainEveryTableIsTheRing() {
        SimulatedRing ring = started(world(RING, 0), 12, 4);
        ring.simulation().runUntil(5 * SECOND);
        for (int i = 0; i < 12; i++) {
            ring.crash(host(i).endpoint());
        }
        for (int i = 0; i < 12; i++) {
            ring.restart(host(i), List.of());
        }
        awaitAgreement(ring, 60, "all have come back");
    }

    @Test
    void oneThatOthersWereToldIsGoneSaysThatItIsThere() {
        SimulatedRing ring = started(world(RING, 0), 40, 5);
        ring.simulation().runUntil(5 * SECOND);
        NodeState victim = ring.process(host(3).endpoint()).orElseThrow().first();
        Roster table = victim.view().roster();
        Peer liar = table.after(victim.self().id(), 3).get(2);
        Peer before = table.predecessor(victim.self().id());
        Identifier after = table.after(victim.self().id(), 1).get(0).id();
        // The lie, told to the liar's neighbour, who passes it on to all.
        Request.Announce lie = new Request.Announce(before, after, liar.id());
        Peer first = table.after(liar.id(), 1).get(0);
        ring.process(first.endpoint()).orElseThrow().deliver(first.id(), new Event.Received(1, Optional.of(liar), lie));
        ring.simulation().runUntil(ring.simulation().now() + SECOND / 50);
        assertThat(unaware(ring)).as("those who believe it").isNotEmpty();
        ring.simulation().runUntil(ring.simulation().now() + SECOND);
        assertThat(unaware(ring))
                .as("those who heard the lie later than the truth")
                .hasSizeLessThan(10);
        awaitAgreement(ring, 30, "the lie is undone");
    }

    /** Coming, going, dying, loss of messages: when it is over, going round mends what was missed. */
    @Property(tries = 20)
    void whenFaultsStopEveryTableComesToBeTheRing(@ForAll("seeds") long seed) {
        String replay = Replay.of(DisseminationTest.class, seed);
        SplittableRandom random = new SplittableRandom(seed);
        SimulatedRing ring = started(world(RING, 0.1), 16, seed);
        List<Endpoint> alive = new ArrayList<>(
                ring.processes().stream().map(SimulatedProcess::endpoint).toList());
        for (int i = 0; i < 12; i++) {
            ring.simulation().runUntil(ring.simulation().now() + random.nextLong(4 * SECOND));
            Endpoint one = alive.get(random.nextInt(alive.size()));
            int deed = random.nextInt(3);
            if (deed == 0 && alive.size() > 10) {
                ring.crash(one);
                alive.remove(one);
            } else if (deed == 1 && alive.size() > 10) {
                ring.leave(one);
                alive.remove(one);
            } else {
                alive.add(ring.join(host(100 + i), List.copyOf(alive)).endpoint());
            }
        }
        ring.network().quality(SimulatedNetwork.Quality.perfect(Delay.uniform(1000, 30_000)));
        awaitAgreement(ring, 120, replay);
    }

    @Test
    void aGuessNamesTheOwnerAndThoseAfterItAndAsksNobody() {
        SimulatedRing ring = started(world(RING, 0), 20, 6);
        ring.simulation().runUntil(5 * SECOND);
        RingOracle oracle =
                new RingOracle(ring.members().stream().map(NodeState::self).toList(), RING);
        for (int i = 0; i < 100; i++) {
            Identifier key = Identifier.sha256(new byte[] {(byte) i});
            for (NodeState state : ring.members()) {
                Lookup.Result guess = state.guess(key).orElseThrow();
                Peer owner = oracle.successor(key);
                assertThat(guess.owner()).contains(owner);
                assertThat(guess.arc().orElseThrow().contains(key)).isTrue();
                assertThat(guess.chain().subList(1, 4))
                        .isEqualTo(oracle.successors(owner.id()).subList(0, 3));
                assertThat(guess.route()).as("asked").isEmpty();
            }
        }
    }

    @Test
    void oneWithoutATableGuessesNothingAndPassesNothingOn() {
        SimulatedRing ring = started(world(new RingSettings(IdentifierCircle.FULL, 4, 3, 2, 3), 0), 5, 7);
        NodeState state = ring.members().get(0);
        assertThat(state.guess(Identifier.ZERO)).isEmpty();
        Request.Announce news = new Request.Announce(
                state.view().predecessor().orElseThrow(),
                state.self().id(),
                state.self().id());
        Transition answer = Chord.step(state, new Event.Received(9, Optional.empty(), news));
        assertThat(answer.state()).isSameAs(state);
        assertThat(answer.actions()).hasSize(1);
        assertThat(answer.actions().get(0))
                .isInstanceOfSatisfying(
                        Action.Respond.class, r -> assertThat(r.reply()).isInstanceOf(Reply.Refused.class));
    }

    @Test
    void nearlyAllLookupsFindTheOwnerAtOnceUnderChurnAndNoneFindsAnother() {
        SimulationSettings settings = new SimulationSettings(
                RING,
                SimulationSettings.SimulatedTimers.together(2 * SECOND, SECOND),
                SimulatedNetwork.Quality.perfect(Delay.exponential(SECOND / 20)),
                false,
                Delay.fixed(0));
        // 200 members that stay 17 minutes each: ten times the churn of NSDI 2004
        ChurnStudy.Outcomes found =
                ChurnStudy.of(new ChurnStudy.Setup(settings, 200, 0.2, 0.5, 50, 600, 5), share -> {});
        assertThat(found.wrong()).isZero();
        assertThat(found.lookups()).isGreaterThan(25_000);
        assertThat(found.atOnce() / (double) found.lookups()).isGreaterThan(0.985);
    }
}
