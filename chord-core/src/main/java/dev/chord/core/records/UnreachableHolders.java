package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.ring.Peer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * For which parts of its arc a member has asked holders in vain, and which: an owner tells it with a refusal.
 * Belongs to one engine.
 */
final class UnreachableHolders {
    private final RecordHost host;
    private final RecordLimits limits;
    private final Map<Cause, TenureChange> trying = new HashMap<>();
    private final Map<Cause, Tried> tried = new HashMap<>();
    private final Map<Identifier, Unleased> unleased = new HashMap<>(); // by member

    /**
     * Why a tenure is to begin.
     *
     * @param takes whether the member takes something over; otherwise its arc is to have other holders
     */
    record Cause(Identifier member, boolean takes) {}

    private record Tried(List<ArcMap.Piece<List<Peer>>> inVain, long at) {}

    private record Unleased(Arc arc, List<Peer> silent, long at) {}

    UnreachableHolders(RecordHost host, RecordLimits limits) {
        this.host = host;
        this.limits = limits;
    }

    /** The member tries to begin a tenure. */
    void tries(Cause cause, TenureChange attempt) {
        trying.put(cause, attempt);
    }

    /** That try is over. */
    void tried(Cause cause, TenureChange attempt) {
        tried.put(cause, new Tried(attempt.inVain(), host.now()));
        trying.remove(cause, attempt);
    }

    /** The member has asked for a lease of an arc; none are silent if it has got it, or was refused it. */
    void asked(Identifier member, Arc arc, List<Peer> silent) {
        if (silent.isEmpty()) {
            unleased.remove(member);
        } else {
            unleased.put(member, new Unleased(arc, silent, host.now()));
        }
    }

    /** Who did not answer when a member asked for a lease a moment ago; empty: it has not, or not in vain. */
    Optional<List<Peer>> ofLease(Identifier member, Identifier key) {
        return Optional.ofNullable(unleased.get(member))
                .filter(u -> u.arc().contains(key) && host.now() - u.at() < limits.patience())
                .map(Unleased::silent);
    }

    /**
     * The holders of a key that a member has asked in vain; none: nobody in reach knows who they are.
     *
     * @return empty: it has not come to that
     */
    Optional<List<Peer>> of(Identifier member, Identifier key) {
        return Stream.of(true, false)
                .flatMap(takes -> inVain(new Cause(member, takes)).stream())
                .filter(part -> part.arc().contains(key))
                .map(ArcMap.Piece::value)
                .findFirst()
                .or(() -> ofLease(member, key));
    }

    // As the try before has ended, until this one has gone on for long enough to tell.
    private List<ArcMap.Piece<List<Peer>>> inVain(Cause cause) {
        TenureChange attempt = trying.get(cause);
        if (attempt != null && host.now() - attempt.begun() > limits.patience()) {
            return attempt.inVain();
        }
        Tried last = tried.get(cause);
        return last != null && host.now() - last.at() < limits.stale() ? last.inVain() : List.of();
    }
}
