package dev.chord.node.replication;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Ballot;
import dev.chord.core.placement.Claim;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.placement.Leases;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.ClaimStore;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.CompareRecordsRequest;
import dev.chord.proto.v1.FingerprintRecordsRequest;
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.PromiseTenureReply;
import dev.chord.proto.v1.PromiseTenureRequest;
import dev.chord.proto.v1.PullRecordsRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordBatch;
import dev.chord.proto.v1.ReplicateReply;
import dev.chord.proto.v1.ReplicateRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One try to begin a new tenure of arcs. The holders of the tenures before it promise to serve no older one and hand out what they
 * have; that is brought to the new holders; then the old and the new ones note the new tenure. It has begun once enough of each have,
 * and not before: whoever tries next meets one that knows of it. Where too few are in reach nothing changes.
 */
final class TenureChange {
    private static final int PAGE = 500;
    /** What counts as a copy does not go before it is noted whose it is. */
    static final Duration KEEP = Duration.ofMinutes(1);

    private final Tenures tenures;
    private final TenureCalls calls;
    private final Peer member;
    private final List<Arc> wanted;
    private final Ballot ballot;
    private List<Peer> next = List.of();
    private long epoch;
    private final long begun = System.nanoTime();
    private final Set<Identifier> heardFrom = ConcurrentHashMap.newKeySet();
    private final Map<Arc, Fingerprints> here = new ConcurrentHashMap<>();
    private long leasesOver = begun;
    private volatile List<ArcMap.Piece<List<Peer>>> inVain = List.of();

    /** @param member the owner that it is to have */
    TenureChange(Tenures tenures, Peer member, List<Arc> wanted) {
        this.tenures = tenures;
        this.calls = tenures.calls();
        this.member = member;
        this.wanted = wanted;
        this.ballot = new Ballot(wanted, tenures.writeQuorum());
        heardFrom.add(member.process());
        absorb(tenures.store().claims().over(wanted));
        ballot.giveUp(tenures.givenUp());
    }

    // Those that come after the arc's owner as a rule; but nobody may have owned it for a while, and then it
    // can be anybody.
    private Collection<Peer> acquaintances(NodeState member) {
        Map<Identifier, Peer> known = new TreeMap<>();
        member.view().predecessor().ifPresent(p -> known.put(p.process(), p));
        member.view().successors().entries().forEach(p -> known.put(p.process(), p));
        if (ballot.unknown()) {
            member.remembered().values().forEach(p -> known.putIfAbsent(p.process(), p));
        }
        known.remove(member.self().process());
        return known.values();
    }

    /** Asks those that may know who keeps the records now, without asking for promises. */
    void listen(NodeState member) {
        Collection<Peer> peers = acquaintances(member);
        PromiseTenureRequest question = request(0);
        Gathering<List<ArcMap.Piece<Claim>>> heard = new Gathering<>();
        calls.ask(
                peers,
                peer -> ClaimStore.in(calls.stub(peer, Tenures.PATIENCE)
                        .promiseTenure(question.toBuilder()
                                .setProcess(WireCodec.out(peer.process()))
                                .build())
                        .getClaimsList()),
                heard::heard);
        heard.count(peers.size(), Tenures.PATIENCE, Gathering.MOMENT, (peer, claims) -> {
            claims.ifPresent(c -> {
                heardFrom.add(peer.process());
                absorb(c);
            });
            return !ballot.unknown();
        });
        noteSilent();
    }

    private PromiseTenureRequest request(long promise) {
        return PromiseTenureRequest.newBuilder()
                .addAllArcs(wanted.stream().map(WireCodec::out).toList())
                .setEpoch(promise)
                .build();
    }

    private void absorb(Collection<ArcMap.Piece<Claim>> claims) {
        claims.forEach(piece -> RecordCoordinator.await(
                tenures.store().records().heardOf(piece.value().epoch())));
        ballot.hear(claims);
    }

    /**
     * Where it has not begun for want of the word of holders of before that have not answered, and who those are; none: nobody has told.
     * From any thread.
     */
    List<ArcMap.Piece<List<Peer>>> inVain() {
        return inVain;
    }

    long ageNanos() {
        return System.nanoTime() - begun;
    }

    private void noteSilent() {
        inVain = ballot.missing(heardFrom);
    }

    /**
     * Begins it.
     *
     * @param now the member that is to be the owner, as it sees the ring
     * @return whether it has begun everywhere
     */
    boolean run(NodeState now) {
        next = Tenures.holders(now);
        RecordCoordinator.await(tenures.store().records().keepAll(KEEP));
        epoch = tenures.newEpoch();
        for (List<Peer> unasked = ballot.unasked(); !unasked.isEmpty(); unasked = ballot.unasked()) {
            prepare(unasked);
        }
        List<Arc> free = ballot.free();
        Tenure tenure = new Tenure(epoch, next);
        if (free.isEmpty() || !ballot.begins(tenure, bring(free, tenure))) {
            return false;
        }
        awaitLeases();
        List<Peer> voters = ballot.voters(tenure);
        NoteTenureRequest note = TenureCalls.note(free, tenure, false);
        Set<Identifier> noted = agreed(
                voters,
                peer -> calls.stub(peer)
                        .noteTenure(TenureCalls.meant(note, peer))
                        .getAgreed(),
                sofar -> ballot.hasBegun(tenure, free, sofar));
        List<Arc> begun = ballot.begun(tenure, free, noted);
        if (begun.isEmpty()) {
            return false;
        }
        tenures.promises().establish(member.process(), begun, tenure);
        calls.spread(voters, begun, tenure);
        return tenures.store().claims().over(wanted).stream()
                .allMatch(p -> p.value().established().equals(Optional.of(tenure)));
    }

    // An owner that has not promised anything itself may still answer reads.
    private void awaitLeases() {
        long left = ballot.ownersPromised() ? 0 : leasesOver - System.nanoTime();
        try {
            TimeUnit.NANOSECONDS.sleep(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }

    private record Heard(
            boolean agreed, List<ArcMap.Piece<Claim>> claims, Map<Identifier, Long> givenUp, long leasesOver) {}

    private void prepare(List<Peer> order) {
        PromiseTenureRequest request = request(epoch);
        noteSilent();
        calls.count(order, peer -> ask(peer, request), (peer, answer) -> {
            answer.ifPresent(heard -> take(peer, heard));
            return ballot.isFree();
        });
    }

    private void take(Peer peer, Heard heard) {
        if (heard.agreed()) {
            ballot.promised(peer.process());
        }
        absorb(heard.claims());
        tenures.giveUp(heard.givenUp());
        ballot.giveUp(heard.givenUp());
        leasesOver = Math.max(leasesOver, heard.leasesOver());
        noteSilent();
    }

    private Heard ask(Peer peer, PromiseTenureRequest request) {
        PromiseTenureReply word = calls.stub(peer)
                .promiseTenure(request.toBuilder()
                        .setProcess(WireCodec.out(peer.process()))
                        .build());
        long leasesOver = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Leases.over(word.getLeaseLeftMillis()));
        heardFrom.add(peer.process());
        if (word.getAgreed()) {
            pull(peer); // only one whose records have all come counts
        }
        return new Heard(
                word.getAgreed(),
                ClaimStore.in(word.getClaimsList()),
                ClaimStore.inGivenUp(word.getGivenUpList()),
                leasesOver);
    }

    // What it kept before it promised, as far as it is not here.
    private void pull(Peer peer) {
        for (Arc arc : wanted) {
            Iterator<RecordBatch> batches = calls.stub(peer, TenureCalls.LIMIT)
                    .pullRecords(PullRecordsRequest.newBuilder()
                            .setArc(WireCodec.out(arc))
                            .addAllParts(WireCodec.out(here(arc)).getPartsList())
                            .build());
            while (batches.hasNext()) {
                RecordCoordinator.await(
                        tenures.store().records().merge(batches.next().getRecordsList()));
            }
        }
    }

    private Fingerprints here(Arc arc) {
        return here.computeIfAbsent(arc, tenures.store().records()::fingerprints);
    }

    // Who has all records of the arcs now.
    private Set<Identifier> bring(List<Arc> arcs, Tenure tenure) {
        return agreed(
                next,
                peer -> peer.process().equals(member.process()) || bringAll(arcs, peer),
                sofar -> ballot.begins(tenure, sofar));
    }

    // Of what is here, as much as it lacks.
    private boolean bringAll(List<Arc> arcs, Peer peer) {
        Differences differences = new Differences(tenures.store().records()::fingerprints, arc -> there(arc, peer));
        for (Arc arc : arcs) {
            RecordStore.Page page = tenures.store().records().changes(arc, 0, PAGE);
            while (!page.records().isEmpty()) {
                List<Record> doubtful = page.records().stream()
                        .filter(record -> differences.in(arc, WireCodec.in(record.getKey())))
                        .toList();
                if (!bring(lacking(doubtful, peer), peer)) {
                    return false;
                }
                page = tenures.store().records().changes(arc, page.position(), PAGE);
            }
        }
        return true;
    }

    private long[] there(Arc arc, Peer peer) {
        return WireCodec.parts(calls.stub(peer, TenureCalls.LIMIT)
                .fingerprintRecords(FingerprintRecordsRequest.newBuilder()
                        .setArc(WireCodec.out(arc))
                        .setKeepMillis(KEEP.toMillis())
                        .build())
                .getPartsList());
    }

    private List<Record> lacking(List<Record> records, Peer peer) {
        if (records.isEmpty()) {
            return records;
        }
        return calls
                .stub(peer)
                .compareRecords(CompareRecordsRequest.newBuilder()
                        .addAllDigests(CopyMover.digests(records))
                        .build())
                .getLackingList()
                .stream()
                .filter(i -> i >= 0 && i < records.size())
                .map(records::get)
                .toList();
    }

    private boolean bring(List<Record> records, Peer peer) {
        if (records.isEmpty()) {
            return true;
        }
        ReplicateReply reply = calls.stub(peer)
                .replicate(ReplicateRequest.newBuilder()
                        .setProcess(WireCodec.out(peer.process()))
                        .setTenure(epoch)
                        .addAllRecords(records)
                        .build());
        return !reply.getSuperseded() && !reply.hasNotOwner();
    }

    private Set<Identifier> agreed(
            Collection<Peer> peers, Function<Peer, Boolean> question, Predicate<Set<Identifier>> enough) {
        Set<Identifier> agreed = new TreeSet<>();
        calls.count(peers, question, (peer, yes) -> {
            if (yes.orElse(false)) {
                agreed.add(peer.process());
            }
            return enough.test(agreed);
        });
        return agreed;
    }
}
