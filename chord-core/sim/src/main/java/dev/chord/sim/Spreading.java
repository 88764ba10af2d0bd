package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.sim.SimulatedStore.Stored;
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
        Optional<Tenure> tenure = process.records().tenures().served(owner, key);
        if (process.ring().settings().quorum() && tenure.isEmpty()) {
            then.accept(false);
            return;
        }
        List<Peer> holders = process.ring().settings().quorum() ? tenure.get().holders() : TenureChange.holders(owner);
        long epoch = tenure.map(Tenure::epoch).orElse(0L);
        needed = Math.min(SimulatedRecords.WRITE_QUORUM, holders.size());
        running = holders.size();
        process.records().keep(Map.of(key, record), () -> ended(true, then));
        holders.subList(1, holders.size()).forEach(peer -> send(peer, epoch, then));
    }

    private void send(Peer peer, long epoch, Consumer<Boolean> then) {
        new SimulatedRecords.Copying(peer, Optional.of(owner.self()), Map.of(key, record), epoch)
                .start(process, ok -> ended(ok, then));
    }

    private void ended(boolean ok, Consumer<Boolean> then) {
        holders += ok ? 1 : 0;
        if (--running == 0) {
            then.accept(holders >= needed);
        }
    }
}
