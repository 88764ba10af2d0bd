package dev.chord.node.replication;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.ring.Peer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** For which parts of its arc a member has asked holders in vain, and which: what it tells with a refusal. Thread-safe. */
final class Silence {
    private static final Duration MOMENT = Duration.ofMillis(500);
    private static final Duration STALE = Duration.ofSeconds(3); // another try follows sooner, if one is needed

    private final Map<Cause, TenureChange> trying = new ConcurrentHashMap<>();
    private final Map<Cause, Tried> tried = new ConcurrentHashMap<>();
    private final Map<Identifier, Unleased> unleased = new ConcurrentHashMap<>(); // by member

    /**
     * Why a tenure is to begin.
     *
     * @param takes whether the member takes something over; otherwise its arc is to have other holders
     */
    record Cause(Identifier member, boolean takes) {}

    private record Tried(List<ArcMap.Piece<List<Peer>>> inVain, long at) {}

    private record Unleased(Arc arc, List<Peer> silent, long at) {}

    /** The member tries to begin a tenure. */
    void tries(Cause cause, TenureChange attempt) {
        trying.put(cause, attempt);
    }

    /** That try is over. */
    void tried(Cause cause, TenureChange attempt) {
        tried.put(cause, new Tried(attempt.inVain(), System.nanoTime()));
        trying.remove(cause, attempt);
    }

    /** The member has asked for a lease of an arc; none are silent if it has got it, or was refused it. */
    void asked(Identifier member, Arc arc, List<Peer> silent) {
        if (silent.isEmpty()) {
            unleased.remove(member);
        } else {
            unleased.put(member, new Unleased(arc, silent, System.nanoTime()));
        }
    }

    /** Who did not answer when a member asked for a lease a moment ago; empty: it has not, or not in vain. */
    Optional<List<Peer>> ofLease(Identifier member, Identifier key) {
        return Optional.ofNullable(unleased.get(member))
                .filter(u -> u.arc().contains(key) && System.nanoTime() - u.at() < MOMENT.toNanos())
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
        if (attempt != null && attempt.ageNanos() > Tenures.PATIENCE.toNanos()) {
            return attempt.inVain();
        }
        Tried last = tried.get(cause);
        return last != null && System.nanoTime() - last.at() < STALE.toNanos() ? last.inVain() : List.of();
    }
}
