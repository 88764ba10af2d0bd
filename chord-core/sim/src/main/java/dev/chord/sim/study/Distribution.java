package dev.chord.sim.study;

import java.util.Arrays;

/** Counted values. */
public final class Distribution {
    private int[] values = new int[1024];
    private int size;
    private boolean sorted = true;

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
        sorted = false;
    }

    /** 0 if there are none. */
    public double mean() {
        return size == 0 ? 0 : (double) sum() / size;
    }

    public long sum() {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += values[i];
        }
        return sum;
    }

    /** The smallest value that so many percent do not exceed. */
    public int percentile(double percent) {
        if (!sorted) {
            Arrays.sort(values, 0, size);
            sorted = true;
        }
        int rank = (int) Math.ceil(percent / 100 * size);
        return size == 0 ? 0 : values[Math.max(0, Math.min(size, rank) - 1)];
    }

    public int max() {
        return percentile(100);
    }
}
