package dev.chord.sim.explore;

import java.util.Set;

/**
 * What is explored.
 *
 * @param size points of the circle, 2 to 8
 * @param successors r
 * @param start how many members the ideal ring has in which it begins; 1: a founder alone
 * @param late how many answers and pings may be on their way at any time, in the whole ring, with grain
 *     {@link Grain#MESSAGES}: what would be one more arrives at once
 */
public record ExploreModel(int size, int successors, int start, Grain grain, int late, Set<Churn> churn) {
    /** As many late answers as there are. */
    public static final int ANY = Integer.MAX_VALUE;

    /** How finely what members do is interleaved. */
    public enum Grain {
        /** An answer and what the asker makes of it are two events: in between everything else can happen. */
        MESSAGES,
        /**
         * A question, its answer and what is made of it are one event, as in Zave's models: nothing is late.
         */
        ATOMIC,
        /** A whole round of stabilize, with notify and rectify, is one event. */
        COARSE
    }

    /** What else happens. */
    public enum Churn {
        JOIN,
        FAIL,
        LEAVE,
        /** Polite leaves down to the last member, one at a time; nobody joins or fails meanwhile. */
        SHRINK
    }

    public ExploreModel {
        if (size < 2 || size > 8 || successors < 2 || start < 1 || start > size) {
            throw new IllegalArgumentException("2 to 8 points, at least 2 successors, 1 to " + size + " members");
        }
        if (late < 0 || late != ANY && grain != Grain.MESSAGES) {
            throw new IllegalArgumentException("a number of late answers goes with messages that travel on their own");
        }
    }

    /** The usual one: begins with r + 1 members, which join, fail and come back. */
    public static ExploreModel of(int size, int successors, Grain grain) {
        return new ExploreModel(size, successors, successors + 1, grain, ANY, Set.of(Churn.JOIN, Churn.FAIL));
    }

    public ExploreModel with(Churn... kinds) {
        return new ExploreModel(size, successors, start, grain, late, Set.of(kinds));
    }

    public ExploreModel startingWith(int members) {
        return new ExploreModel(size, successors, members, grain, late, churn);
    }

    public ExploreModel withLateAnswers(int most) {
        return new ExploreModel(size, successors, start, grain, most, churn);
    }

    /** How many may be late, whatever the grain. */
    int mayBeLate() {
        return grain == Grain.MESSAGES ? late : 0;
    }

    boolean has(Churn kind) {
        return churn.contains(kind);
    }
}
