package dev.chord.sim.explore;

import java.util.Optional;

/** The predicates on a state of the whole ring (Zave's, by name), over bit sets of positions. */
final class Judge {
    private final Components components;
    private final int size;
    private final int everyone;

    Judge(Components components) {
        this.components = components;
        this.size = components.relative().size();
        this.everyone = (1 << size) - 1;
    }

    // A set of offsets as seen from a position, as positions.
    private int positions(int offsets, int from) {
        return (offsets << from | offsets >>> size - from) & everyone;
    }

    // A set of positions as offsets from one of them.
    private int offsets(int positions, int from) {
        return (positions >>> from | positions << size - from) & everyone;
    }

    /** Positions with a member that is in the ring. */
    int members(int[] state) {
        int mask = 0;
        for (int i = 0; i < size; i++) {
            mask |= components.shape(state[i]).member ? 1 << i : 0;
        }
        return mask;
    }

    /** Positions with a member that is not about to leave. */
    int staying(int[] state) {
        int mask = 0;
        for (int i = 0; i < size; i++) {
            mask |= components.shape(state[i]).staying ? 1 << i : 0;
        }
        return mask;
    }

    /**
     * Staying members that no extended successor list skips, those in answers in flight counted
     * (Zave, principals).
     */
    int principals(int[] state) {
        int skipped = 0;
        for (int i = 0; i < size; i++) {
            skipped |= positions(components.shape(state[i]).skipped, i);
        }
        return staying(state) & ~skipped;
    }

    /** Positions that are skipped by a list that was not there in the state before. */
    int skippedAnew(int[] before, int[] state) {
        int skipped = 0;
        for (int i = 0; i < size; i++) {
            if (state[i] != before[i]) {
                skipped |= positions(components.shape(state[i]).skipped, i);
            }
        }
        return skipped;
    }

    /** Positions of whose last words an answer is still on its way to somebody. */
    int farewells(int[] state) {
        int mask = 0;
        for (int i = 0; i < size; i++) {
            mask |= positions(components.shape(state[i]).farewells, i);
        }
        return mask;
    }

    /** Whether each list, stored or in flight, names one of these positions. */
    boolean eachListNames(int[] state, int positions, int except) {
        for (int i = 0; i < size; i++) {
            if (i != except) {
                for (int list : components.shape(state[i]).lists) {
                    if ((positions(list, i) & positions) == 0) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** The invariant that a state breaks, if it breaks one. */
    Optional<String> violation(int[] state, int neededPrincipals) {
        int members = members(state);
        if (members == 0) {
            return Optional.empty();
        }
        boolean lone = Integer.bitCount(members) == 1;
        for (int i = 0; i < size; i++) {
            ShapeOf shape = components.shape(state[i]);
            if (shape.member && !lone && bestSuccessor(state, i, members) < 0) {
                return Optional.of("OneLiveSuccessor");
            }
        }
        if (Integer.bitCount(principals(state)) < neededPrincipals) {
            return Optional.of("SufficientPrincipals");
        }
        return lone ? Optional.empty() : ring(state, members);
    }

    // The first live one of a list, which is in circle order; -1: none. A founder that nobody has joined yet
    // is its own.
    private int bestSuccessor(int[] state, int i, int members) {
        int named = components.shape(state[i]).named;
        if (named == 0) {
            return i;
        }
        int live = named & offsets(members, i);
        int position = i + Integer.numberOfTrailingZeros(live);
        return live == 0 ? -1 : position < size ? position : position - size;
    }

    private Optional<String> ring(int[] state, int members) {
        int ring = 0;
        for (int i = 0; i < size; i++) {
            if ((members >> i & 1) == 1) {
                int cycle = cycleFrom(state, i, members);
                if (ring != 0 && cycle != ring) {
                    return Optional.of("AtMostOneRing");
                }
                ring = cycle;
            }
        }
        for (int i = 0; i < size; i++) {
            if ((ring >> i & 1) == 1 && !inOrder(state, i, ring, members)) {
                return Optional.of("OrderedRing");
            }
        }
        return Optional.empty();
    }

    // The positions of the cycle that best successors lead to: everyone reaches one, for everyone has a
    // best successor.
    private int cycleFrom(int[] state, int start, int members) {
        int at = start;
        for (int i = 0; i < size; i++) {
            at = bestSuccessor(state, at, members);
        }
        int cycle = 0;
        while ((cycle >> at & 1) == 0) {
            cycle |= 1 << at;
            at = bestSuccessor(state, at, members);
        }
        return cycle;
    }

    // No member of the ring lies between one of its members and that one's best successor.
    private boolean inOrder(int[] state, int i, int ring, int members) {
        int distance = Math.floorMod(bestSuccessor(state, i, members) - i, size);
        int before = (1 << (distance == 0 ? size : distance)) - 1;
        return (offsets(ring, i) & before & ~1) == 0;
    }

    /** Whether every pointer is what it should be and nothing is in flight. */
    boolean ideal(int[] state) {
        int members = members(state);
        for (int i = 0; i < size; i++) {
            if (state[i] != Components.NONE) {
                ShapeOf shape = components.shape(state[i]);
                if (!shape.member || !idealAt(i, shape, members)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean idealAt(int i, ShapeOf shape, int members) {
        int length = Math.min(components.settings().successors(), Integer.bitCount(members) - 1);
        if (shape.successors.length != length) {
            return false;
        }
        int others = offsets(members, i) & ~1;
        int rest = others;
        for (int successor : shape.successors) {
            if (successor != Integer.numberOfTrailingZeros(rest)) {
                return false;
            }
            rest &= rest - 1;
        }
        return shape.predecessor == 31 - Integer.numberOfLeadingZeros(others);
    }
}
