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

/** For which parts of its arc a member has asked holders in vain, and which: what it tells with a refusal. Thread-safe. */
final class Silence {
    private static final Duration MOMENT = Duration.ofMillis(500);

    // by member
    private final Map<Identifier, TenureChange> trying = new ConcurrentHashMap<>();
    private final Map<Identifier, List<ArcMap.Piece<List<Peer>>>> tried = new ConcurrentHashMap<>();
    private final Map<Identifier, Unleased> unleased = new ConcurrentHashMap<>();

    private record Unleased(Arc arc, List<Peer> silent, long at) {}

    /** The member tries to begin a tenure. */
    void tries(Identifier member, TenureChange attempt) {
        trying.put(member, attempt);
    }

    /** That try is over. */
    void tried(Identifier member, TenureChange attempt) {
        tried.put(member, attempt.inVain());
        trying.remove(member, attempt);
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
        TenureChange attempt = trying.get(member);
        List<ArcMap.Piece<List<Peer>>> parts = attempt != null && attempt.ageNanos() > Tenures.PATIENCE.toNanos()
                ? attempt.inVain()
                : tried.getOrDefault(member, List.of());
        return parts.stream()
                .filter(part -> part.arc().contains(key))
                .map(ArcMap.Piece::value)
                .findFirst()
                .or(() -> ofLease(member, key));
    }
}
