package dev.chord.sim;

import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;

/** A process goes politely, as a node's {@code Departure} does; if its neighbours refuse, it stays. */
final class SimulatedDeparture {
    private static final long LOOK = Simulation.SECOND / 4;
    private static final long GONE_AFTER = 10 * Simulation.SECOND;
    private static final long KEEP = 6 * 60 * 60 * Simulation.SECOND;

    private final SimulatedProcess process;
    private int left;
    private boolean refused;

    SimulatedDeparture(SimulatedProcess process) {
        this.process = process;
    }

    void start() {
        left = process.members().size();
        for (NodeState state : process.members().toArray(NodeState[]::new)) {
            process.command(state.self().id(), new Command.Leave(), outcome -> {
                refused |= !(outcome instanceof Outcome.Done);
                if (--left == 0) {
                    asked();
                }
            });
        }
    }

    private void asked() {
        if (refused) {
            all(new Command.CancelLeave());
            return;
        }
        process.repair(true, KEEP, complete -> {
            all(complete ? new Command.Depart() : new Command.CancelLeave());
            if (complete) {
                await(process.ring().simulation().now() + GONE_AFTER);
            }
        });
    }

    private void all(Command command) {
        for (NodeState state : process.members().toArray(NodeState[]::new)) {
            process.command(state.self().id(), command, outcome -> {});
        }
    }

    // It goes on giving until there is nothing left to give. Who goes while others count on it leaves them
    // with one holder less than they may do without.
    private void await(long deadline) {
        boolean owning =
                process.members().stream().anyMatch(s -> s.ownership().settled().isPresent());
        if ((owning || process.records().named()) && process.ring().simulation().now() < deadline) {
            process.ring().simulation().after(LOOK, () -> process.run(() -> await(deadline)));
        } else {
            process.ring().gone(process);
        }
    }
}
