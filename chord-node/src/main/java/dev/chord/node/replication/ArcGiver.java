package dev.chord.node.replication;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;

/** Gives an arc of keys to another member: freeze, wait for writes in flight, send the rest, let go; in that order. */
public final class ArcGiver {
    private final NodeLoop loop;
    private final RecordCoordinator coordinator;

    public ArcGiver(NodeLoop loop, RecordCoordinator coordinator) {
        this.loop = loop;
        this.coordinator = coordinator;
    }

    /**
     * What is being given.
     *
     * @param given whether this member owned any of it
     * @param settled whether this member owns anything
     */
    public record Gift(Identifier member, boolean given, boolean settled) {}

    /**
     * Stops writes in what the member owns of the arc.
     *
     * @throws ChordException UNREACHABLE if the ring has not settled enough to hand over; NOT_FOUND for an unknown member
     */
    public Gift freeze(Identifier member, Arc arc, Peer taker, boolean asHead) {
        if (loop.state(member).isEmpty()) {
            throw new ChordException(ErrorCode.NOT_FOUND, "no member " + member + " in this process", "");
        }
        Outcome outcome = RecordCoordinator.await(loop.command(member, new Command.StartGiving(arc, taker, asHead)));
        if (outcome instanceof Outcome.Giving giving) {
            if (giving.arc().isPresent()) {
                coordinator.drain();
            }
            return new Gift(member, giving.arc().isPresent(), giving.settled());
        }
        String why = outcome instanceof Outcome.Declined declined ? declined.reason() : outcome.toString();
        throw new ChordException(ErrorCode.UNREACHABLE, "not handed over: " + why, "ask again");
    }

    /**
     * Lets go, or takes it back.
     *
     * @param sent whether everything reached the taker's connection
     */
    public void finish(Gift gift, boolean sent) {
        if (gift.given()) {
            RecordCoordinator.await(loop.command(gift.member(), new Command.StopGiving(sent)));
        }
    }
}
