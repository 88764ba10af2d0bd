package dev.chord.core.protocol;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Peer;
import java.util.List;

/**
 * How far a lookup goes and how much it remembers, whatever it is told. In a ring in order a key is about
 * half of log2 N answers away (SIGCOMM 2001, theorem 2, and figure 10); what goes far beyond is led astray,
 * by a liar or by accident. Pure.
 */
public final class LookupBounds {
    /** Members heard of, and not asked yet, that a lookup keeps. */
    public static final int WAITING = 32;

    /** Members that count in one list of one answer: as many as the longest successor list has. */
    static final int NAMED = 64;

    // A member that says how dense the ring is about it may lie, so beyond this it is not believed.
    private static final int MOST_LOG = 20;

    private LookupBounds() {}

    /**
     * Members that a lookup asks at most.
     *
     * @param members how many the ring is believed to have, at least 1
     */
    public static int asked(double members) {
        return (int) Math.ceil(3 * log(members)) + 16;
    }

    /** Answers in a row that each name somebody closer, at most; see {@link #asked}. */
    public static int depth(double members) {
        return (int) Math.ceil(2 * log(members)) + 12;
    }

    private static double log(double members) {
        return Math.min(MOST_LOG, Math.max(0, Math.log(members) / Math.log(2)));
    }

    /**
     * How many members a ring has as far as one of them can tell: exactly, or from how far its successor
     * list reaches.
     */
    static double members(Reply.Neighborhood at, IdentifierCircle circle) {
        List<Peer> row = at.successors();
        if (at.wholeRing() || row.isEmpty()) {
            return 1.0 + row.size();
        }
        Identifier reach =
                circle.distance(at.self().id(), row.get(row.size() - 1).id());
        return row.size() / Math.max(Double.MIN_NORMAL, circle.fraction(reach));
    }
}
