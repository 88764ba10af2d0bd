package dev.chord.sim.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The formulas against counting and against chance. */
class LossStudyTest {
    @Test
    void simultaneousDeathsAreCountedRight() {
        for (int nodes = 2; nodes <= 12; nodes++) {
            for (int replicas = 1; replicas <= Math.min(4, nodes - 1); replicas++) {
                for (int dead = 0; dead <= nodes; dead++) {
                    assertThat(LossStudy.atOnce(nodes, replicas, dead))
                            .as("%d of %d, r = %d", dead, nodes, replicas)
                            .isCloseTo(counted(nodes, replicas, dead), within(1e-9));
                }
            }
        }
    }

    private static double counted(int nodes, int replicas, int dead) {
        int all = 0;
        int lost = 0;
        for (int set = 0; set < 1 << nodes; set++) {
            if (Integer.bitCount(set) == dead) {
                all++;
                lost += someRow(set, nodes, replicas) ? 1 : 0;
            }
        }
        return (double) lost / all;
    }

    private static boolean someRow(int set, int nodes, int replicas) {
        for (int start = 0; start < nodes; start++) {
            boolean row = true;
            for (int i = 0; i < replicas; i++) {
                row &= (set >> (start + i) % nodes & 1) == 1;
            }
            if (row) {
                return true;
            }
        }
        return false;
    }

    @Test
    void theRateOfLossIsThatOfAYearLivedThroughManyTimes() {
        // so many deaths and so slow a repair that chance shows it: 30 % a year, two weeks
        int nodes = 20;
        double share = 0.3;
        double hours = 336;
        SplittableRandom random = new SplittableRandom(8);
        int years = 40_000;
        int lost = 0;
        for (int year = 0; year < years; year++) {
            lost += year(nodes, 3, share, hours, random) ? 1 : 0;
        }
        double formula = LossStudy.inAYear(nodes, 3, share, hours);
        assertThat((double) lost / years).isCloseTo(formula, within(0.15 * formula));
    }

    private static boolean year(int nodes, int replicas, double share, double repairHours, SplittableRandom random) {
        double perHour = -Math.log1p(-share) / (24 * 365.25);
        double[] repaired = new double[nodes];
        double now = 0;
        while (true) {
            now += -Math.log(1 - random.nextDouble()) / (perHour * nodes);
            if (now > 24 * 365.25) {
                return false;
            }
            repaired[random.nextInt(nodes)] = now + repairHours;
            for (int start = 0; start < nodes; start++) {
                int down = 0;
                for (int i = 0; i < replicas; i++) {
                    down += repaired[(start + i) % nodes] > now ? 1 : 0;
                }
                if (down == replicas) {
                    return true;
                }
            }
        }
    }
}
