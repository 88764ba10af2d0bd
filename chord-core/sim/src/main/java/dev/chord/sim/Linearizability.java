package dev.chord.sim;

import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether the operations on one name could have happened one after the other, each between its start and its
 * end, and each seeing what the ones before it left (Herlihy and Wing, TOPLAS 1990). A search with memory of
 * what was tried (Wing and Gong, JPDC 1993; Lowe, 2017); that no two writes have the same value keeps it
 * short (Gibbons and Korach, SIAM J. Comput. 1997).
 */
public final class Linearizability {
    private static final int LIMIT = 200_000;

    private Linearizability() {}

    /**
     * Judges the operations on one name, which begins absent.
     *
     * @param ofOneKey no two writes but deletions with the same value
     * @return why there is no such order; empty if there is one
     */
    public static Optional<String> violation(List<Operation> ofOneKey) {
        Word word = judge(ofOneKey);
        if (word != Word.IMPOSSIBLE) {
            return word == Word.EXPLAINED
                    ? Optional.empty()
                    : Optional.of("it could not be told within " + LIMIT + " states whether " + ofOneKey.size()
                            + " operations have an explanation");
        }
        // The first answer that cannot be explained says more than the whole story.
        List<Long> ends = ofOneKey.stream()
                .map(Operation::end)
                .filter(e -> e != History.NEVER)
                .distinct()
                .sorted()
                .toList();
        int good = -1;
        int bad = ends.size();
        while (bad - good > 1) {
            int middle = (good + bad) / 2;
            if (judge(until(ends.get(middle), ofOneKey)) == Word.IMPOSSIBLE) {
                bad = middle;
            } else {
                good = middle;
            }
        }
        if (bad == ends.size()) {
            return Optional.of("no order explains " + ofOneKey);
        }
        List<Operation> story = until(ends.get(bad), ofOneKey);
        List<Operation> tail = story.subList(Math.max(0, story.size() - 8), story.size());
        return Optional.of("what ended at " + ends.get(bad) + " has no explanation; the last operations: " + tail);
    }

    private enum Word {
        EXPLAINED,
        IMPOSSIBLE,
        UNDECIDED
    }

    // What was known at a time: what had not ended then may have happened or not.
    private static List<Operation> until(long time, List<Operation> all) {
        return all.stream()
                .filter(o -> o.start() <= time && o.result() != Result.FAILED)
                .filter(o -> o.changes() || o.end() <= time)
                .map(o -> o.end() <= time ? o : o.unknown())
                .sorted(Comparator.comparingLong(Operation::start))
                .toList();
    }

    private static Word judge(List<Operation> ofOneKey) {
        boolean untold = false;
        Deque<Operation> certain = new ArrayDeque<>();
        Map<Long, Operation> unknown = new HashMap<>();
        List<Operation> open = new ArrayList<>();
        for (Operation operation : ofOneKey) {
            untold |= operation.isUntold();
            if (operation.result() == Result.OK || operation.result() == Result.CONFLICT) {
                certain.add(operation);
            } else if (operation.result() == Result.UNKNOWN && operation.kind() == Kind.DELETE) {
                open.add(operation);
            } else if (operation.result() == Result.UNKNOWN && operation.writes()) {
                unknown.put(operation.value(), operation);
            }
        }
        // An unknown write whose value somebody saw has happened; one that nobody saw may as well not have.
        List<Operation> happened = new ArrayList<>();
        while (!certain.isEmpty()) {
            Operation operation = certain.remove();
            happened.add(operation);
            if (operation.needs() && unknown.containsKey(operation.needed())) {
                certain.add(unknown.remove(operation.needed()));
            }
        }
        if (untold) {
            open.addAll(unknown.values()); // but for hiding a value from a conflict that does not tell what it saw
        }
        OrderSearch search = new OrderSearch(happened, open, LIMIT);
        boolean found = search.found();
        return search.undecided() ? Word.UNDECIDED : found ? Word.EXPLAINED : Word.IMPOSSIBLE;
    }
}
