package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Action;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How often a member looks whether the ring is in order when nobody is missing. */
class ReunionTest {
    private static final long SECOND = Simulation.SECOND;
    private static final int MEMBERS = 60;
    private static final int SHORTEST = 8; // rounds
    private static final int LONGEST = 512;

    private final SimulationSettings settings = new SimulationSettings(
            new RingSettings(IdentifierCircle.FULL, 4, 3, 2, 3),
            SimulationSettings.SimulatedTimers.apart(
                    Delay.fixed(SECOND), Delay.fixed(SECOND), Delay.fixed(1_000_000 * SECOND), SECOND / 2, 0),
            SimulatedNetwork.Quality.perfect(Delay.fixed(Simulation.MILLISECOND)),
            false,
            Delay.fixed(0));
    private final SimulatedRing ring = new SimulatedRing(settings, 1);
    private final List<Long> looks = new ArrayList<>();
    private Peer watched;
    private int inFlight;
    private int mostInFlight;

    private void start() {
        List<SimulatedRing.Host> hosts = new ArrayList<>();
        for (int i = 0; i < MEMBERS; i++) {
            hosts.add(SimulatedRing.Host.of(i, Identifier.sha256(new byte[] {(byte) i})));
        }
        ring.startIdeal(hosts);
        watched = ring.process(hosts.get(0).endpoint()).orElseThrow().first().self();
        ring.observe((at, before, transition) -> {
            if (at.endpoint().equals(watched.endpoint())) {
                int steps = (int) transition.actions().stream()
                        .filter(a -> a instanceof Action.Send s && s.request() instanceof Request.FindStep)
                        .count();
                if (steps > 0 && before.lookups().isEmpty()) {
                    looks.add(ring.simulation().now() / SECOND);
                }
                inFlight = steps;
                mostInFlight = Math.max(mostInFlight, inFlight);
            }
        });
    }

    private List<Long> gaps() {
        List<Long> gaps = new ArrayList<>();
        for (int i = 1; i < looks.size(); i++) {
            gaps.add(looks.get(i) - looks.get(i - 1));
        }
        return gaps;
    }

    @Test
    void aMemberThatFindsItselfInOrderRestsTwiceAsLongEachTimeAndOneWhoseNeighbourGoesDoesNot() {
        start();
        ring.simulation().runUntil(2_200 * SECOND);
        assertThat(gaps()).containsExactly(8L, 16L, 32L, 64L, 128L, 256L, 512L, 512L, 512L);
        assertThat(mostInFlight).as("nobody waits for it").isEqualTo(1);

        looks.clear();
        Peer head = ring.process(watched.endpoint())
                .orElseThrow()
                .first()
                .view()
                .successors()
                .head()
                .orElseThrow();
        ring.crash(head.endpoint());
        ring.simulation().runUntil(ring.simulation().now() + 4 * SHORTEST * SECOND);
        assertThat(looks).as("sooner than after " + LONGEST + " rounds").hasSizeGreaterThanOrEqualTo(1);
    }
}
