package dev.chord.sim.explore;

import java.util.Optional;

/** The predicates on a state of the whole ring (Zave's, by name), over bit sets of positions. */
final class Judge {
    private final Components components;
    private final int size;

    Judge(Components components) {
        this.components = components;
        this.size = components.relative().size();
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
     * Staying members that no extended successor list skips, those in answers in flight counted (Zave, principals).
     */
    int principals(int[] state) {
        int mask = staying(state);
        for (int i = 0; i < size; i++) {
            for (int[] list : components.shape(state[i]).lists) {
                int last = 0;
                for (int offset : list) {
                    mask &= ~between(i, last, offset);
                    last = offset;
                }
            }
        }
        return mask;
    }

    // Positions strictly between two offsets, as seen from i.
    private int between(int i, int from, int to) {
        int mask = 0;
        for (int k = from + 1; k < to; k++) {
            mask |= 1 << (i + k) % size;
        }
        return mask;
    }

    /** Whether each list, stored or in flight, names one of these positions. */
    boolean eachListNames(int[] state, int positions, int except) {
        for (int i = 0; i < size; i++) {
            if (i == except) {
                continue;
            }
            for (int[] list : components.shape(state[i]).lists) {
                if (list.length > 0 && !names(i, list, positions)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean names(int i, int[] list, int positions) {
        for (int offset : list) {
            if ((positions >> (i + offset) % size & 1) == 1) {
                return true;
            }
        }
        return false;
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

    // A founder that nobody has joined yet is its own successor; -1: none.
    private int bestSuccessor(int[] state, int i, int members) {
        if (components.shape(state[i]).successors.length == 0) {
            return i;
        }
        for (int offset : components.shape(state[i]).successors) {
            int position = (i + offset) % size;
            if ((members >> position & 1) == 1) {
                return position;
            }
        }
        return -1;
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

    // The positions of the cycle that best successors lead to: everyone reaches one, for everyone has a best successor.
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
        int next = bestSuccessor(state, i, members);
        int distance = Math.floorMod(next - i, size);
        return (between(i, 0, distance == 0 ? size : distance) & ring) == 0;
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
        int found = 0;
        for (int k = 1; k < size && found < length; k++) {
            if ((members >> (i + k) % size & 1) == 1 && shape.successors[found++] != k) {
                return false;
            }
        }
        int before = size - 1;
        while (before > 0 && (members >> (i + before) % size & 1) == 0) {
            before--;
        }
        return shape.predecessor == (before == 0 ? -1 : before);
    }
}
