package dev.chord.sim.explore;

import java.util.Arrays;

/**
 * Numbered states, packed: three components to a word, the words of all states in one array, and a table of their numbers for
 * finding them. Millions fit.
 */
final class StateSet {
    private static final int BITS = 21;
    private static final int PER_WORD = 3;
    private static final long MASK = (1L << BITS) - 1;

    private final int size;
    private final int words;
    private long[] states = new long[1 << 16];
    private int[] table = new int[1 << 16];
    private int count;

    StateSet(int size) {
        this.size = size;
        this.words = (size + PER_WORD - 1) / PER_WORD;
    }

    int count() {
        return count;
    }

    /** Bytes in use. */
    long bytes() {
        return 8L * states.length + 4L * table.length;
    }

    /** The number of a state; -1 - number if it is new. */
    int add(int[] state) {
        if (count * 3L > table.length * 2L) {
            grow();
        }
        int slot = slotOf(pack(state));
        if (table[slot] != 0) {
            return table[slot] - 1;
        }
        int number = count++;
        if ((long) count * words > states.length) {
            states = Arrays.copyOf(states, (int) Math.min(Integer.MAX_VALUE - 8L, states.length * 3L / 2));
        }
        System.arraycopy(packed, 0, states, number * words, words);
        table[slot] = number + 1;
        return -1 - number;
    }

    /** The number of a state; -1 if it is not there. */
    int find(int[] state) {
        return table[slotOf(pack(state))] - 1;
    }

    private final long[] packed = new long[8];

    private long[] pack(int[] state) {
        Arrays.fill(packed, 0, words, 0);
        for (int i = 0; i < size; i++) {
            if (state[i] > MASK) {
                throw new IllegalStateException("more than " + MASK + " different components");
            }
            packed[i / PER_WORD] |= (long) state[i] << BITS * (i % PER_WORD);
        }
        return packed;
    }

    void get(int number, int[] into) {
        for (int i = 0; i < size; i++) {
            into[i] = (int) (states[number * words + i / PER_WORD] >>> BITS * (i % PER_WORD) & MASK);
        }
    }

    private int slotOf(long[] key) {
        long hash = 0;
        for (int i = 0; i < words; i++) {
            hash = (hash ^ key[i]) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        int slot = (int) (hash & table.length - 1);
        while (table[slot] != 0 && !same(table[slot] - 1, key)) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    private boolean same(int number, long[] key) {
        for (int i = 0; i < words; i++) {
            if (states[number * words + i] != key[i]) {
                return false;
            }
        }
        return true;
    }

    private void grow() {
        table = new int[2 * table.length];
        long[] key = new long[words];
        for (int number = 0; number < count; number++) {
            System.arraycopy(states, number * words, key, 0, words);
            table[slotOf(key)] = number + 1;
        }
    }
}
