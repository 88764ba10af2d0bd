package dev.chord.sim;

import java.util.SplittableRandom;

/** How long something takes, in microseconds: a distribution. */
public sealed interface Delay {
    /** One value. */
    long draw(SplittableRandom random);

    /** The mean in microseconds. */
    long mean();

    record Fixed(long micros) implements Delay {
        @Override
        public long draw(SplittableRandom random) {
            return micros;
        }

        @Override
        public long mean() {
            return micros;
        }
    }

    /** Between two values, both included. */
    record Uniform(long from, long to) implements Delay {
        @Override
        public long draw(SplittableRandom random) {
            return from + random.nextLong(to - from + 1);
        }

        @Override
        public long mean() {
            return (from + to) / 2;
        }
    }

    /**
     * As in the papers' simulations (ToN 2003, section V-E). Drawn by comparing (J. von Neumann, "Various
     * techniques used in connection with random digits", 1951): without a logarithm, which takes longer.
     */
    record Exponential(long mean) implements Delay {
        @Override
        public long draw(SplittableRandom random) {
            long whole = 0;
            while (true) {
                double first = random.nextDouble();
                double last = first;
                boolean odd = true; // as many values in a row, each smaller than the one before it
                for (double next = random.nextDouble(); next < last; next = random.nextDouble()) {
                    last = next;
                    odd = !odd;
                }
                if (odd) {
                    return Math.round((whole + first) * mean);
                }
                whole++;
            }
        }
    }

    static Delay fixed(long micros) {
        return new Fixed(micros);
    }

    static Delay uniform(long from, long to) {
        return new Uniform(from, to);
    }

    static Delay exponential(long mean) {
        return new Exponential(mean);
    }
}
