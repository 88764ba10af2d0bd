package dev.chord.sim.explore;

import java.util.Arrays;

/** From long to long, both at least 0: what has been worked out already. */
final class LongMap {
    private long[] keys = new long[1 << 12];
    private long[] values = new long[1 << 12];
    private int count;

    LongMap() {
        Arrays.fill(keys, -1);
    }

    /** The value; -1: none. */
    long get(long key) {
        int slot = slot(key);
        return keys[slot] == key ? values[slot] : -1;
    }

    void put(long key, long value) {
        if (2 * count >= keys.length) {
            grow();
        }
        int slot = slot(key);
        count += keys[slot] == key ? 0 : 1;
        keys[slot] = key;
        values[slot] = value;
    }

    private int slot(long key) {
        long hash = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (hash >>> 32) & keys.length - 1;
        while (keys[slot] != -1 && keys[slot] != key) {
            slot = slot + 1 & keys.length - 1;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new long[2 * oldKeys.length];
        Arrays.fill(keys, -1);
        count = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != -1) {
                put(oldKeys[i], oldValues[i]);
            }
        }
    }
}
