package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.records.QuorumWait.Wait;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * One try to begin a new tenure of arcs. The holders of the tenures before it promise to serve no older one
 * and hand out what they have; that is brought to the new holders; then the old and the new ones note the new
 * tenure. It has begun once enough of each have, and not before: whoever tries next meets one that knows of
 * it. Where too few are in reach nothing changes. Belongs to one engine.
 */
final class TenureChange {
    private final RecordEngine engine;
    private final Peer member;
    private final List<Arc> wanted;
    private final Consumer<TenureChange> over;
    private final Ballot ballot;
    private final long begun;
    private final Set<Identifier> heardFrom = new TreeSet<>();
    private final Map<Arc, Fingerprints> here = new HashMap<>();
    private List<Peer> next = List.of();
    private long epoch;
    private long leasesOver;
    private List<ArcMap.Piece<List<Peer>>> inVain = List.of();

    /**
     * @param member the owner that it is to have
     * @param over told when the try has ended, before anybody else is
     */
    TenureChange(RecordEngine engine, Peer member, List<Arc> wanted, Consumer<TenureChange> over) {
        this.engine = engine;
        this.member = member;
        this.wanted = wanted;
        this.over = over;
        this.begun = engine.host().now();
        this.leasesOver = begun;
        this.ballot = new Ballot(wanted, engine.settings().writeQuorum());
        heardFrom.add(member.process());
        absorb(engine.holder().over(wanted));
        ballot.giveUp(engine.holder().givenUp());
    }

    /** When this try began. */
    long begun() {
        return begun;
    }

    /**
     * Where it has not begun for want of the word of holders of before that have not answered, and who those
     * are; none: nobody has told.
     */
    List<ArcMap.Piece<List<Peer>>> inVain() {
        return inVain;
    }

    private void noteSilent() {
        inVain = ballot.missing(heardFrom);
    }

    private void absorb(Collection<ArcMap.Piece<Claim>> claims) {
        claims.forEach(piece -> engine.holder().heardOf(piece.value().epoch()));
        ballot.hear(claims);
    }

    // ---- who kept the records before

    // Those that come after the arc's owner as a rule; but nobody may have owned it for a while, and then it
    // can be anybody.
    private Collection<Peer> acquaintances(NodeState now) {
        Map<Identifier, Peer> known = new TreeMap<>();
        now.view().predecessor().ifPresent(p -> known.put(p.process(), p));
        now.view().successors().entries().forEach(p -> known.put(p.process(), p));
        if (ballot.unknown()) {
            now.remembered().values().forEach(p -> known.putIfAbsent(p.process(), p));
        }
        known.remove(now.self().process());
        return known.values();
    }

    /** Asks those that may know who keeps the records now, without asking for promises. */
    void listen(NodeState now, Runnable then) {
        listen(acquaintances(now), () -> {
            if (ballot.unknown()) {
                engine.tenures().search().next(now, strangers -> listen(strangers, then));
            } else {
                then.run();
            }
        });
    }

    private void listen(Collection<Peer> peers, Runnable then) {
        Question.Promise question = new Question.Promise(wanted, 0);
        long patience = engine.limits().patience();
        QuorumWait.<Question.Promised>gather(
                engine.host(),
                peers,
                new Wait(patience, engine.limits().moment()),
                (peer, answer) -> engine.calls().one(peer, question, patience, answer),
                (peer, word) -> {
                    word.ifPresent(w -> {
                        heardFrom.add(peer.process());
                        absorb(w.claims());
                    });
                    return !ballot.unknown();
                },
                () -> {
                    noteSilent();
                    then.run();
                });
    }

    /**
     * Begins it.
     *
     * @param now the member that is to be the owner, as it sees the ring
     * @param then told whether it has begun everywhere
     */
    void run(NodeState now, Consumer<Boolean> then) {
        next = Tenures.holders(now);
        Consumer<Boolean> end = begun -> {
            over.accept(this);
            then.accept(begun);
        };
        engine.holder()
                .keepAll(
                        engine.limits().keep(),
                        () -> engine.holder().newEpoch(drawn -> {
                            epoch = drawn.orElse(0L);
                            if (drawn.isEmpty()) {
                                end.accept(false);
                            } else {
                                prepare(end);
                            }
                        }));
    }

    /** Ends a try that is not run. */
    void abandon() {
        over.accept(this);
    }

    // ---- promises of the holders of before

    private void prepare(Consumer<Boolean> end) {
        List<Peer> unasked = ballot.unasked();
        if (unasked.isEmpty()) {
            bring(end);
            return;
        }
        noteSilent();
        QuorumWait.<Question.Promised>gather(
                engine.host(),
                unasked,
                new Wait(engine.limits().stream(), engine.limits().moment()),
                engine.calls().anywhere(this::askPromise),
                (peer, word) -> {
                    word.ifPresent(w -> take(peer, w));
                    return ballot.isFree();
                },
                () -> prepare(end));
    }

    private void take(Peer peer, Question.Promised word) {
        if (word.agreed()) {
            ballot.promised(peer.process());
        }
        absorb(word.claims());
        engine.holder().giveUp(word.givenUp(), durable -> {});
        ballot.giveUp(word.givenUp());
        noteSilent();
    }

    // Only one whose records have all come counts.
    private void askPromise(Peer peer, Consumer<Optional<Question.Promised>> then) {
        Question.Promise question = new Question.Promise(wanted, epoch);
        engine.calls().one(peer, question, engine.limits().call(), word -> {
            word.ifPresent(w -> {
                heardFrom.add(peer.process());
                long left = Math.min(w.leaseLeft(), engine.limits().lease()); // nobody binds itself for longer
                leasesOver = Math.max(leasesOver, engine.host().now() + Leases.over(left));
            });
            if (word.map(Question.Promised::agreed).orElse(false)) {
                pull(peer, new ArrayDeque<>(wanted), whole -> then.accept(word.filter(w -> whole)));
            } else {
                then.accept(word);
            }
        });
    }

    // What it kept before it promised, as far as it is not here.
    private void pull(Peer peer, Deque<Arc> arcs, Consumer<Boolean> then) {
        Arc arc = arcs.poll();
        if (arc == null) {
            then.accept(true);
            return;
        }
        here(arc, ours -> {
            if (ours.isEmpty()) {
                then.accept(false);
                return;
            }
            Question.Pull question = new Question.Pull(arc, ours, 0);
            engine.host()
                    .ask(
                            peer,
                            question,
                            engine.limits().stream(),
                            new Intake(engine, arc, (position, end) -> {}, whole -> {
                                if (whole) {
                                    pull(peer, arcs, then);
                                } else {
                                    then.accept(false);
                                }
                            }));
        });
    }

    private void here(Arc arc, Consumer<Optional<Fingerprints>> then) {
        if (here.containsKey(arc)) {
            then.accept(Optional.of(here.get(arc)));
            return;
        }
        engine.host().disk().fingerprints(arc, found -> {
            found.ifPresent(f -> here.putIfAbsent(arc, f));
            then.accept(found);
        });
    }

    // ---- the new holders

    private void bring(Consumer<Boolean> end) {
        List<Arc> free = ballot.free();
        Tenure tenure = new Tenure(epoch, next);
        if (free.isEmpty()) {
            end.accept(false);
            return;
        }
        agreed(
                next,
                (peer, then) -> bringAll(peer, new ArrayDeque<>(free), then),
                have -> ballot.begins(tenure, have),
                have -> {
                    if (ballot.begins(tenure, have)) {
                        awaitLeases(() -> note(free, tenure, end));
                    } else {
                        end.accept(false);
                    }
                });
    }

    // Of what is here, as much as it lacks.
    private void bringAll(Peer peer, Deque<Arc> arcs, Consumer<Optional<Boolean>> then) {
        Arc arc = arcs.poll();
        if (arc == null || peer.process().equals(member.process())) {
            then.accept(Optional.of(true));
            return;
        }
        Supply supply = new Supply(engine, peer, engine.limits().keep(), epoch);
        supply.arc(arc, brought -> {
            if (brought) {
                bringAll(peer, arcs, then);
            } else {
                then.accept(Optional.of(false));
            }
        });
    }

    // An owner that has not promised anything itself may still answer reads.
    private void awaitLeases(Runnable then) {
        long left = ballot.ownersPromised() ? 0 : leasesOver - engine.host().now();
        if (left <= 0) {
            then.run();
        } else {
            engine.host().after(left, then);
        }
    }

    private void note(List<Arc> free, Tenure tenure, Consumer<Boolean> end) {
        List<Peer> voters = ballot.voters(tenure);
        Question.Note question = new Question.Note(free, tenure, false);
        agreed(
                voters,
                (peer, then) -> engine.calls()
                        .one(
                                peer,
                                question,
                                engine.limits().call(),
                                word -> then.accept(word.map(Question.Word::agreed))),
                noted -> ballot.hasBegun(tenure, free, noted),
                noted -> {
                    List<Arc> begunArcs = ballot.begun(tenure, free, noted);
                    if (begunArcs.isEmpty()) {
                        end.accept(false);
                        return;
                    }
                    engine.holder().establish(begunArcs, tenure, durable -> {
                        engine.tenures().tell(voters, begunArcs, tenure, all -> {});
                        end.accept(engine.holder().over(wanted).stream()
                                .allMatch(p -> p.value().established().equals(Optional.of(tenure))));
                    });
                });
    }

    private void agreed(
            Collection<Peer> peers,
            QuorumWait.Way<Boolean> way,
            Predicate<Set<Identifier>> enough,
            Consumer<Set<Identifier>> then) {
        Set<Identifier> agreed = new TreeSet<>();
        QuorumWait.<Boolean>gather(
                engine.host(),
                peers,
                new Wait(engine.limits().stream(), engine.limits().moment()),
                engine.calls().anywhere(way),
                (peer, yes) -> {
                    if (yes.orElse(false)) {
                        agreed.add(peer.process());
                    }
                    return enough.test(agreed);
                },
                () -> then.accept(agreed));
    }
}
