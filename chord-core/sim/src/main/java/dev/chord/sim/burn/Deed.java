package dev.chord.sim.burn;

/** Kinds of things that are done to a ring. */
public enum Deed {
    READ(Kind.OPERATION),
    WRITE(Kind.OPERATION),
    DELETE(Kind.OPERATION),
    COMPARE_AND_SET(Kind.OPERATION),
    PUT_BLOCK(Kind.OPERATION),
    /** kill -9 */
    CRASH(Kind.WITHIN),
    /** One that died comes back. */
    RESTART(Kind.END),
    /** A crash, and an empty disk instead of the old one. */
    LOSE_DISK(Kind.WITHIN),
    JOIN(Kind.WITHIN),
    LEAVE(Kind.WITHIN),
    /** A disk takes up to seconds for everything. */
    SLOW_DISK(Kind.WITHIN),
    /** A disk answers nothing, for longer than anybody waits. */
    STALL_DISK(Kind.WITHIN),
    /** A disk takes nothing: something else fills it. */
    FULL_DISK(Kind.WITHIN),
    /** What is not in memory cannot be read. */
    UNREADABLE_DISK(Kind.WITHIN),
    /** A write fails, and after it nothing is written. */
    BROKEN_DISK(Kind.WITHIN),
    /** All disks are as they should be; a process whose disk has failed is started again. */
    DISKS_WELL(Kind.END),
    /** The time of day of a machine jumps by up to a day, either way. */
    SET_CLOCK(Kind.WITHIN),
    /** Every process is killed at the same moment; all come back at once, with what their disks had. */
    BLACKOUT(Kind.MISLEADING),
    /** Some are killed at the same moment, whatever else is going on. */
    CRASH_SEVERAL(Kind.MISLEADING),
    /** All that died come back. */
    RESTART_ALL(Kind.END),
    /** SIGSTOP */
    PAUSE(Kind.MISLEADING),
    /** All hang, or their machines sleep. */
    FREEZE_ALL(Kind.MISLEADING),
    RESUME(Kind.END),
    PARTITION(Kind.MISLEADING),
    CUT_ONE_WAY(Kind.MISLEADING),
    /** Any two may not reach each other, though a third one reaches both. */
    CUT_PAIRS(Kind.MISLEADING),
    HEAL(Kind.END),
    HOLD(Kind.MISLEADING),
    RELEASE(Kind.END),
    /** All that is on all disks is copied. */
    BACKUP(Kind.BEYOND),
    /** A crash, and the disk as it was at the last backup. */
    ROLL_BACK_DISK(Kind.BEYOND),
    /** A crash, and an empty database; the disk still tells which process it is. */
    LOSE_DATABASE(Kind.BEYOND),
    /** A second process with a copy of another one's disk. */
    CLONE_DISK(Kind.BEYOND),
    /** It ends. */
    END_CLONE(Kind.END),
    /** A byte of a value on a disk changes. */
    CORRUPT_ROW(Kind.BEYOND),
    /** A row on a disk tells of another version, of another writer, or of a deletion. */
    GARBLE_ROW(Kind.BEYOND),
    /** The time of day of a machine jumps by months. */
    SET_CLOCK_FAR(Kind.BEYOND),
    /** Everybody is told of two that run that they will not come back. */
    GIVE_UP_LIVE(Kind.BEYOND);

    private enum Kind {
        OPERATION,
        /** Within what the protocol assumes of failures. */
        WITHIN,
        /** It makes a live process look dead, or more die than the protocol assumes. */
        MISLEADING,
        /** It ends something. */
        END,
        /** Today's rules do not survive it: only done where it is asked for. */
        BEYOND
    }

    private final Kind kind;

    Deed(Kind kind) {
        this.kind = kind;
    }

    /** Whether today's rules are not made for it; see {@code known-violations.txt}. */
    public boolean isBeyond() {
        return kind == Kind.BEYOND;
    }

    /** Whether nothing is repaired for a while, or again. */
    boolean disturbs() {
        boolean ends = this == HEAL || this == RELEASE || this == RESUME;
        boolean disk = this == SLOW_DISK
                || this == STALL_DISK
                || this == FULL_DISK
                || this == UNREADABLE_DISK
                || this == DISKS_WELL;
        return kind == Kind.MISLEADING && this != BLACKOUT || ends || disk;
    }

    /** What ends it; itself: nothing does, or need. */
    Deed end() {
        return switch (this) {
            case CRASH, LOSE_DISK, LOSE_DATABASE, ROLL_BACK_DISK -> RESTART;
            case CRASH_SEVERAL -> RESTART_ALL;
            case SLOW_DISK, STALL_DISK, FULL_DISK, UNREADABLE_DISK, BROKEN_DISK -> DISKS_WELL;
            case PAUSE, FREEZE_ALL -> RESUME;
            case PARTITION, CUT_ONE_WAY, CUT_PAIRS -> HEAL;
            case HOLD -> RELEASE;
            case CLONE_DISK -> END_CLONE;
            default -> this;
        };
    }
}
