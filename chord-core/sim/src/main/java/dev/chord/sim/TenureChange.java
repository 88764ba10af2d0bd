package dev.chord.sim;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Ballot;
import dev.chord.core.placement.Claim;
import dev.chord.core.placement.Leases;
import dev.chord.core.placement.Placement;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.sim.SimulatedStore.Stored;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One try to begin a new tenure of arcs. The holders of the tenures before it promise to serve no older one and hand out what they
 * have; that is brought to the new holders; then the old and the new ones note the new tenure. It has begun once enough of each have,
 * and not before: whoever tries next meets one that knows of it. Where too few are in reach nothing changes.
 */
final class TenureChange {
    private static final long MOMENT = 200 * Simulation.MILLISECOND;

    private final SimulatedProcess process;
    private final NodeState member;
    private final List<Arc> wanted;
    private final Consumer<Boolean> then;
    private final List<Peer> next;
    private final Ballot ballot;
    private final Set<Identifier> noted = new TreeSet<>();
    private final long epoch;
    private long leasesOver;

    /** What a holder says to a request: whether it does what is asked, what it knew before, and what it has. */
    record Word(
            boolean agreed,
            List<ArcMap.Piece<Claim>> claims,
            Map<Identifier, Stored> records,
            Map<Identifier, Long> givenUp,
            long leaseLeft) {
        Word(boolean agreed, List<ArcMap.Piece<Claim>> claims, Map<Identifier, Stored> records) {
            this(agreed, claims, records, Map.of(), 0);
        }
    }

    /**
     * @param hints what others have said of the arc
     * @param then told whether it has begun everywhere
     */
    TenureChange(
            SimulatedProcess process,
            NodeState member,
            List<Arc> wanted,
            Collection<ArcMap.Piece<Claim>> hints,
            Consumer<Boolean> then) {
        this.process = process;
        this.member = member;
        this.wanted = wanted;
        this.then = then;
        this.next = holders(member);
        this.ballot = new Ballot(wanted, SimulatedRecords.WRITE_QUORUM);
        absorb(process.records().tenures().claims(wanted));
        absorb(hints);
        ballot.giveUp(process.store().givenUp());
        this.epoch = process.store().epoch() + 1;
        process.store().heardOf(epoch);
    }

    /** Who should keep the records of a member's arc, as it sees the ring. */
    static List<Peer> holders(NodeState member) {
        List<Peer> chain = new ArrayList<>(List.of(member.self()));
        chain.addAll(member.view().successors().entries());
        return Placement.holders(chain, member.settings().replicas());
    }

    void start() {
        process.records().arcs().keepAll();
        Collection<Peer> known = ballot.unknown() ? acquaintances() : List.of();
        if (known.isEmpty()) {
            prepare();
            return;
        }
        all(
                known,
                (at, peer) -> new Word(true, at.records().tenures().claims(wanted), Map.of()),
                (peer, word) -> {
                    absorb(word.claims());
                    return Map.of();
                },
                () -> !ballot.unknown(),
                this::prepare);
    }

    // Nobody has owned the arc for a while, and those who agreed on it last are not those who come after it now.
    private Collection<Peer> acquaintances() {
        Map<Identifier, Peer> known = new TreeMap<>();
        member.view().predecessor().ifPresent(p -> known.put(p.process(), p));
        member.view().successors().entries().forEach(p -> known.put(p.process(), p));
        member.remembered().values().forEach(p -> known.putIfAbsent(p.process(), p));
        known.remove(member.self().process());
        return known.values();
    }

    private void absorb(Collection<ArcMap.Piece<Claim>> claims) {
        claims.forEach(piece -> process.store().heardOf(piece.value().epoch()));
        ballot.hear(claims);
    }

    private void prepare() {
        List<Peer> unasked = ballot.unasked();
        if (!unasked.isEmpty()) {
            all(
                    unasked,
                    (at, peer) -> at.records().tenures().promise(peer, wanted, epoch),
                    (peer, word) -> {
                        if (word.agreed()) {
                            ballot.promised(peer.process());
                        }
                        absorb(word.claims());
                        process.records().tenures().giveUp(word.givenUp());
                        ballot.giveUp(word.givenUp());
                        leasesOver = Math.max(leasesOver, process.clock() + Leases.over(word.leaseLeft()));
                        return word.records();
                    },
                    ballot::isFree,
                    this::prepare);
            return;
        }
        List<Arc> free = ballot.free();
        if (free.isEmpty()) {
            then.accept(false);
        } else {
            bring(free);
        }
    }

    private void bring(List<Arc> arcs) {
        Tenure tenure = new Tenure(epoch, next);
        Map<Identifier, Stored> records = process.records().within(arcs);
        Set<Identifier> kept = new TreeSet<>();
        all(
                next,
                (at, peer) -> {
                    at.records().arcs().keepAll();
                    return at.records().tenures().accept(peer, arcs, epoch);
                },
                records,
                (peer, word) -> {
                    if (word.agreed()) {
                        kept.add(peer.process());
                    }
                    return Map.of();
                },
                () -> ballot.begins(tenure, kept),
                () -> {
                    if (ballot.begins(tenure, kept)) {
                        long wait = ballot.ownersPromised() ? 0 : leasesOver - process.clock();
                        process.in(wait, () -> note(arcs, tenure));
                    } else {
                        then.accept(false);
                    }
                });
    }

    private void note(List<Arc> arcs, Tenure tenure) {
        List<Peer> voters = ballot.voters(tenure);
        all(
                voters,
                (at, peer) -> at.records().tenures().propose(peer, arcs, tenure),
                (peer, word) -> {
                    if (word.agreed()) {
                        noted.add(peer.process());
                    }
                    return Map.of();
                },
                () -> ballot.hasBegun(tenure, arcs, noted),
                () -> {
                    List<Arc> begun = ballot.begun(tenure, arcs, noted);
                    begun.forEach(arc -> process.store().claims().update(arc, c -> c.establish(tenure)));
                    if (!begun.isEmpty()) {
                        Tenures.tell(process, voters, begun, tenure, told -> {});
                    }
                    then.accept(wanted.stream()
                            .allMatch(arc -> process.store().claims().over(arc).stream()
                                    .allMatch(p -> p.value().established().equals(Optional.of(tenure)))));
                });
    }

    interface Service {
        Word serve(SimulatedProcess at, Peer as);
    }

    private interface Answer {
        /** Returns records to be kept here. */
        Map<Identifier, Stored> from(Peer peer, Word word);
    }

    // Asks all at once; goes on when all have answered or will not, or a moment after what was answered is enough.
    private void all(Collection<Peer> peers, Service service, Answer answer, BooleanSupplier enough, Runnable done) {
        all(peers, service, Map.of(), answer, enough, done);
    }

    private void all(
            Collection<Peer> peers,
            Service service,
            Map<Identifier, Stored> brings,
            Answer answer,
            BooleanSupplier enough,
            Runnable done) {
        int[] left = {peers.size()};
        boolean[] over = {false};
        Runnable end = () -> {
            if (!over[0]) {
                over[0] = true;
                done.run();
            }
        };
        Runnable one = () -> {
            if (--left[0] == 0) {
                end.run();
            } else if (enough.getAsBoolean()) {
                process.in(MOMENT, end);
            }
        };
        for (Peer peer : List.copyOf(peers)) {
            Tenures.ask(process, peer, service, brings, word -> {
                if (over[0]) {
                    return; // too late to count
                }
                word.ifPresentOrElse(w -> process.records().keep(answer.from(peer, w), one), one);
            });
        }
    }
}
