package dev.chord.sim.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Lookups as the papers' pseudocode has them (SIGCOMM 2001, figure 4; ToN 2003, figure 5 and section V-D), on
 * a sorted array of 64-bit identifiers and with nothing of this project's protocol: what {@link StaticRing}
 * is held against. The published figures come from single experiments of the same algorithm.
 */
public final class PaperRing {
    // A circle of unsigned numbers: kept with the highest bit flipped, so that their signed order is the
    // right one.
    private final long[] members;
    private final boolean[] dead;
    private final int successors;

    /**
     * One lookup.
     *
     * @param hops members asked, the last hop, to the owner, not counted
     * @param timeouts dead members asked; each once
     */
    public record Walk(int hops, int timeouts) {}

    /** The means of many lookups. */
    public record Means(double hops, double timeouts) {}

    /**
     * @param members identifiers of the ideal ring, read as unsigned
     * @param gone those of them that have died, which nobody has noticed
     * @param successors r
     */
    public PaperRing(long[] members, Set<Long> gone, int successors) {
        this.members = Arrays.stream(members).map(PaperRing::flipped).sorted().toArray();
        this.dead = new boolean[members.length];
        this.successors = Math.min(successors, members.length - 1);
        for (int i = 0; i < dead.length; i++) {
            dead[i] = gone.contains(flipped(this.members[i]));
        }
    }

    private static long flipped(long value) {
        return value ^ Long.MIN_VALUE;
    }

    /** Random keys, looked up by random survivors. */
    public Means lookups(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long hops = 0;
        long timeouts = 0;
        for (int i = 0; i < count; i++) {
            int from = random.nextInt(members.length);
            while (dead[from]) {
                from = random.nextInt(members.length);
            }
            Walk walk = walk(flipped(members[from]), random.nextLong());
            hops += walk.hops();
            timeouts += walk.timeouts();
        }
        return new Means(hops / (double) count, timeouts / (double) count);
    }

    /** n.find_successor(id), for a member n. */
    public Walk walk(long n, long id) {
        int at = successor(n);
        int hops = 0;
        Set<Integer> timedOut = new HashSet<>();
        while (!listAnswers(at, id, timedOut)) {
            int next = closestPreceding(at, id, timedOut);
            if (next < 0) {
                break; // nobody closer is alive
            }
            at = next;
            hops++;
        }
        return new Walk(hops, timedOut.size());
    }

    // The first member at or after a point.
    private int successor(long point) {
        int found = Arrays.binarySearch(members, flipped(point));
        int at = found >= 0 ? found : -found - 1;
        return at == members.length ? 0 : at;
    }

    private static boolean strictlyBetween(long from, long point, long to) {
        long reach = to - from - 1; // everything but `from` itself if both are the same
        return point != from && Long.compareUnsigned(point - from - 1, reach) < 0;
    }

    // Whether the key's owner is in the list: the first live entry at or after the key.
    private boolean listAnswers(int at, long id, Set<Integer> timedOut) {
        boolean reached = false;
        for (int k = 1; k <= successors; k++) {
            int entry = (at + k) % members.length;
            reached |= !strictlyBetween(members[at], members[entry], flipped(id));
            if (reached && !dead[entry]) {
                return true;
            }
            if (reached) {
                timedOut.add(entry);
            }
        }
        return false;
    }

    // Of fingers and list the closest before the key; the next best one whenever there is no answer.
    private int closestPreceding(int at, long id, Set<Integer> timedOut) {
        List<Integer> known = new ArrayList<>();
        for (int i = 0; i < Long.SIZE; i++) {
            known.add(successor(flipped(members[at]) + (1L << i)));
        }
        for (int k = 1; k <= successors; k++) {
            known.add((at + k) % members.length);
        }
        known.removeIf(entry -> !strictlyBetween(members[at], members[entry], flipped(id)));
        known.sort((a, b) -> Long.compareUnsigned(members[b] - members[at], members[a] - members[at]));
        for (int entry : known) {
            if (!dead[entry]) {
                return entry;
            }
            timedOut.add(entry);
        }
        return -1;
    }
}
