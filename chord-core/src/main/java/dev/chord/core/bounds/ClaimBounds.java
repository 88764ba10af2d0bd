package dev.chord.core.bounds;

import dev.chord.core.id.Arc;
import dev.chord.core.placement.ArcMap;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/**
 * How finely others may cut what a process has promised of the circle, and how much of it may be told at
 * once. Every promise is made durable together with all others, so whoever asks for one over arc after tiny
 * arc would make each the dearer. A ring whose members come and go cuts at their identifiers only, and an
 * owner that asks for its whole arc leaves one piece of it. Pure; any thread.
 */
public final class ClaimBounds {
    /** In so many pieces the circle may lie by what others ask for. */
    public static final int PIECES = 4096;

    /** So many tenures may be proposed for one piece of which nobody has said that they began. */
    public static final int PROPOSED = 64;

    /** So many pieces may be told of in one answer. */
    public static final int TOLD = 2 * PIECES;

    private static final int FEW_ARCS = 64; // of which it is looked at what becomes of them

    private ClaimBounds() {}

    /** Whether what is claimed of these arcs, piece by piece, may be told in one answer. */
    public static boolean mayTell(List<Arc> arcs, ArcMap<?> claims) {
        long pieces = 0;
        for (Arc arc : arcs) {
            pieces += claims.over(arc).size();
            if (pieces > TOLD) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether a change that somebody else asks for may be made. What leaves no more pieces, and proposals for
     * one, than there were always may.
     *
     * @param proposed how many proposals are part of a claim
     */
    public static <V> boolean mayChange(
            List<Arc> arcs, ArcMap<V> claims, UnaryOperator<V> change, ToIntFunction<V> proposed) {
        boolean cutsFew = claims.pieces() + 2 * arcs.size() <= PIECES;
        if (!cutsFew && arcs.size() > FEW_ARCS) {
            return false;
        }
        ArcMap<V> then = claims.copy();
        arcs.forEach(arc -> then.update(arc, change));
        return mayBecome(claims.pieces(), then.pieces(), PIECES)
                && mayBecome(most(arcs, claims, proposed), most(arcs, then, proposed), PROPOSED);
    }

    private static <V> int most(List<Arc> arcs, ArcMap<V> claims, ToIntFunction<V> proposed) {
        return arcs.stream()
                .flatMap(arc -> claims.over(arc).stream())
                .mapToInt(piece -> proposed.applyAsInt(piece.value()))
                .max()
                .orElse(0);
    }

    private static boolean mayBecome(int before, int after, int most) {
        return after <= most || after <= before;
    }
}
