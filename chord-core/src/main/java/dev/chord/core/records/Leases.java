package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import java.util.Collection;

/**
 * Promises for a short time, by which an owner may answer reads without asking anybody: a holder that gave
 * one tells whoever wants to begin a new tenure how long it still binds (Gray and Cheriton, "Leases", SOSP
 * 1989). They live as long as the process, not longer. Each process goes by its own clock, which counts from
 * the start of the process; clocks may show any time of day and differ in rate by a fifth. Not thread-safe.
 */
public final class Leases {
    private static final long NEVER = Long.MIN_VALUE;

    private final long length;
    // as a holder: until when; as an owner: of which tenure, until when
    private final ArcMap<Long> given;
    private final ArcMap<Held> held = new ArcMap<>(new Held(0, NEVER));

    private record Held(long epoch, long until) {}

    /** @param length for how long a holder binds itself, in the unit of all times here */
    public Leases(long length) {
        this.length = length;
        this.given = new ArcMap<>(length); // what the process before this one gave may still bind it
    }

    // ---- as a holder

    /** Binds itself. */
    public void give(Arc arc, long now) {
        given.update(new Arc(arc.to(), arc.to()), until -> until <= now ? NEVER : until);
        given.update(arc, until -> Math.max(until, now + length));
    }

    /** How long what was given in these arcs still binds, at most. */
    public long left(Collection<Arc> arcs, long now) {
        return arcs.stream()
                .flatMap(arc -> given.over(arc).stream())
                .mapToLong(piece -> piece.value() <= now ? 0 : piece.value() - now)
                .max()
                .orElse(0);
    }

    /**
     * How long somebody else waits to be sure that a lease is over, when it has heard how much of it is left.
     */
    public static long over(long left) {
        return left + left / 4;
    }

    // ---- as an owner

    /**
     * A holder whose word was missing binds itself to a tenure.
     *
     * @param asked when it was asked for it, not when it answered
     */
    public void hold(Arc arc, long epoch, long asked) {
        held.update(arc, before -> new Held(epoch, asked + length - length / 4));
    }

    /** Whether no tenure after this one can have begun by now. */
    public boolean holds(Identifier key, long epoch, long now) {
        Held lease = held.at(key);
        return lease.epoch() == epoch && now < lease.until();
    }
}
