package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Placement;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What an owner knows and does about the tenures of its arcs (docs/decisions/0016). Where holders do not
 * agree on who they are ("eventual") it says yes to everything and does nothing. Belongs to one engine.
 */
final class Tenures {
    private final RecordEngine engine;
    private final ReadLeases reading;
    private final UnreachableHolders unreachable;
    private final HolderSearch search;
    private final Set<ArcMap.Piece<Claim>> told = new HashSet<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean keepingUp;
    private List<Arc> changing = List.of();

    private static final class Waiting {
        private final Collection<Identifier> keys;
        private final Runnable what;
        private boolean gone;

        Waiting(Collection<Identifier> keys, Runnable what) {
            this.keys = keys;
            this.what = what;
        }

        void go() {
            if (!gone) {
                gone = true;
                what.run();
            }
        }
    }

    Tenures(RecordEngine engine, ReadLeases reading) {
        this.engine = engine;
        this.reading = reading;
        this.search = new HolderSearch(engine.calls());
        this.unreachable = new UnreachableHolders(engine.host(), engine.limits());
    }

    // ---- may this process speak for a key

    /** The tenure under which a member speaks for a key, if it does as far as is known here. */
    Optional<Tenure> served(NodeState owner, Identifier key) {
        return served(owner, engine.holder().at(key));
    }

    private static Optional<Tenure> served(NodeState owner, Claim claim) {
        return claim.established()
                .filter(t -> t.epoch() >= claim.promised()
                        && t.holders().get(0).sameMember(owner.self())
                        && t.holders().get(0).process().equals(owner.self().process()));
    }

    /**
     * Tells whether the owner of a key may write there now, or show what it has just read: no other tenure
     * can have begun. It asks others where it has no lease.
     */
    void maySpeak(NodeState owner, Identifier key, Consumer<Boolean> then) {
        if (!engine.settings().agreement()) {
            then.accept(true);
            return;
        }
        Optional<Tenure> tenure = served(owner, key);
        Optional<Arc> settled = owner.ownership().settled();
        Identifier member = owner.self().id();
        if (tenure.isEmpty() || settled.isEmpty()) {
            then.accept(false);
        } else if (reading.holds(key, tenure.get())) {
            then.accept(true);
        } else if (unreachable.ofLease(member, key).isPresent()) {
            then.accept(false); // whoever asks again soon need not wait for them again
        } else {
            Arc arc = engine.holder().over(List.of(settled.get())).stream()
                    .map(ArcMap.Piece::arc)
                    .filter(piece -> piece.contains(key))
                    .findFirst()
                    .orElse(settled.get());
            reading.obtain(owner, arc, key, tenure.get(), outcome -> {
                unreachable.asked(member, arc, outcome.given() ? List.of() : outcome.silent());
                then.accept(outcome.given() && served(owner, key).equals(tenure));
            });
        }
    }

    /** The holders of a key that its owner has asked in vain; see {@link UnreachableHolders#of}. */
    Optional<List<Peer>> waitedFor(NodeState owner, Identifier key) {
        return unreachable.of(owner.self().id(), key);
    }

    /** Who should keep the records of a member's arc, as it sees the ring. */
    static List<Peer> holders(NodeState member) {
        List<Peer> chain = new ArrayList<>(List.of(member.self()));
        chain.addAll(member.view().successors().entries());
        return Placement.holders(chain, member.settings().replicas());
    }

    /**
     * Runs it now, or at the end of a change of the keys' tenures that is under way; holders that do not
     * answer are not waited for.
     */
    void settled(Collection<Identifier> keys, Runnable what) {
        boolean wait = keys.stream().anyMatch(key -> changing.stream().anyMatch(arc -> arc.contains(key)));
        if (!wait) {
            what.run();
            return;
        }
        Waiting one = new Waiting(keys, what);
        waiting.add(one);
        engine.host().after(engine.limits().patience(), () -> {
            waiting.remove(one);
            one.go();
        });
    }

    private void changing(List<Arc> arcs) {
        changing = arcs;
        List<Waiting> free = waiting.stream()
                .filter(one -> one.keys.stream().noneMatch(key -> arcs.stream().anyMatch(arc -> arc.contains(key))))
                .toList();
        waiting.removeAll(free);
        free.forEach(Waiting::go);
    }

    // ---- keeping up with the ring

    /**
     * The founder of a ring keeps everything, in an epoch that is told once that is durable; empty: the disk
     * has not taken it.
     */
    void found(Peer founder, Consumer<Optional<Long>> then) {
        engine.holder().newEpoch(drawn -> {
            if (drawn.isEmpty() || !engine.settings().agreement()) {
                then.accept(drawn);
                return;
            }
            List<Arc> everything = List.of(new Arc(founder.id(), founder.id()));
            Tenure tenure = new Tenure(drawn.get(), List.of(founder));
            engine.holder()
                    .establish(
                            everything, tenure, done -> then.accept(drawn.filter(epoch -> done == Durability.DURABLE)));
        });
    }

    /**
     * Sees to it that each arc owned here is kept by those that should, and that they know of it; tells
     * whether it is so.
     */
    void keepUp(Consumer<Boolean> then) {
        if (!engine.settings().agreement() || keepingUp) {
            then.accept(!keepingUp);
            return;
        }
        keepingUp = true;
        Deque<NodeState> owners = new ArrayDeque<>();
        engine.host().members().stream()
                .filter(s -> s.ownership().settled().isPresent()
                        && s.ownership().giving().isEmpty())
                .forEach(owners::add);
        keepUp(owners, true, all -> {
            keepingUp = false;
            then.accept(all);
        });
    }

    private void keepUp(Deque<NodeState> owners, boolean sofar, Consumer<Boolean> then) {
        NodeState owner = owners.poll();
        if (owner == null) {
            then.accept(sofar);
            return;
        }
        Arc arc = owner.ownership().settled().orElseThrow();
        Consumer<Boolean> next = ok -> keepUp(owners, sofar && ok, then);
        List<Arc> unfit = unfit(owner, arc);
        if (unfit.isEmpty()) {
            tellAll(arc, next);
        } else {
            change(owner, unfit, next);
        }
    }

    // Where those that keep the records are not those that should.
    private List<Arc> unfit(NodeState owner, Arc arc) {
        List<Identifier> wanted = processes(holders(owner));
        return engine.holder().over(List.of(arc)).stream()
                .filter(p -> served(owner, p.value())
                        .filter(t -> processes(t.holders()).equals(wanted))
                        .isEmpty())
                .map(ArcMap.Piece::arc)
                .toList();
    }

    /** Whether everything that is owned here is kept by those that should keep it. */
    boolean upToDate() {
        return !engine.settings().agreement()
                || engine.host().members().stream()
                        .allMatch(owner -> owner.ownership()
                                .settled()
                                .map(arc -> unfit(owner, arc).isEmpty())
                                .orElse(false));
    }

    private static List<Identifier> processes(List<Peer> peers) {
        return peers.stream().map(Peer::process).toList();
    }

    // The owner takes its own arc over, with other holders; until then nothing new is written there.
    private void change(NodeState owner, List<Arc> unfit, Consumer<Boolean> then) {
        // nobody need wait for one that will come to nothing, as the last one did
        changing(engine.holder().over(unfit).stream()
                .filter(p -> served(owner, p.value()).isPresent())
                .map(ArcMap.Piece::arc)
                .filter(part -> waitedFor(owner, part.to()).isEmpty())
                .toList());
        engine.drained(() -> {
            TenureChange attempt = attempt(owner, unfit, false);
            attempt.listen(
                    owner,
                    () -> attempt.run(owner, begun -> {
                        changing(List.of());
                        then.accept(begun);
                    }));
        });
    }

    /**
     * A try to begin a tenure of arcs with a member as their owner. Whoever wants a key of these arcs
     * meanwhile is told of holders that do not answer.
     *
     * @param takes whether the arcs are being taken over, or are the member's already
     */
    TenureChange attempt(NodeState member, List<Arc> arcs, boolean takes) {
        UnreachableHolders.Cause cause =
                new UnreachableHolders.Cause(member.self().id(), takes);
        TenureChange attempt = new TenureChange(engine, member.self(), arcs, over -> unreachable.tried(cause, over));
        unreachable.tries(cause, attempt);
        return attempt;
    }

    /** Where those ask on whom nobody tells who keeps an arc. */
    HolderSearch search() {
        return search;
    }

    private void tellAll(Arc arc, Consumer<Boolean> then) {
        List<ArcMap.Piece<Claim>> pieces = engine.holder().over(List.of(arc));
        told.retainAll(engine.holder().all());
        List<ArcMap.Piece<Claim>> untold =
                pieces.stream().filter(p -> !told.contains(p)).toList();
        int[] counts = {untold.size(), untold.size()};
        if (untold.isEmpty()) {
            then.accept(true);
        }
        for (ArcMap.Piece<Claim> piece : untold) {
            Tenure tenure = piece.value().established().orElseThrow();
            tell(tenure.holders(), List.of(piece.arc()), tenure, all -> {
                if (all) {
                    told.add(piece);
                    counts[1]--;
                }
                if (--counts[0] == 0) {
                    then.accept(counts[1] == 0);
                }
            });
        }
    }

    /** Tells holders that a tenure has begun. */
    void tell(Collection<Peer> holders, List<Arc> arcs, Tenure tenure, Consumer<Boolean> allTold) {
        Question.Note note = new Question.Note(arcs, tenure, true);
        int[] agreed = {0};
        QuorumWait.<Question.Word>gather(
                engine.host(),
                holders,
                new QuorumWait.Wait(engine.limits().stream(), engine.limits().stream()),
                engine.calls()
                        .anywhere((peer, then) ->
                                engine.calls().one(peer, note, engine.limits().call(), then)),
                (peer, word) -> {
                    agreed[0] += word.map(Question.Word::agreed).orElse(false) ? 1 : 0;
                    return false;
                },
                () -> allTold.accept(agreed[0] == holders.size()));
    }

    // ---- what is refused

    List<RecordEngine.Refused> refused() {
        List<RecordEngine.Refused> refused = new ArrayList<>();
        if (!engine.settings().agreement()) {
            return refused;
        }
        for (NodeState owner : engine.host().members()) {
            List<Arc> arcs = owner.ownership().settled().stream().toList();
            for (ArcMap.Piece<Claim> piece : engine.holder().over(arcs)) {
                if (served(owner, piece.value()).isEmpty()) {
                    List<Peer> missing = waitedFor(owner, piece.arc().to()).orElse(List.of());
                    refused.add(new RecordEngine.Refused(owner.self(), piece.arc(), missing));
                }
            }
        }
        return refused;
    }
}
