package dev.chord.sim;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Claim;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;

/** A process goes politely, as a node's {@code Departure} does; if its neighbours refuse, it stays. */
final class SimulatedDeparture {
    private static final long LOOK = Simulation.SECOND / 4;

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
        } else {
            process.records().evacuate(complete -> {
                all(complete ? new Command.Depart() : new Command.CancelLeave());
                if (complete) {
                    long deadline = process.ring().simulation().now() + SimulatedRing.goneAfter();
                    await(deadline);
                }
            });
        }
    }

    private Arc everything() {
        Identifier point = process.first().self().id();
        return new Arc(point, point);
    }

    // Who goes while others count on it leaves them with one holder less than they may do without.
    private boolean names(ArcMap.Piece<Claim> piece) {
        return process.records().tenures().names(piece.arc().to());
    }

    private void all(Command command) {
        for (NodeState state : process.members().toArray(NodeState[]::new)) {
            process.command(state.self().id(), command, outcome -> {});
        }
    }

    // It goes on giving until there is nothing left to give.
    private void await(long deadline) {
        boolean owning =
                process.members().stream().anyMatch(s -> s.ownership().settled().isPresent());
        boolean named = process.ring().settings().quorum()
                && process.store().claims().over(everything()).stream().anyMatch(this::names);
        if ((owning || named) && process.ring().simulation().now() < deadline) {
            process.ring().simulation().after(LOOK, () -> process.run(() -> await(deadline)));
        } else {
            process.ring().gone(process);
        }
    }
}
