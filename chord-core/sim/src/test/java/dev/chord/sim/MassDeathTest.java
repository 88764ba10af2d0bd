package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Beyond the protocol's assumption: so many die at once that members lose all their successors. Those that
 * are left become one ring if they can: whoever knows somebody, knows somebody who knows somebody, and so on.
 */
class MassDeathTest {
    private static final long SECOND = Simulation.SECOND;
    private static final long LIMIT = 60 * SECOND;
    private static final int SEEDS = 1_500;

    private record Outcome(long seed, boolean connected, boolean healed, double seconds, String state) {}

    @Test
    void whoeverIsLeftAndCanBeFoundIsInOneRing() {
        List<Outcome> all = IntStream.range(0, SEEDS)
                .parallel()
                .mapToObj(MassDeathTest::run)
                .toList();
        double worst = all.stream()
                .filter(Outcome::healed)
                .mapToDouble(Outcome::seconds)
                .max()
                .orElse(0);
        long apart = all.stream().filter(o -> !o.connected()).count();
        System.out.printf(
                "mass death: %d rings, one again after at most %.1f virtual s; in %d nobody was left who knew the others%n",
                all.size(), worst, apart);
        assertThat(all.stream().filter(o -> o.connected() && !o.healed())).isEmpty();
        assertThat(apart).as("most can find each other").isLessThan(SEEDS / 10);
    }

    private static Outcome run(int seed) {
        Random random = new Random(seed);
        int members = 3 + random.nextInt(14);
        int left = 2 + random.nextInt(members - 2);
        SimulatedRing ring = new SimulatedRing(world(random), seed);
        List<Integer> points = IntStream.range(0, 256).boxed().collect(Collectors.toList());
        Collections.shuffle(points, random);
        List<SimulatedRing.Host> hosts = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            hosts.add(SimulatedRing.Host.of(i, Identifier.of(points.get(i))));
        }
        ring.startIdeal(hosts);
        ring.simulation().runUntil(20 * SECOND);
        Collections.shuffle(hosts, random);
        hosts.subList(left, members).forEach(h -> ring.crash(h.endpoint()));
        boolean connected = connected(ring);
        long start = ring.simulation().now();
        while (!whole(ring) && ring.simulation().now() < start + LIMIT) {
            ring.simulation().runUntil(ring.simulation().now() + SECOND / 2);
        }
        double seconds = (ring.simulation().now() - start) / (double) SECOND;
        return new Outcome(
                seed, connected, whole(ring), seconds, ring.notIdeal().toString());
    }

    private static SimulationSettings world(Random random) {
        int successors = 2 + random.nextInt(3);
        return new SimulationSettings(
                new RingSettings(new IdentifierCircle(8), successors, 3, 2, 1),
                SimulationSettings.SimulatedTimers.every(SECOND / 2, SECOND / 2),
                SimulatedNetwork.Quality.perfect(Delay.uniform(1_000, 20_000)),
                random.nextBoolean(),
                Delay.fixed(5 * Simulation.MILLISECOND));
    }

    private static boolean whole(SimulatedRing ring) {
        return ring.notIdeal().isEmpty();
    }

    // Whether everybody alive can be reached from one of them over who knows whom, in either direction.
    private static boolean connected(SimulatedRing ring) {
        Map<Endpoint, Set<Endpoint>> knows = new HashMap<>();
        for (SimulatedProcess process : ring.processes()) {
            knows.computeIfAbsent(process.endpoint(), e -> new HashSet<>());
            for (Peer peer : process.first().remembered().values()) {
                if (ring.process(peer.endpoint()).isPresent()) {
                    knows.computeIfAbsent(process.endpoint(), e -> new HashSet<>())
                            .add(peer.endpoint());
                    knows.computeIfAbsent(peer.endpoint(), e -> new HashSet<>()).add(process.endpoint());
                }
            }
        }
        Set<Endpoint> reached = new HashSet<>();
        Deque<Endpoint> open =
                new ArrayDeque<>(List.of(knows.keySet().iterator().next()));
        while (!open.isEmpty()) {
            Endpoint at = open.poll();
            if (reached.add(at)) {
                open.addAll(knows.getOrDefault(at, Set.of()));
            }
        }
        return reached.size() == knows.size();
    }
}
