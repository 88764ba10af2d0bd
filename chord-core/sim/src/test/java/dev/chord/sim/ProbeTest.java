package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How long a member needs to find its ring again when many neighbours go silent at once, without a refusal.
 */
class ProbeTest {
    private static final long SECOND = Simulation.SECOND;
    private static final int MEMBERS = 16;
    private static final int SUCCESSORS = 8;
    private static final int MISSES = 2;

    private final SimulationSettings settings = new SimulationSettings(
            new RingSettings(new IdentifierCircle(8), SUCCESSORS, 3, MISSES, 2),
            SimulationSettings.SimulatedTimers.every(SECOND / 4, SECOND),
            SimulatedNetwork.Quality.perfect(Delay.fixed(2 * Simulation.MILLISECOND)),
            false,
            Delay.fixed(5 * Simulation.MILLISECOND));

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 7})
    void silentNeighboursAreFoundOutTogether(int silent) {
        SimulatedRing ring = new SimulatedRing(settings, silent);
        List<SimulatedRing.Host> hosts = new ArrayList<>();
        for (int i = 1; i <= MEMBERS; i++) {
            hosts.add(SimulatedRing.Host.of(i, Identifier.of(10L * i)));
        }
        ring.startIdeal(hosts);
        ring.simulation().runUntil(20 * SECOND);
        long cut = ring.simulation().now();
        List<Endpoint> gone = hosts.subList(1, 1 + silent).stream()
                .map(SimulatedRing.Host::endpoint)
                .toList();
        gone.forEach(ring::crash);
        Identifier next = Identifier.of(10L * (2 + silent));
        SimulatedProcess first = ring.process(hosts.get(0).endpoint()).orElseThrow();
        // a head's two misses and the tick in between; its neighbours' two began with the first of these; one
        // more to be asked
        long limit = cut + (2 * MISSES + 1) * SECOND;
        while (!first.first().view().successors().head().map(p -> p.id()).equals(Optional.of(next))) {
            assertThat(ring.simulation().now()).as("with %d silent", silent).isLessThan(limit);
            ring.simulation().runUntil(ring.simulation().now() + SECOND / 20);
        }
        ring.simulation().runUntil(cut + 60 * SECOND);
        assertThat(ring.notIdeal()).isEmpty();
    }
}
