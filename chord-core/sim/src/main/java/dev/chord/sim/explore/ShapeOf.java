package dev.chord.sim.explore;

import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import dev.chord.sim.explore.Component.Flight;
import java.util.ArrayList;
import java.util.List;

/**
 * What matters of a component when the whole ring is judged and moved on, as small numbers: peers are offsets
 * clockwise from itself, sets of peers are bits by offset.
 */
final class ShapeOf {
    final boolean member;
    /** A member that is not about to leave. */
    final boolean staying;

    final boolean leaving;
    final int[] successors;
    /** The successors as a set. */
    final int named;

    final int predecessor;
    /** A call that asks for a sign of life, if there is one; -1: none. */
    final int ping;
    /** Whom each call in flight asks. */
    final int[] targets;
    /** Which calls in flight have been answered, bit by bit. */
    final int answered;
    /** How many of them are answers or pings on their way. */
    final int late;
    /**
     * Whether nothing is in flight that a round of maintenance has to wait for; leaving goes on beside it.
     */
    final boolean roundOver;
    /** Peers whose answer on its way here says that they have left. */
    final int farewells;
    /**
     * The extended successor lists it has or may come to have, each as a set: its own, and those in answers
     * on their way to it. Empty ones are left out.
     */
    final int[] lists;
    /** All that one of those lists skips. */
    final int skipped;

    ShapeOf(Relative relative, Component component) {
        Phase phase = component.state().phase();
        List<Flight> flights = component.flights();
        member = phase.routes();
        staying = phase == Phase.MEMBER;
        leaving = component.leaving();
        successors = relative.offsets(component.state().view().successors().entries());
        named = set(successors);
        predecessor =
                component.state().view().predecessor().map(relative::offset).orElse(-1);
        ping = ping(flights);
        late = (int) flights.stream().filter(ShapeOf::isLate).count();
        targets = flights.stream().mapToInt(Flight::target).toArray();
        roundOver = flights.stream()
                .allMatch(f -> f.request() instanceof Request.PrepareLeave || f.request() instanceof Request.Departing);
        int answers = 0;
        int left = 0;
        for (int i = 0; i < targets.length; i++) {
            Reply reply = flights.get(i).reply().orElse(null);
            answers |= reply == null ? 0 : 1 << i;
            left |= reply instanceof Reply.Neighborhood at && at.phase() == Phase.LEFT ? 1 << targets[i] : 0;
        }
        answered = answers;
        farewells = left;
        List<int[]> found = new ArrayList<>();
        if (member) {
            found.add(successors);
        }
        if (!leaving) {
            for (Flight flight : flights) {
                flight.reply().ifPresent(reply -> inFlight(relative, component, reply, found));
            }
        }
        lists = found.stream().mapToInt(ShapeOf::set).filter(s -> s != 0).toArray();
        skipped = found.stream().mapToInt(ShapeOf::skippedBy).reduce(0, (a, b) -> a | b);
    }

    private static int set(int[] offsets) {
        int mask = 0;
        for (int offset : offsets) {
            mask |= 1 << offset;
        }
        return mask;
    }

    // Whoever lies strictly between two neighbours of the extended list.
    private static int skippedBy(int[] list) {
        int mask = 0;
        int last = 0;
        for (int offset : list) {
            for (int k = last + 1; k < offset; k++) {
                mask |= 1 << k;
            }
            last = offset;
        }
        return mask;
    }

    private static int ping(List<Flight> flights) {
        for (int i = 0; i < flights.size(); i++) {
            if (isPing(flights.get(i))) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isPing(Flight flight) {
        return flight.request() instanceof Request.Ping && flight.target() != 0;
    }

    private static boolean isLate(Flight flight) {
        return flight.reply().isPresent() || isPing(flight);
    }

    private static void inFlight(Relative relative, Component component, Reply reply, List<int[]> found) {
        if (reply instanceof Reply.Neighborhood at) {
            List<Peer> list = new ArrayList<>();
            if (component.state().phase().routes()) {
                list.add(at.self()); // a joiner takes the list as it is, a member puts the one who answered in front
            }
            list.addAll(at.successors());
            if (relative.offset(list.isEmpty() ? at.self() : list.get(0)) == 0) {
                list.remove(0); // a joiner leaves out what is left of its own former life
            }
            if (list.isEmpty()) {
                list.add(at.self());
            }
            found.add(relative.offsets(
                    component.state().view().successors().rebuilt(list).entries()));
        }
    }
}
