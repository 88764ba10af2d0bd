package dev.chord.core.records;

import dev.chord.core.bounds.ClaimBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.placement.ArcMap;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Whether there is room among the claims of a process for what others ask of it; see {@link ClaimBounds}.
 * Pure; any thread.
 */
final class ClaimRoom {
    private static final int FEW_ARCS = 64; // of which it is looked at what becomes of them

    private ClaimRoom() {}

    /** Whether what is claimed of these arcs, piece by piece, may be told in one answer. */
    static boolean mayTell(List<Arc> arcs, ArcMap<Claim> claims) {
        long pieces = 0;
        for (Arc arc : arcs) {
            pieces += claims.over(arc).size();
            if (pieces > ClaimBounds.TOLD) {
                return false;
            }
        }
        return true;
    }

    /** Whether a change that somebody else asks for may be made. */
    static boolean mayChange(List<Arc> arcs, ArcMap<Claim> claims, UnaryOperator<Claim> change) {
        boolean cutsFew = claims.pieces() + 2 * arcs.size() <= ClaimBounds.PIECES;
        if (!cutsFew && arcs.size() > FEW_ARCS) {
            return false;
        }
        ArcMap<Claim> then = claims.copy();
        arcs.forEach(arc -> then.update(arc, change));
        return ClaimBounds.mayBecome(claims.pieces(), then.pieces(), ClaimBounds.PIECES)
                && ClaimBounds.mayBecome(most(arcs, claims), most(arcs, then), ClaimBounds.PROPOSED);
    }

    private static int most(List<Arc> arcs, ArcMap<Claim> claims) {
        return arcs.stream()
                .flatMap(arc -> claims.over(arc).stream())
                .mapToInt(piece -> piece.value().proposed().size())
                .max()
                .orElse(0);
    }
}
