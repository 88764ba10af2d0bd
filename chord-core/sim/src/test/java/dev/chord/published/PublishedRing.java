package dev.chord.published;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Chord as it was published before it was corrected, for the sake of its failures (P. Zave, "Using
 * lightweight modeling to understand Chord", CCR 42(2), 2012): two successors, replaced one at a time. A
 * value; {@link #after} plays a scenario written as {@code J(1,0) S1 F1}:
 *
 * <ul>
 *   <li>J(j,m): j joins through m;
 *   <li>S n: n asks its first successor for its predecessor, adopts that one if it is closer, and notifies
 *   the first successor it has then;
 *   <li>C n: n takes its successor's first successor as its second;
 *   <li>U n: n's first successor is dead, the second takes its place;
 *   <li>X n: n forgets a dead predecessor;
 *   <li>F n: n dies;
 *   <li>D n: n drops its first successor, dead or merely silent, and notifies the next.
 * </ul>
 *
 * With {@link Rules#CORRECTED} S is the corrected operation instead (Zave, IEEE TSE 2017): it rebuilds the
 * whole list.
 */
record PublishedRing(Rules rules, int[][] lists, int[] predecessors, int live) {
    /** Which protocol. */
    enum Rules {
        /** The published one: a pointer is adopted without asking whom it points to. */
        PUBLISHED,
        /** The published one, with a question whether a member lives before it is adopted. */
        CHECKING,
        /** The corrected operations. */
        CORRECTED
    }

    private static final int R = 2;
    private static final int NONE = -1;
    private static final Pattern MOVE = Pattern.compile("J\\((\\d),(\\d)\\)|([SCUXFD])(\\d)");

    /** The ideal ring of some members, of so many positions. */
    static PublishedRing ideal(Rules rules, int size, int... members) {
        PublishedRing ring = new PublishedRing(rules, new int[size][0], new int[size], 0);
        Arrays.fill(ring.predecessors, NONE);
        int mask = 0;
        int n = members.length;
        for (int i = 0; i < n; i++) {
            ring.lists[members[i]] = n == 1
                    ? new int[0]
                    : rules == Rules.CORRECTED && n == 2
                            ? new int[] {members[(i + 1) % n]}
                            : new int[] {members[(i + 1) % n], members[(i + 2) % n]};
            ring.predecessors[members[i]] = members[(i + n - 1) % n];
            mask |= 1 << members[i];
        }
        return new PublishedRing(rules, ring.lists, ring.predecessors, mask);
    }

    PublishedRing after(String scenario) {
        PublishedRing ring = this;
        Matcher moves = MOVE.matcher(scenario);
        while (moves.find()) {
            ring = moves.group(1) != null
                    ? ring.join(Integer.parseInt(moves.group(1)), Integer.parseInt(moves.group(2)))
                    : ring.move(moves.group(3).charAt(0), Integer.parseInt(moves.group(4)));
        }
        return ring;
    }

    private PublishedRing copy(int alive) {
        return new PublishedRing(rules, lists.clone(), predecessors.clone(), alive);
    }

    private PublishedRing join(int joiner, int member) {
        int first = lists[member].length == 0 ? member : lists[member][0];
        if (isLive(joiner) || !isLive(member) || !between(member, joiner, first)) {
            throw new IllegalArgumentException(joiner + " cannot join through " + member + " in " + this);
        }
        PublishedRing next = copy(live | 1 << joiner);
        next.lists[joiner] = rules == Rules.CORRECTED && lists[member].length > 0 ? lists[member] : new int[] {first};
        next.predecessors[joiner] = rules == Rules.CORRECTED ? member : NONE;
        return next;
    }

    private PublishedRing move(char what, int n) {
        PublishedRing next = copy(what == 'F' ? live & ~(1 << n) : live);
        switch (what) {
            case 'S' -> next.stabilize(n);
            case 'C' -> next.reconcile(n);
            case 'U' -> next.promote(n);
            case 'X' -> next.flush(n);
            case 'D' -> next.drop(n);
            default -> {
                // F: gone, with all that it knew
            }
        }
        return next;
    }

    // These change the arrays of a fresh copy.

    private void stabilize(int n) {
        int head = head(n);
        if (head == NONE || !isLive(head)) {
            return;
        }
        int candidate = predecessors[head];
        boolean closer = candidate != NONE && between(n, candidate, head);
        if (rules == Rules.CORRECTED) {
            lists[n] = rebuilt(n, head);
            if (closer && isLive(candidate)) {
                lists[n] = rebuilt(n, candidate);
            }
        } else if (closer && (rules == Rules.PUBLISHED || isLive(candidate))) {
            int[] list = lists[n].clone();
            list[0] = candidate;
            lists[n] = list;
        }
        notify(head(n), n);
    }

    private void notify(int head, int by) {
        if (head == NONE || !isLive(head) || head == by) {
            return;
        }
        int old = predecessors[head];
        boolean replaced = rules == Rules.CORRECTED && old != NONE && !isLive(old);
        if (old == NONE || replaced || between(old, by, head)) {
            predecessors[head] = by;
        }
    }

    private void drop(int n) {
        lists[n] = tail(lists[n]);
        notify(head(n), n);
    }

    private void reconcile(int n) {
        int head = head(n);
        if (head != NONE && isLive(head) && lists[head].length > 0) {
            lists[n] = new int[] {head, lists[head][0]};
        }
    }

    private void promote(int n) {
        if (lists[n].length == R && !isLive(lists[n][0])) {
            lists[n] = tail(lists[n]);
        }
    }

    private void flush(int n) {
        if (predecessors[n] != NONE && !isLive(predecessors[n])) {
            predecessors[n] = NONE;
        }
    }

    private int[] rebuilt(int n, int head) {
        List<Integer> list = new ArrayList<>(List.of(head));
        for (int entry : lists[head]) {
            if (list.size() < R && between(list.get(list.size() - 1), entry, n)) {
                list.add(entry);
            } else {
                break;
            }
        }
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int[] tail(int[] list) {
        return list.length == 0 ? list : Arrays.copyOfRange(list, 1, list.length);
    }

    private int head(int n) {
        return lists[n].length == 0 ? NONE : lists[n][0];
    }

    private boolean isLive(int n) {
        return (live >> n & 1) == 1;
    }

    private boolean between(int from, int x, int to) {
        int size = lists.length;
        int reach = Math.floorMod(to - from, size);
        int distance = Math.floorMod(x - from, size);
        return distance > 0 && (reach == 0 || distance < reach);
    }

    // ---- what holds

    List<Integer> members() {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < lists.length; i++) {
            if (isLive(i)) {
                found.add(i);
            }
        }
        return found;
    }

    /** The first live successor, or -1. */
    int bestSuccessor(int n) {
        return Arrays.stream(lists[n]).filter(this::isLive).findFirst().orElse(NONE);
    }

    /** The cycles over best successors, each from its smallest member. */
    Set<List<Integer>> rings() {
        Set<List<Integer>> rings = new LinkedHashSet<>();
        for (int start : members()) {
            List<Integer> cycle = new ArrayList<>();
            int at = start;
            do {
                cycle.add(at);
                at = bestSuccessor(at);
            } while (at != NONE && at != start && !cycle.contains(at));
            if (at == start && start == cycle.stream().min(Integer::compare).orElseThrow()) {
                rings.add(cycle);
            }
        }
        return rings;
    }

    boolean atLeastOneRing() {
        return !rings().isEmpty();
    }

    boolean atMostOneRing() {
        return rings().size() <= 1;
    }

    /** Whether each ring goes round the circle once. */
    boolean orderedRing() {
        return rings().stream()
                .allMatch(ring -> ring.equals(ring.stream().sorted().toList()));
    }

    /** Whether everybody gets to a ring over best successors. */
    boolean connectedAppendages() {
        return members().stream().allMatch(n -> {
            Set<Integer> seen = new HashSet<>();
            int at = n;
            while (at != NONE && seen.add(at)) {
                at = bestSuccessor(at);
            }
            return at != NONE;
        });
    }

    /** Whether the first successors and the predecessors of all make the one ring of all. */
    boolean ideal() {
        List<Integer> all = members();
        for (int i = 0; i < all.size(); i++) {
            int next = all.get((i + 1) % all.size());
            if (all.size() > 1 && (head(all.get(i)) != next || predecessors[next] != all.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether no order of repairs, with nobody coming or going any more, leads to a state that
     * satisfies this.
     */
    boolean never(Predicate<PublishedRing> wanted) {
        String repairs = rules == Rules.CORRECTED ? "SX" : "SCUX";
        Set<String> seen = new HashSet<>();
        Deque<PublishedRing> open = new ArrayDeque<>(List.of(this));
        seen.add(toString());
        while (!open.isEmpty()) {
            PublishedRing ring = open.poll();
            if (wanted.test(ring)) {
                return false;
            }
            for (int n : ring.members()) {
                for (char repair : repairs.toCharArray()) {
                    ring.consider(ring.move(repair, n), seen, open);
                }
                boolean deadHead = ring.head(n) != NONE && !ring.isLive(ring.head(n));
                if (rules == Rules.CORRECTED && deadHead) {
                    ring.consider(ring.move('D', n), seen, open);
                }
            }
        }
        return true;
    }

    private void consider(PublishedRing next, Set<String> seen, Deque<PublishedRing> open) {
        if (seen.add(next.toString())) {
            open.add(next);
        }
    }

    /** As in the scenarios: {@code 0:[1,4]p4}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int n : members()) {
            text.append(text.isEmpty() ? "" : " ").append(n).append(':');
            text.append(Arrays.toString(lists[n]).replace(" ", ""));
            text.append(predecessors[n] == NONE ? "" : "p" + predecessors[n]);
        }
        return text.toString();
    }
}
