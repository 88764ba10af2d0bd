package dev.chord.node.replication;

import com.google.protobuf.ByteString;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Claim;
import dev.chord.core.placement.Tenure;
import dev.chord.node.store.ClaimStore;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;

/** What this process, as one of the holders of arcs, has promised and knows of their tenures. */
public final class Promises {
    private final ClaimStore claims;
    private final boolean on;
    private final Identifier self;
    private final LeaseBook leases;
    // held shared while records are kept for a tenure, exclusively while a promise is made: what was kept before is
    // handed out
    private final ReadWriteLock keeping = new ReentrantReadWriteLock();

    Promises(ClaimStore claims, boolean on, Identifier self, LeaseBook leases) {
        this.leases = leases;
        this.claims = claims;
        this.on = on;
        this.self = self;
    }

    private boolean change(Collection<Arc> arcs, Function<Claim, Claim> how) {
        return claims.change(map -> {
            arcs.forEach(arc -> map.update(arc, how::apply));
            return true;
        });
    }

    /** Whether this process is the holder that is meant, and not one that came after it with an empty disk. */
    boolean isMeant(ByteString process) {
        return WireCodec.out(self).equals(process);
    }

    /**
     * What a holder says.
     *
     * @param agreed whether it does what is asked
     * @param claims what it claimed before
     * @param leaseLeft for how many milliseconds an owner may still rely on what was given to it
     */
    public record Word(boolean agreed, List<ArcMap.Piece<Claim>> claims, long leaseLeft) {
        Word(boolean agreed, List<ArcMap.Piece<Claim>> claims) {
            this(agreed, claims, 0);
        }
    }

    /** Promises to serve nothing before an epoch; 0: promises nothing. */
    public Word promise(Identifier process, List<Arc> arcs, long epoch) {
        if (epoch == 0) {
            return new Word(false, claims.over(arcs));
        }
        keeping.writeLock().lock();
        try {
            return claims.change(map -> {
                List<ArcMap.Piece<Claim>> before =
                        arcs.stream().flatMap(arc -> map.over(arc).stream()).toList();
                boolean free = process.equals(self)
                        && before.stream().allMatch(p -> p.value().promised() < epoch);
                if (free) {
                    arcs.forEach(arc -> map.update(arc, claim -> claim.promise(epoch)));
                }
                return new Word(free, before, leases.left(arcs));
            });
        } finally {
            keeping.writeLock().unlock();
        }
    }

    /** Promises of this process's own accord. */
    void raise(Arc arc, long epoch) {
        change(List.of(arc), claim -> claim.promise(epoch));
    }

    /** Notes a tenure that may have begun. */
    public Word propose(Identifier process, List<Arc> arcs, Tenure tenure) {
        return claims.change(map -> {
            boolean free = process.equals(self)
                    && arcs.stream()
                            .flatMap(arc -> map.over(arc).stream())
                            .allMatch(p -> p.value().promised() <= tenure.epoch());
            if (free) {
                arcs.forEach(arc -> map.update(arc, claim -> claim.propose(tenure)));
            }
            return new Word(free, List.of());
        });
    }

    /** Notes a tenure that has begun. */
    public Word establish(Identifier process, List<Arc> arcs, Tenure tenure) {
        boolean meant = process.equals(self);
        if (meant) {
            change(arcs, claim -> claim.establish(tenure));
        }
        return new Word(meant, List.of());
    }

    /** Whether a tenure is still served here, in all of an arc; then it is for a while, and its owner may rely on that. */
    public Word lease(Identifier process, Arc arc, long epoch) {
        keeping.readLock().lock();
        try {
            List<ArcMap.Piece<Claim>> here = claims.over(List.of(arc));
            boolean still = process.equals(self)
                    && here.stream().allMatch(p -> p.value().promised() <= epoch);
            if (still) {
                leases.give(arc);
            }
            return new Word(still, still ? List.of() : here);
        } finally {
            keeping.readLock().unlock();
        }
    }

    /**
     * Keeps records for a tenure.
     *
     * @param epoch 0: for none, as repair does
     * @return empty: a later one was promised, and nothing was kept
     */
    <T> Optional<T> keep(Collection<Identifier> keys, long epoch, Supplier<T> keep) {
        keeping.readLock().lock();
        try {
            boolean free = !on
                    || epoch == 0
                    || keys.stream().allMatch(key -> claims.at(key).promised() <= epoch);
            return free ? Optional.of(keep.get()) : Optional.empty();
        } finally {
            keeping.readLock().unlock();
        }
    }

    /** Whether this process may have to hand out what it has under the key. */
    boolean names(Identifier key) {
        return on && names(claims.at(key));
    }

    private boolean names(Claim claim) {
        return claim.established().map(t -> t.names(self)).orElse(false)
                || claim.proposed().stream().anyMatch(t -> t.names(self));
    }

    /** Whether anybody may count on this process. */
    boolean named() {
        return on && claims.all().stream().anyMatch(piece -> names(piece.value()));
    }
}
