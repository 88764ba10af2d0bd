package dev.chord.sim.explore;

/**
 * One thing that can happen next.
 *
 * @param who a process, a client or the place among what is late
 * @param with a process that is asked, or for a crash: 1 if the disk has done all that it was asked for
 */
record RecordMove(Kind kind, int who, int with) {
    enum Kind {
        /** What was sent first arrives. */
        DELIVER,
        /** What was sent first will be late. */
        DELAY,
        /** Something late arrives. */
        ARRIVE,
        /** Nothing is on its way: time passes until somebody is done with waiting. */
        WAIT,
        /** A client does the next thing. */
        BEGIN,
        /** A client asks for the same once more. */
        AGAIN,
        CRASH,
        RESTART,
        /** A process is cut off. */
        CUT,
        HEAL,
        /** A member takes the name over. */
        TAKE
    }

    static RecordMove of(Kind kind) {
        return new RecordMove(kind, 0, 0);
    }
}
