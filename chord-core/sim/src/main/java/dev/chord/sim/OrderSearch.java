package dev.chord.sim;

import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks for an order of the operations on one name that explains them. Because each value is written once,
 * what has to do with one value stands together in every order; so it places whole {@link ValueGroups
 * groups}, whose times nearly always say which comes first, and tries several ways only around deletions,
 * which leave no value of their own. What it remembers of a state is what overlaps there, not the whole
 * history: so it takes memory for the choices that there are, however long the history.
 */
final class OrderSearch {
    private static final Comparator<Item> BY_END = Comparator.comparingLong(item -> item.what.end());

    private enum State {
        DEAD,
        FOUND,
        OPEN
    }

    /** An operation, and its place among those that happened, or among those of which nobody knows. */
    private static final class Item {
        private final Operation what;
        private final boolean certain;
        private final int place;

        Item(Operation what, boolean certain, int place) {
            this.what = what;
            this.certain = certain;
            this.place = place;
        }

        boolean needsNothing() {
            return what.kind() == Kind.READ && what.value() == History.ABSENT
                    || what.kind() == Kind.COMPARE_AND_SET && what.needs() && what.needed() == History.ABSENT;
        }
    }

    /** What was tried in vain: all before {@code low} is done, and these besides. */
    private record Visited(int low, BitSet certain, BitSet open, long value) {}

    /** Several ways to go on, and how far the order had come there. */
    private static final class Choice {
        private final int length;
        private final List<Item> ways;
        private int next;

        Choice(int length, List<Item> ways) {
            this.length = length;
            this.ways = ways;
        }
    }

    private record Step(Item item, long before) {}

    private final List<Item> certain = new ArrayList<>(); // by their beginnings
    private final List<Item> open = new ArrayList<>();
    private final ValueGroups groups = new ValueGroups();
    private final Map<Long, int[]> wanted = new HashMap<>(); // by how many that are not done each value has to be met
    private final BitSet certainDone = new BitSet();
    private final BitSet openDone = new BitSet();
    private final List<Step> order = new ArrayList<>();
    private final Set<Visited> visited = new HashSet<>();
    private final int limit;
    private int untold;
    private int tried;
    private long value = History.ABSENT;

    /**
     * @param certain operations that happened, whatever was told of them
     * @param open operations that may have happened
     * @param limit of states in which there are several ways to go on
     */
    OrderSearch(List<Operation> certain, List<Operation> open, int limit) {
        this.limit = limit;
        Comparator<Operation> byStart = Comparator.comparingLong(Operation::start);
        certain.stream().sorted(byStart).forEach(operation -> {
            this.certain.add(new Item(operation, true, this.certain.size()));
            groups.add(operation);
            count(operation, 1);
        });
        open.stream().sorted(byStart).forEach(o -> this.open.add(new Item(o, false, this.open.size())));
    }

    private void count(Operation operation, int by) {
        if (operation.isUntold()) {
            untold += by;
        } else if (operation.needs()) {
            wanted.computeIfAbsent(operation.needed(), v -> new int[1])[0] += by;
        }
    }

    private int wanted(long of) {
        int[] count = wanted.get(of);
        return count == null ? 0 : count[0];
    }

    /**
     * Whether there is an order; true as well if the limit was reached before it could be told, see
     * {@link #undecided}.
     */
    boolean found() {
        if (groups.contradict()) {
            return false;
        }
        boolean simple = untold == 0;
        Deque<Choice> choices = new ArrayDeque<>();
        while (true) {
            List<Item> ways = new ArrayList<>();
            State state = advance(ways, simple);
            if (state == State.FOUND || undecided()) {
                return true;
            }
            if (state == State.OPEN && visited.add(here())) {
                tried++;
                choices.push(new Choice(order.size(), ways));
            }
            while (!choices.isEmpty()
                    && choices.peek().next == choices.peek().ways.size()) {
                choices.pop();
            }
            if (choices.isEmpty()) {
                return false;
            }
            Choice last = choices.peek();
            undo(last.length);
            apply(last.ways.get(last.next++));
        }
    }

    /** Whether it gave up. */
    boolean undecided() {
        return tried > limit;
    }

    private Visited here() {
        int low = certainDone.nextClearBit(0);
        BitSet tail = certainDone.get(low, Math.max(low, certainDone.length()));
        return new Visited(low, tail, (BitSet) openDone.clone(), value);
    }

    // Goes on as long as there is one way.
    private State advance(List<Item> ways, boolean simple) {
        while (true) {
            List<Item> enabled = enabled();
            if (enabled.isEmpty()) {
                return State.FOUND;
            }
            ways.clear();
            Optional<Item> still = enabled.stream()
                    .filter(item -> !item.what.changes() && item.what.fits(value))
                    .findFirst();
            if (still.isPresent()) {
                ways.add(still.get()); // what changes nothing may as well come at once
            } else if (value != History.ABSENT && wanted(value) > 0) {
                lastOfValue(enabled).ifPresent(ways::add);
            } else if (simple) {
                ways.addAll(groupWays(enabled));
            } else {
                ways.addAll(allWays(enabled));
            }
            if (ways.size() != 1) {
                return ways.isEmpty() ? State.DEAD : State.OPEN;
            }
            apply(ways.get(0));
        }
    }

    // Of those that happened the ones that may come next: they began before any that is not done had ended.
    private List<Item> enabled() {
        List<Item> enabled = new ArrayList<>();
        long end = History.NEVER;
        for (int i = certainDone.nextClearBit(0); i < certain.size(); i = certainDone.nextClearBit(i + 1)) {
            Item item = certain.get(i);
            if (item.what.start() > end) {
                break;
            }
            end = Math.min(end, item.what.end());
            enabled.add(item);
        }
        long first = end;
        enabled.removeIf(item -> item.what.start() > first);
        return enabled;
    }

    // A value that is gone does not come back: until nobody needs it any more it stays.
    private Optional<Item> lastOfValue(List<Item> enabled) {
        return enabled.stream()
                .filter(item -> wanted(value) == 1 && item.what.needs() && item.what.fits(value))
                .findFirst();
    }

    // ---- where every conflict tells what was there

    // Of two groups that both can come next the one comes first of which something ends before something of
    // the other begins. Where that is neither, they can change places; so they can if it is the last of them
    // to end.
    private List<Item> groupWays(List<Item> enabled) {
        Operation first = enabled.stream().min(BY_END).orElseThrow().what;
        long next = first.needs() && first.needed() != History.ABSENT ? first.needed() : first.value();
        boolean deletion = next == History.ABSENT;
        long latest = deletion ? first.start() : groups.lastStart(next);
        List<Item> blind = new ArrayList<>();
        List<Item> ways = new ArrayList<>();
        for (Item item : enabled) {
            long of = item.what.value();
            boolean writes = item.what.changes() && of != History.ABSENT;
            boolean own = !deletion && groups.same(of, next);
            boolean ready = groups.lastStart(of) <= first.end();
            if (writes && item.what.kind() == Kind.WRITE && ready && !own) {
                blind.add(item);
            } else if (writes && item.what.kind() == Kind.COMPARE_AND_SET && item.what.fits(value)) {
                ways.add(item);
            }
        }
        Optional<Item> before =
                blind.stream().min(Comparator.comparingLong(item -> groups.firstEnd(item.what.value())));
        boolean must = before.isPresent() && groups.firstEnd(before.get().what.value()) < latest;
        if (deletion || must) {
            before.ifPresent(ways::add);
        }
        if (!deletion && !must) {
            enabled.stream()
                    .filter(item -> item.what.kind() == Kind.WRITE && groups.same(item.what.value(), next))
                    .findFirst()
                    .ifPresent(ways::add);
        }
        deletion(enabled, first).ifPresent(item -> {
            boolean soon = item.what.end() < latest
                    || enabled.stream().anyMatch(other -> other.needsNothing() && other.what.end() < latest);
            ways.add(deletion || soon ? 0 : ways.size(), item);
        });
        return ways;
    }

    // Of several the one that ends first: another one will do later as well.
    private Optional<Item> deletion(List<Item> enabled, Operation first) {
        Optional<Item> certainly =
                enabled.stream().filter(item -> item.what.kind() == Kind.DELETE).min(BY_END);
        return certainly.isPresent()
                ? certainly
                : open.stream()
                        .filter(item -> !isDone(item) && value != History.ABSENT)
                        .filter(item -> item.what.kind() == Kind.DELETE && item.what.start() <= first.end())
                        .filter(item -> enabled.stream().anyMatch(Item::needsNothing))
                        .findFirst();
    }

    // ---- where some do not

    private List<Item> allWays(List<Item> enabled) {
        long end = enabled.stream().min(BY_END).orElseThrow().what.end();
        List<Item> ways = new ArrayList<>();
        enabled.stream().filter(item -> item.what.fits(value)).sorted(BY_END).forEach(ways::add);
        open.stream()
                .filter(item -> !isDone(item) && item.what.start() <= end && item.what.fits(value))
                .forEach(ways::add);
        return ways;
    }

    // ---- going on and back

    private boolean isDone(Item item) {
        return item.certain ? certainDone.get(item.place) : openDone.get(item.place);
    }

    private void apply(Item item) {
        order.add(new Step(item, value));
        mark(item, true);
        if (item.what.changes()) {
            value = item.what.value();
        }
    }

    private void undo(int length) {
        while (order.size() > length) {
            Step last = order.remove(order.size() - 1);
            mark(last.item(), false);
            value = last.before();
        }
    }

    private void mark(Item item, boolean now) {
        if (item.certain) {
            certainDone.set(item.place, now);
            count(item.what, now ? -1 : 1);
        } else {
            openDone.set(item.place, now);
        }
    }
}
