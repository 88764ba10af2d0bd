package dev.chord.sim.explore;

import dev.chord.sim.History.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What is explored of the records of three processes: one name, what clients do with it, and how much of what
 * can go wrong does. The rule for time is that of a network that is faster than all limits: time only passes
 * when everything that is on its way has arrived, but for what is late.
 *
 * @param agreement whether the holders agree on who they are ("quorum"), or whoever is left takes over
 *     ("eventual")
 * @param clients what each does, one thing after the other
 * @param bounds how often something happens at most in a run; never, if nothing is said
 */
public record RecordModel(boolean agreement, List<List<Kind>> clients, Map<Bound, Integer> bounds) {
    /** What happens as often as a model lets it. */
    public enum Bound {
        /** A process dies, with none or all of what its disk was writing. */
        CRASHES,
        /** The name changes hands. */
        TAKES,
        /** A message, or an answer of a disk, is late. */
        LATE,
        /** A process is cut off. */
        CUTS,
        /** A client asks again, while it waits for an answer or has got none. */
        AGAIN
    }

    public RecordModel {
        clients = clients.stream().map(List::copyOf).toList();
        bounds = Map.copyOf(bounds);
        if (clients.isEmpty() || clients.stream().anyMatch(does -> does.contains(Kind.READ_COPIES))) {
            throw new IllegalArgumentException("there are clients, and they ask the owner alone: not " + clients);
        }
    }

    /**
     * A model.
     *
     * @param clients for each, the kinds of what it does, with a {@code +} between them
     * @throws IllegalArgumentException if that is nothing that clients do
     */
    public static RecordModel of(boolean agreement, List<String> clients, Map<Bound, Integer> bounds) {
        List<List<Kind>> does = clients.stream()
                .map(one -> Arrays.stream(one.split("\\+")).map(Kind::valueOf).toList())
                .toList();
        return new RecordModel(agreement, does, bounds);
    }

    int most(Bound what) {
        return bounds.getOrDefault(what, 0);
    }
}
