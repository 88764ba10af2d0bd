package dev.chord.sim;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Claim;
import dev.chord.core.placement.Leases;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.sim.SimulatedStore.Stored;
import dev.chord.sim.TenureChange.Word;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** What a process promises and knows of the tenures of arcs, as a holder and as an owner. */
final class Tenures {
    /** Longer than a call takes to fail: so that a change of tenure has to wait for its end. */
    static final long LEASE = 3 * Simulation.SECOND;

    private final SimulatedProcess process;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final Set<ArcMap.Piece<Claim>> told = new HashSet<>();
    private final Leases leases = new Leases(LEASE);
    private List<Arc> changing = List.of();

    Tenures(SimulatedProcess process) {
        this.process = process;
    }

    private ArcMap<Claim> claims() {
        return process.store().claims();
    }

    // ---- as a holder

    // One with an empty disk is not the process that is meant.
    private boolean isMeant(Peer as) {
        return process.first().self().process().equals(as.process());
    }

    private static final Word NO = new Word(false, List.of(), Map.of());

    /** What is claimed of arcs here. */
    List<ArcMap.Piece<Claim>> claims(List<Arc> arcs) {
        return arcs.stream().flatMap(arc -> claims().over(arc).stream()).toList();
    }

    Word promise(Peer as, List<Arc> arcs, long epoch) {
        if (!isMeant(as)) {
            return NO;
        }
        List<ArcMap.Piece<Claim>> before = claims(arcs);
        boolean free = before.stream().allMatch(p -> p.value().promised() < epoch);
        if (free) {
            arcs.forEach(arc -> claims().update(arc, c -> c.promise(epoch)));
        }
        return new Word(
                free,
                before,
                process.records().within(arcs),
                process.store().givenUp(),
                leases.left(arcs, process.clock()));
    }

    /** Whether records of this epoch are kept here. */
    Word accept(Peer as, List<Arc> arcs, long epoch) {
        boolean free =
                isMeant(as) && claims(arcs).stream().allMatch(p -> p.value().promised() <= epoch);
        return new Word(free, List.of(), Map.of());
    }

    Word propose(Peer as, List<Arc> arcs, Tenure tenure) {
        Word word = accept(as, arcs, tenure.epoch());
        if (word.agreed()) {
            arcs.forEach(arc -> claims().update(arc, c -> c.propose(tenure)));
        }
        return word;
    }

    private Word establish(Peer as, List<Arc> arcs, Tenure tenure) {
        if (isMeant(as)) {
            arcs.forEach(arc -> claims().update(arc, c -> c.establish(tenure)));
        }
        return new Word(isMeant(as), List.of(), Map.of());
    }

    /** Takes in which processes are gone for good, each as a holder of tenures up to an epoch. */
    void giveUp(Map<Identifier, Long> processes) {
        processes.forEach((gone, epoch) -> {
            process.store().heardOf(epoch);
            process.store().givenUp().merge(gone, epoch, Math::max);
        });
    }

    /** Whether this process may have to hand out what it has under the key. */
    boolean names(Identifier key) {
        Identifier self = process.first().self().process();
        Claim claim = claims().at(key);
        return claim.established().map(t -> t.names(self)).orElse(false)
                || claim.proposed().stream().anyMatch(t -> t.names(self));
    }

    // ---- as an owner

    /** The tenure under which a member speaks for a key, if it still does as far as is known here. */
    Optional<Tenure> served(NodeState owner, Identifier key) {
        return served(owner, claims().at(key));
    }

    private static Optional<Tenure> served(NodeState owner, Claim claim) {
        return claim.established()
                .filter(t -> t.epoch() >= claim.promised()
                        && t.holders().get(0).sameMember(owner.self())
                        && t.holders().get(0).process().equals(owner.self().process()));
    }

    // Whether a tenure is still served in all of an arc; then this process binds itself to it for a while.
    private Word lease(Peer as, Arc arc, long epoch) {
        boolean still = accept(as, List.of(arc), epoch).agreed();
        if (still) {
            leases.give(arc, process.clock());
        }
        return new Word(still, claims(List.of(arc)), Map.of());
    }

    /** Asks the other holders of an arc whether they still serve a tenure at a key, unless they have said so a moment ago. */
    void witness(Tenure tenure, Arc settled, Identifier key, Consumer<Boolean> then) {
        if (leases.holds(key, tenure.epoch(), process.clock())) {
            then.accept(true);
            return;
        }
        Arc arc = claims().over(settled).stream()
                .map(ArcMap.Piece::arc)
                .filter(piece -> piece.contains(key))
                .findFirst()
                .orElse(settled);
        long asked = process.clock();
        int needed = tenure.witnesses(SimulatedRecords.WRITE_QUORUM) - 1;
        List<Peer> others = tenure.holders().subList(1, tenure.holders().size());
        if (needed <= 0) {
            then.accept(true);
            return;
        }
        int[] counts = {others.size(), 0};
        for (Peer peer : others) {
            TenureChange.Service ask = (at, as) -> at.records().tenures().lease(as, arc, tenure.epoch());
            ask(process, peer, ask, Map.of(), word -> {
                word.ifPresent(w -> heed(w.claims()));
                counts[0]--;
                counts[1] += word.map(Word::agreed).orElse(false) ? 1 : 0;
                if (counts[1] == needed) {
                    counts[1] = Integer.MIN_VALUE; // told once
                    leases.hold(arc, tenure.epoch(), asked);
                    then.accept(true);
                } else if (counts[0] == 0 && counts[1] >= 0) {
                    then.accept(false);
                }
            });
        }
    }

    // Somebody who did not get through asked for promises: what is served here needs a newer tenure than that.
    private void heed(List<ArcMap.Piece<Claim>> elsewhere) {
        for (ArcMap.Piece<Claim> piece : elsewhere) {
            process.store().heardOf(piece.value().epoch());
            claims().update(piece.arc(), c -> c.promise(piece.value().promised()));
        }
    }

    /** Sees to it that each arc owned here is kept by those that should, and that they know of it. Tells whether it is so. */
    void keepUp(Consumer<Boolean> then) {
        Deque<NodeState> owners = new ArrayDeque<>();
        process.members().stream()
                .filter(s -> s.ownership().settled().isPresent()
                        && s.ownership().giving().isEmpty())
                .forEach(owners::add);
        keepUp(owners, true, then);
    }

    private void keepUp(Deque<NodeState> owners, boolean sofar, Consumer<Boolean> then) {
        NodeState owner = owners.poll();
        if (owner == null) {
            then.accept(sofar);
            return;
        }
        Arc arc = owner.ownership().settled().orElseThrow();
        List<Identifier> wanted = processes(TenureChange.holders(owner));
        List<Arc> unfit = claims().over(arc).stream()
                .filter(p -> served(owner, p.value())
                        .filter(t -> processes(t.holders()).equals(wanted))
                        .isEmpty())
                .map(ArcMap.Piece::arc)
                .toList();
        if (!unfit.isEmpty()) {
            change(owner, unfit, begun -> keepUp(owners, sofar && begun, then));
            return;
        }
        List<ArcMap.Piece<Claim>> pieces =
                claims().over(arc).stream().filter(p -> !told.contains(p)).toList();
        if (pieces.isEmpty()) {
            keepUp(owners, sofar, then);
            return;
        }
        int[] counts = {pieces.size(), 0};
        for (ArcMap.Piece<Claim> piece : pieces) {
            Tenure tenure = piece.value().established().orElseThrow();
            tell(process, tenure.holders(), List.of(piece.arc()), tenure, all -> {
                counts[1] += all ? 1 : 0;
                if (all) {
                    told.add(piece);
                }
                if (--counts[0] == 0) {
                    keepUp(owners, sofar && counts[1] == pieces.size(), then);
                }
            });
        }
    }

    private static List<Identifier> processes(List<Peer> peers) {
        return peers.stream().map(Peer::process).toList();
    }

    // The owner takes its own arc over, with other holders; until then nothing of it is served.
    private void change(NodeState owner, List<Arc> arcs, Consumer<Boolean> then) {
        if (!changing.isEmpty()) {
            then.accept(false);
            return;
        }
        changing = arcs;
        process.records()
                .arcs()
                .drain(() -> new TenureChange(process, owner, arcs, List.of(), begun -> {
                            changing = List.of();
                            List<Runnable> all = List.copyOf(waiting);
                            waiting.clear();
                            all.forEach(Runnable::run);
                            then.accept(begun);
                        })
                        .start());
    }

    /** Runs it now, or when a change of the key's tenure is over that is under way. */
    void settled(Identifier key, Runnable what) {
        boolean served =
                process.records().owner(key).flatMap(s -> served(s, key)).isPresent();
        if (served && changing.stream().anyMatch(arc -> arc.contains(key))) {
            waiting.add(what);
        } else {
            what.run();
        }
    }

    // ---- calls

    /** Tells holders that a tenure has begun. */
    static void tell(
            SimulatedProcess process,
            Collection<Peer> holders,
            List<Arc> arcs,
            Tenure tenure,
            Consumer<Boolean> allTold) {
        int[] counts = {holders.size(), holders.size()};
        for (Peer peer : List.copyOf(holders)) {
            ask(process, peer, (at, as) -> at.records().tenures().establish(as, arcs, tenure), Map.of(), word -> {
                counts[1] -= word.map(Word::agreed).orElse(false) ? 1 : 0;
                if (--counts[0] == 0) {
                    allTold.accept(counts[1] == 0);
                }
            });
        }
    }

    /** Asks one process, which may be this one; the records brought along are kept there before it agrees. */
    static void ask(
            SimulatedProcess process,
            Peer peer,
            TenureChange.Service service,
            Map<Identifier, Stored> brings,
            Consumer<Optional<Word>> then) {
        Call.Exchange<Word> exchange = new Call.Exchange<>() {
            @Override
            public void serve(SimulatedProcess at, Call<Word> call) {
                call.watch();
                Word word = service.serve(at, peer);
                if (word.agreed()) {
                    at.records().keep(brings, () -> at.run(() -> call.answer(word)));
                } else {
                    call.answer(word);
                }
            }

            @Override
            public void answered(Word word) {
                then.accept(Optional.of(word));
            }

            @Override
            public void failed(Event.Failure failure) {
                then.accept(Optional.empty());
            }
        };
        Call.once(process, peer.endpoint(), exchange, SimulatedRecords.STORE_TIMEOUT);
    }
}
