package dev.chord.core.records;

import dev.chord.core.bounds.ClaimBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.records.RecordDisk.Batch;
import dev.chord.core.records.RecordDisk.Claims;
import dev.chord.core.records.RecordDisk.Durability;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What a process has promised and knows of tenures as one of the holders of arcs. A change binds it at once,
 * and is told to others only when it is durable. Because batches take effect in the order in which they are
 * given, what was kept for a tenure before a promise was made is there when the promise is told: whoever
 * hears the promise can pull it. Belongs to one engine.
 */
final class Holder {
    private static final String TOO_FINE =
            "what is claimed here would lie in too many pieces, or too much would be proposed of one";

    // The whole circle, from a point that is as good as any other.
    private static final Arc EVERYTHING = new Arc(Identifier.ZERO, Identifier.ZERO);

    private final RecordHost host;
    private final RecordSettings settings;
    private final LeaseBook leases;
    private final ArcMap<Claim> claims = new ArcMap<>(Claim.NONE);
    private final Map<Identifier, Long> givenUp = new TreeMap<>();
    private long epoch;
    private long keptUntil = Long.MIN_VALUE;

    Holder(RecordHost host, RecordSettings settings, LeaseBook leases, Claims saved, long epoch) {
        this.host = host;
        this.settings = settings;
        this.leases = leases;
        this.epoch = epoch;
        saved.pieces().forEach(piece -> claims.update(piece.arc(), nothing -> piece.value()));
        givenUp.putAll(saved.givenUp());
    }

    private Identifier self() {
        return host.members().get(0).self().process();
    }

    /**
     * Whether this process is the holder that is meant, and not one that came after it with an empty disk.
     */
    boolean isMeant(Identifier process) {
        return self().equals(process);
    }

    // ---- what is known

    Claim at(Identifier key) {
        return claims.at(key);
    }

    /** What is claimed of arcs, in pieces. */
    List<ArcMap.Piece<Claim>> over(Collection<Arc> arcs) {
        return arcs.stream().flatMap(arc -> claims.over(arc).stream()).toList();
    }

    /** Every piece of the circle. */
    List<ArcMap.Piece<Claim>> all() {
        return claims.over(EVERYTHING);
    }

    // In order: that of a copy by Map.copyOf is another one in each JVM, and it goes to the disk and
    // to others.
    Map<Identifier, Long> givenUp() {
        return Collections.unmodifiableMap(new TreeMap<>(givenUp));
    }

    /** The highest epoch that was heard of. */
    long epoch() {
        return epoch;
    }

    /** Notes that there is such an epoch; it is durable with the next batch that tells of epochs. */
    void heardOf(long other) {
        epoch = Math.max(epoch, other);
    }

    /**
     * An epoch later than any that is known here, told once it is durable; no other try of this process gets
     * the same.
     */
    void newEpoch(Consumer<Optional<Long>> then) {
        long next = ++epoch;
        host.disk()
                .persist(
                        new Batch(List.of(), Optional.empty(), next, List.of()),
                        done -> then.accept(done == Durability.DURABLE ? Optional.of(next) : Optional.empty()));
    }

    /** Whether this process may have to hand out what it has under the key. */
    boolean names(Identifier key) {
        return settings.agreement() && names(claims.at(key));
    }

    private boolean names(Claim claim) {
        return claim.established().map(t -> t.names(self())).orElse(false)
                || claim.proposed().stream().anyMatch(t -> t.names(self()));
    }

    /** Whether anybody may count on this process. */
    boolean named() {
        return settings.agreement() && all().stream().anyMatch(piece -> names(piece.value()));
    }

    // ---- changes

    private void change(Collection<Arc> arcs, UnaryOperator<Claim> how, Consumer<Durability> then) {
        arcs.forEach(arc -> claims.update(arc, how));
        save(then);
    }

    private void save(Consumer<Durability> then) {
        Batch batch = new Batch(List.of(), Optional.of(new Claims(all(), givenUp())), epoch, List.of());
        host.disk().persist(batch, then);
    }

    /** Promises of this process's own accord: somebody who did not get through has asked others for it. */
    void heed(Collection<ArcMap.Piece<Claim>> elsewhere) {
        boolean newer = false;
        for (ArcMap.Piece<Claim> piece : elsewhere) {
            long promised = piece.value().promised();
            heardOf(piece.value().epoch());
            boolean room = claims.pieces() < ClaimBounds.PIECES; // what it has heard of counts all the same
            if (room
                    && claims.over(piece.arc()).stream().anyMatch(p -> p.value().promised() < promised)) {
                claims.update(piece.arc(), claim -> claim.promise(promised));
                newer = true;
            }
        }
        if (newer) {
            save(done -> {});
        }
    }

    /** Takes in processes that are gone for good, each as a holder of tenures up to an epoch. */
    void giveUp(Map<Identifier, Long> processes, Consumer<Durability> then) {
        processes.values().forEach(this::heardOf);
        if (givenUp.entrySet().containsAll(processes.entrySet())) {
            then.accept(Durability.DURABLE);
            return;
        }
        processes.forEach((gone, until) -> givenUp.merge(gone, until, Math::max));
        save(then);
    }

    /** Notes that a tenure has begun. */
    void establish(Collection<Arc> arcs, Tenure tenure, Consumer<Durability> then) {
        heardOf(tenure.epoch());
        change(arcs, claim -> claim.establish(tenure), then);
    }

    // ---- questions of others

    void serve(Question.Promise asked, Identifier meant, RecordHost.Sink<Question.Promised> out) {
        if (!ClaimRoom.mayTell(asked.arcs(), claims)) {
            out.refuse("arcs with more than " + ClaimBounds.TOLD + " pieces in them are not told of at once");
            return;
        }
        List<ArcMap.Piece<Claim>> before = over(asked.arcs());
        boolean free = asked.epoch() > 0
                && isMeant(meant)
                && before.stream().allMatch(p -> p.value().promised() < asked.epoch());
        Question.Promised word = new Question.Promised(free, before, givenUp(), leases.left(asked.arcs()));
        if (!free) {
            out.only(word);
            return;
        }
        if (isTooFine(asked.arcs(), claim -> claim.promise(asked.epoch()))) {
            out.refuse(TOO_FINE);
            return;
        }
        change(asked.arcs(), claim -> claim.promise(asked.epoch()), told(out, word));
    }

    void serve(Question.Note asked, Identifier meant, RecordHost.Sink<Question.Word> out) {
        Tenure tenure = asked.tenure();
        boolean agreed = isMeant(meant) && (asked.begun() || isFree(asked.arcs(), tenure.epoch()));
        Question.Word word = new Question.Word(agreed, List.of());
        if (!agreed) {
            out.only(word);
            return;
        }
        UnaryOperator<Claim> note = claim -> asked.begun() ? claim.establish(tenure) : claim.propose(tenure);
        if (isTooFine(asked.arcs(), note)) {
            out.refuse(TOO_FINE);
            return;
        }
        heardOf(tenure.epoch());
        change(asked.arcs(), note, told(out, word));
    }

    private boolean isTooFine(List<Arc> arcs, UnaryOperator<Claim> how) {
        return !ClaimRoom.mayChange(arcs, claims, how);
    }

    private boolean isFree(Collection<Arc> arcs, long forEpoch) {
        return over(arcs).stream().allMatch(p -> p.value().promised() <= forEpoch);
    }

    // What may be forgotten in the next crash is told to nobody.
    private static <A> Consumer<Durability> told(RecordHost.Sink<A> out, A word) {
        return done -> {
            if (done == Durability.DURABLE) {
                out.only(word);
            } else {
                out.refuse("the disk does not keep promises now");
            }
        };
    }

    void serve(Question.Lease asked, Identifier meant, RecordHost.Sink<Question.Word> out) {
        List<Arc> arc = List.of(asked.arc());
        boolean still = isMeant(meant) && isFree(arc, asked.epoch());
        if (still) {
            leases.give(asked.arc());
        }
        out.only(new Question.Word(still, still ? List.of() : over(arc)));
    }

    // ---- records

    /**
     * Keeps records for a tenure.
     *
     * @param tenure 0: for none, as repair does
     * @param then whether they are kept; empty: the disk has not said that they are
     */
    void keep(List<Record> records, long tenure, Consumer<Optional<Question.Kept>> then) {
        boolean free = !settings.agreement()
                || tenure == 0
                || records.stream().allMatch(r -> claims.at(r.key()).promised() <= tenure);
        if (!free) {
            then.accept(Optional.of(Question.Kept.SUPERSEDED));
            return;
        }
        records.forEach(r -> heardOf(r.version().epoch()));
        host.disk()
                .persist(
                        Batch.of(records),
                        done -> then.accept(
                                done == Durability.DURABLE ? Optional.of(Question.Kept.KEPT) : Optional.empty()));
    }

    /** Makes an epoch that was heard of durable. */
    void remember(long news, Consumer<Durability> then) {
        heardOf(news);
        host.disk().persist(new Batch(List.of(), Optional.empty(), epoch, List.of()), then);
    }

    /**
     * Lets no record go for a while, even where it does not belong; told when none is on its way out
     * any more.
     */
    void keepAll(long time, Runnable then) {
        keptUntil = Math.max(keptUntil, host.now() + time);
        host.disk().persist(Batch.of(List.of()), done -> then.run());
    }

    /** Lets records go, if none has to be kept now; tells whether they are gone. */
    void drop(List<Record> records, Consumer<Boolean> then) {
        if (host.now() < keptUntil) {
            then.accept(false);
            return;
        }
        host.disk()
                .persist(
                        Batch.ofDrops(records.stream().map(Record::digest).toList()),
                        done -> then.accept(done == Durability.DURABLE));
    }
}
