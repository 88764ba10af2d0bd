package dev.chord.sim.explore;

import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import dev.chord.sim.explore.Component.Flight;
import java.util.ArrayList;
import java.util.List;

/** What matters of a component when the whole ring is judged, as small numbers: peers are offsets clockwise from itself. */
final class ShapeOf {
    final boolean member;
    /** A member that is not about to leave. */
    final boolean staying;

    final boolean leaving;
    final int[] successors;
    final int predecessor;
    /** The call that asks the old predecessor, if there is one; -1: none. */
    final int ping;
    /** The extended successor lists it has or may come to have: its own, and those in answers on their way to it. */
    final int[][] lists;

    ShapeOf(Relative relative, Component component) {
        Phase phase = component.state().phase();
        member = phase.routes();
        staying = phase == Phase.MEMBER;
        leaving = component.leaving();
        successors = relative.offsets(component.state().view().successors().entries());
        predecessor =
                component.state().view().predecessor().map(relative::offset).orElse(-1);
        ping = ping(component.flights());
        List<int[]> found = new ArrayList<>();
        if (member) {
            found.add(successors);
        }
        if (!leaving) {
            for (Flight flight : component.flights()) {
                flight.reply().ifPresent(reply -> inFlight(relative, component, reply, found));
            }
        }
        lists = found.toArray(int[][]::new);
    }

    private static int ping(List<Flight> flights) {
        for (int i = 0; i < flights.size(); i++) {
            if (flights.get(i).request() instanceof Request.Ping
                    && flights.get(i).target() != 0) {
                return i;
            }
        }
        return -1;
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
