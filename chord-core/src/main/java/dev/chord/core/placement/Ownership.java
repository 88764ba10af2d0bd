package dev.chord.core.placement;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/**
 * The arc of keys a member speaks for. Apart from its place in the ring: a member that joined owns nothing
 * until it has taken over its arc, and one that got a new predecessor goes on owning until the arc is taken
 * from it. So at every moment at most one member accepts writes for a key.
 *
 * @param settled the keys this member answers for; always ends at the member itself; empty: none
 * @param giving the part being given away, which is frozen: read here, written nowhere
 * @param epoch grows whenever an arc is taken, beyond that of whoever owned it before
 */
public record Ownership(Optional<Arc> settled, Optional<Giving> giving, long epoch) {
    /** An arc on its way to another member. */
    public record Giving(Arc arc, Peer to) {}

    public static final Ownership NONE = new Ownership(Optional.empty(), Optional.empty(), 0);

    /** Whether this member may say what is, and what is not, under the key. */
    public boolean answers(Identifier key) {
        return settled.map(a -> a.contains(key)).orElse(false);
    }

    /** Whether this member may write under the key. */
    public boolean accepts(Identifier key) {
        return answers(key) && giving.map(g -> !g.arc().contains(key)).orElse(true);
    }

    /** Owning everything from the arc's start up to the member, in an epoch of its own. */
    public Ownership taken(Arc arc, long inEpoch) {
        return new Ownership(Optional.of(arc), giving, Math.max(epoch + 1, inEpoch));
    }

    /** The part of an asked-for arc that is this member's to give: none if it owns nothing there. */
    public Optional<Arc> givable(Arc asked) {
        return settled.filter(own -> own.contains(asked.to()));
    }

    public Ownership startGiving(Arc arc, Peer to) {
        return new Ownership(settled, Optional.of(new Giving(arc, to)), epoch);
    }

    public Ownership stopGiving() {
        return new Ownership(settled, Optional.empty(), epoch);
    }

    /** After the arc was given: what lies behind its end stays. */
    public Ownership given() {
        return giving.map(g -> {
                    Optional<Arc> rest = settled.filter(
                                    own -> !own.to().equals(g.arc().to()))
                            .map(own -> new Arc(g.arc().to(), own.to()));
                    return new Ownership(rest, Optional.empty(), epoch);
                })
                .orElse(this);
    }
}
