package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.client.SimulatedClient;
import java.util.ArrayList;
import java.util.List;

/** A ring of six whose holders agree on who they are, and a name in it. */
abstract class SixProcesses {
    static final long SECOND = Simulation.SECOND;

    /** Falls to the host at 30; the next holders are those at 40 and 50. */
    static final Identifier KEY = Identifier.of(25);

    static final List<Integer> HOLDERS = List.of(3, 4, 5);
    static final List<Integer> ALL = List.of(1, 2, 3, 4, 5, 6);

    private final SimulationSettings world = new SimulationSettings(
            new RingSettings(new IdentifierCircle(8), 4, 3, 2, 1),
            SimulationSettings.SimulatedTimers.every(SECOND / 2, SECOND / 2),
            SimulatedNetwork.Quality.perfect(Delay.fixed(2 * Simulation.MILLISECOND)),
            false,
            Delay.fixed(5 * Simulation.MILLISECOND));
    final SimulatedRing ring;
    final History history = new History();
    final SimulatedClient client;
    final List<SimulatedRing.Host> hosts = new ArrayList<>();
    final List<Peer> peers = new ArrayList<>();
    long value = 7;

    SixProcesses(boolean quorum) {
        this.ring = new SimulatedRing(quorum ? world.withQuorum() : world, 1);
        this.client = new SimulatedClient(ring, history);
    }

    SixProcesses() {
        this(true);
    }

    void settle() {
        for (int i : ALL) {
            hosts.add(SimulatedRing.Host.of(i, Identifier.of(10L * i)));
        }
        ring.startIdeal(hosts);
        ALL.forEach(i -> peers.add(process(i).first().self()));
        run(20);
        write(1);
        run(2);
    }

    void run(double seconds) {
        ring.simulation().runUntil(ring.simulation().now() + (long) (seconds * SECOND));
    }

    Endpoint at(int host) {
        return hosts.get(host - 1).endpoint();
    }

    SimulatedProcess process(int host) {
        return ring.process(at(host)).orElseThrow();
    }

    long write(int through) {
        client.write(process(through), Kind.WRITE, new SimulatedClient.Assignment(KEY, ++value));
        return value;
    }

    void read(int through) {
        client.read(process(through), KEY, operation -> {});
    }

    List<Operation> operations() {
        return history.byKey().get(KEY);
    }
}
