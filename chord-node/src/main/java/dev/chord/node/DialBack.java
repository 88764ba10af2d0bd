package dev.chord.node;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.RingCalls;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.time.Duration;
import java.util.Optional;

/** Whether what a node announces leads to it, or the ring would get a member nobody can reach. */
final class DialBack {
    private static final Duration FIRST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofSeconds(40);

    private final RingCalls calls;
    private final Peer self;
    // The first call of a process loads what all calls need. On a machine where many start at once
    // that alone may take longer than an answer ever does afterwards, so each call is given more time
    // than the one before.
    private Duration limit = FIRST;

    DialBack(RingCalls calls, Peer self) {
        this.calls = calls;
        this.self = self;
    }

    /**
     * Dials once.
     *
     * @throws ChordException UNREACHABLE if nobody answers, which may change; CONFLICT if somebody else does
     */
    Identifier dial() {
        Endpoint endpoint = self.endpoint();
        Identifier answering;
        try {
            answering =
                    calls.neighborhood(endpoint, Optional.empty(), limit).self().process();
        } catch (ChordException e) {
            boolean slow = e.code() == ErrorCode.DEADLINE;
            Duration longer = limit.multipliedBy(2);
            limit = longer.compareTo(LONGEST) > 0 ? LONGEST : longer;
            throw new ChordException(
                    ErrorCode.UNREACHABLE,
                    "this node does not reach itself at " + endpoint + ": " + e.getMessage(),
                    slow
                            ? "the machine may be too busy: give it more time with --ring.join-timeout; or the address"
                                    + " leads elsewhere: set --advertise to one that leads here"
                            : "set --advertise to an address that leads here",
                    e);
        }
        if (!answering.equals(self.process())) {
            throw new ChordException(
                    ErrorCode.CONFLICT,
                    "another node answers at " + endpoint,
                    "set --advertise to an address that leads here");
        }
        return answering;
    }
}
