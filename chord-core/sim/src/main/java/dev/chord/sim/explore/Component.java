package dev.chord.sim.explore;

import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.NodeState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One member and its calls in flight, as it sees them: what a state of the whole ring is made of.
 *
 * @param leaving whether it goes as soon as its last call has ended
 */
record Component(NodeState state, List<Flight> flights, boolean leaving) {
    /** A call on its way: the request, or, once it was answered, the reply. */
    record Flight(long id, int target, Request request, Optional<Reply> reply) {
        Flight answered(Reply with) {
            return new Flight(id, target, request, Optional.of(with));
        }
    }

    Component with(List<Flight> calls) {
        return new Component(state, calls, leaving);
    }

    Component without(Flight call) {
        List<Flight> rest = new ArrayList<>(flights);
        rest.remove(call);
        return with(List.copyOf(rest));
    }

    Component replacing(Flight old, Flight now) {
        List<Flight> calls = new ArrayList<>(flights);
        calls.set(calls.indexOf(old), now);
        return with(List.copyOf(calls));
    }
}
