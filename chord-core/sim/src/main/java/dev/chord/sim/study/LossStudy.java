package dev.chord.sim.study;

/**
 * How likely it is to lose a key for good: when the disks of all r processes that hold it die before a repair
 * has made new copies. Copies lie on r processes in a row, so a ring of N has N sets of holders (successor
 * placement; Stoica et al., ToN 2003, section 4.3, for the placement).
 */
public final class LossStudy {
    private static final double HOURS_A_YEAR = 24 * 365.25;

    private LossStudy() {}

    /**
     * The probability that in a year at least one set of holders is lost, if disks die independently. A set
     * is lost when after one death the other r - 1 follow within the time a repair takes: N r lambda^r
     * T^(r-1) losses an hour.
     *
     * @param deaths the share of disks that die in a year
     * @param repairHours from a death until its copies are made anew
     */
    public static double inAYear(int nodes, int replicas, double deaths, double repairHours) {
        double perHour = -Math.log1p(-deaths) / HOURS_A_YEAR;
        double rate = replicas * Math.pow(perHour, replicas) * Math.pow(repairHours, replicas - 1);
        return -Math.expm1(-rate * sets(nodes, replicas) * HOURS_A_YEAR);
    }

    private static int sets(int nodes, int replicas) {
        return nodes > replicas ? nodes : 1;
    }

    /**
     * The probability that at least one set of holders is lost if so many disks, any of them, die at the same
     * moment: some r in a row on the circle are among them.
     */
    public static double atOnce(int nodes, int replicas, int dead) {
        if (dead < replicas) {
            return 0;
        }
        if (nodes <= replicas || dead > nodes) {
            return dead >= nodes ? 1 : 0;
        }
        return 1 - safe(nodes, replicas, dead) / binomial(nodes, dead);
    }

    // Ways to choose the dead on a circle without r of them in a row. Cut open at a live one: with it fixed,
    // what is left is a row; each choice is met once for each of its live ones.
    private static double safe(int nodes, int replicas, int dead) {
        if (dead == nodes) {
            return 0;
        }
        int live = nodes - dead;
        // the dead lie in the gaps between live ones: live gaps around the circle, each with fewer than r
        // of them
        double[] ways = new double[dead + 1];
        ways[0] = 1;
        for (int gap = 0; gap < live; gap++) {
            double[] next = new double[dead + 1];
            for (int sum = 0; sum <= dead; sum++) {
                for (int here = 0; here < replicas && here <= sum; here++) {
                    next[sum] += ways[sum - here];
                }
            }
            ways = next;
        }
        return ways[dead] * nodes / live;
    }

    private static double binomial(int n, int k) {
        double result = 1;
        for (int i = 1; i <= k; i++) {
            result = result * (n - k + i) / i;
        }
        return result;
    }
}
