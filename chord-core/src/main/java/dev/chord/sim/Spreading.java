package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.sim.SimulatedStore.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An owner brings one record to its holders: durable on a write quorum of them, or not acknowledged. Nobody else counts: one
 * who takes the arc over asks the holders, and would not hear of it.
 */
final class Spreading {
    private final SimulatedProcess process;
    private final NodeState owner;
    private final Identifier key;
    private final Stored record;
    private int needed;
    private int holders;
    private int running;

    Spreading(SimulatedProcess process, NodeState owner, Identifier key, Stored record) {
        this.process = process;
        this.owner = owner;
        this.key = key;
        this.record = record;
    }

    void start(Consumer<Boolean> then) {
        List<Peer> chain = new ArrayList<>();
        chain.add(owner.self());
        chain.addAll(owner.view().successors().entries());
        List<Peer> candidates = Placement.holders(chain, chain.size());
        int wanted = Math.min(owner.settings().replicas(), candidates.size());
        needed = Math.min(SimulatedRecords.WRITE_QUORUM, wanted);
        running = wanted;
        process.records().keep(Map.of(key, record), () -> ended(true, then));
        candidates.subList(1, wanted).forEach(peer -> send(peer, then));
    }

    private void send(Peer peer, Consumer<Boolean> then) {
        new SimulatedRecords.Copying(peer, Optional.of(owner.self()), Map.of(key, record))
                .start(process, ok -> ended(ok, then));
    }

    private void ended(boolean ok, Consumer<Boolean> then) {
        holders += ok ? 1 : 0;
        if (--running == 0) {
            then.accept(holders >= needed);
        }
    }
}
