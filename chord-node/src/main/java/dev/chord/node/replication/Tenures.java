package dev.chord.node.replication;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Claim;
import dev.chord.core.placement.Placement;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.NodeStore;
import dev.chord.proto.v1.RefusedArc;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to the tenures of what this process owns (docs/decisions/0016). Without the mode that goes by them ("eventual") it says yes to
 * everything and does nothing.
 */
public final class Tenures implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Tenures.class);
    // Longer than a holder that is there takes to answer, and less than clients wait for the owner.
    static final Duration PATIENCE = Duration.ofMillis(700);

    private final NodeLoop loop;
    private final NodeStore store;
    private final TenureCalls calls;
    private final int writeQuorum;
    private final boolean on;
    private final Promises promises;
    private final ReadLeases reading;
    private final AtomicBoolean keepingUp = new AtomicBoolean();
    private final Set<ArcMap.Piece<Claim>> told = new HashSet<>(); // of the one thread that keeps up
    private final Silence silence = new Silence();
    private final Object epochs = new Object();
    private final Object change = new Object();
    private List<Arc> changing = List.of(); // guarded by change
    private long changingSince; // guarded by change

    /** @param on whether holders agree on who they are; otherwise whoever is left takes over */
    public Tenures(
            NodeLoop loop,
            NodeStore store,
            PeerChannels channels,
            KeyLocator locator,
            int writeQuorum,
            boolean on,
            Identifier process) {
        this.calls = new TenureCalls(channels, locator);
        this.loop = loop;
        this.store = store;
        this.writeQuorum = writeQuorum;
        this.on = on;
        LeaseBook leases = new LeaseBook();
        this.promises = new Promises(store.claims(), on, process, leases);
        this.reading = new ReadLeases(this, leases);
    }

    /** What it has promised as a holder. */
    public Promises promises() {
        return promises;
    }

    /** Whether holders agree on who they are. */
    public boolean on() {
        return on;
    }

    TenureCalls calls() {
        return calls;
    }

    NodeStore store() {
        return store;
    }

    int writeQuorum() {
        return writeQuorum;
    }

    /** The founder of a ring keeps everything. */
    public void found(Peer founder, long epoch) {
        if (on) {
            Tenure tenure = new Tenure(epoch, List.of(founder));
            promises.establish(founder.process(), List.of(new Arc(founder.id(), founder.id())), tenure);
        }
    }

    // ---- as an owner

    /** The tenure under which a member speaks for a key, if it does as far as is known here. */
    Optional<Tenure> served(NodeState owner, Identifier key) {
        return served(owner, store.claims().at(key));
    }

    private static Optional<Tenure> served(NodeState owner, Claim claim) {
        return claim.established()
                .filter(t -> t.epoch() >= claim.promised()
                        && t.holders().get(0).sameMember(owner.self())
                        && t.holders().get(0).process().equals(owner.self().process()));
    }

    /**
     * Whether the owner of a key may write there now, or show what it has just read: no other tenure can have begun. May ask others.
     */
    boolean maySpeak(NodeState owner, Identifier key) {
        Optional<Tenure> tenure = served(owner, key);
        Optional<Arc> settled = owner.ownership().settled();
        if (!on || tenure.isEmpty() || settled.isEmpty()) {
            return !on;
        }
        if (!reading.holds(key, tenure.get())) {
            Arc arc = store.claims().over(List.of(settled.get())).stream()
                    .map(ArcMap.Piece::arc)
                    .filter(piece -> piece.contains(key))
                    .findFirst()
                    .orElse(settled.get());
            Identifier id = owner.self().id();
            if (silence.ofLease(id, key).isPresent()) {
                return false; // whoever asks again soon need not wait for them again
            }
            ReadLeases.Outcome outcome = reading.obtain(owner, arc, key, tenure.get());
            silence.asked(id, arc, outcome.silent());
            if (!outcome.given()) {
                return false;
            }
        }
        return served(owner, key).equals(tenure);
    }

    /** The same without asking: it may be so where this is false. */
    boolean maySpeakNow(NodeState owner, Identifier key) {
        return !on || served(owner, key).map(t -> reading.holds(key, t)).orElse(false);
    }

    /** The holders of a key that its owner has asked in vain; see {@link Silence#of}. */
    Optional<List<Peer>> waitedFor(NodeState owner, Identifier key) {
        return silence.of(owner.self().id(), key);
    }

    // Somebody who did not get through asked for promises: what is served here needs a newer tenure than that.
    void heed(List<ArcMap.Piece<Claim>> elsewhere) {
        for (ArcMap.Piece<Claim> piece : elsewhere) {
            RecordCoordinator.await(store.records().heardOf(piece.value().epoch()));
            promises.raise(piece.arc(), piece.value().promised());
        }
    }

    /** Waits for the end of a change of the keys' tenures that is under way, but not for holders that do not answer. */
    void awaitSettled(Collection<Identifier> keys) {
        if (!on) {
            return;
        }
        synchronized (change) {
            try {
                while (keys.stream().anyMatch(key -> changing.stream().anyMatch(arc -> arc.contains(key)))) {
                    long left = changingSince + PATIENCE.toNanos() - System.nanoTime();
                    if (left <= 0) {
                        return;
                    }
                    TimeUnit.NANOSECONDS.timedWait(change, left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
            }
        }
    }

    /** Who should keep the records of a member's arc, as it sees the ring. */
    static List<Peer> holders(NodeState member) {
        List<Peer> chain = new ArrayList<>(List.of(member.self()));
        chain.addAll(member.view().successors().entries());
        return Placement.holders(chain, member.settings().replicas());
    }

    /**
     * Sees to it that each arc owned here is kept by those that should, and that they know of it.
     *
     * @param drained waits until no write is under way that began before
     */
    public void keepUp(Runnable drained) {
        if (!on || !keepingUp.compareAndSet(false, true)) {
            return;
        }
        try {
            for (NodeState owner : loop.states()) {
                boolean still = owner.ownership().giving().isEmpty();
                owner.ownership().settled().filter(arc -> still).ifPresent(arc -> keepUp(owner, arc, drained));
            }
        } catch (ChordException e) {
            log.debug("tenures: {}", e.getMessage());
        } finally {
            keepingUp.set(false);
        }
    }

    // Where those that keep the records are not those that should.
    private List<Arc> unfit(NodeState owner, Arc arc) {
        List<Identifier> wanted = processes(holders(owner));
        return store.claims().over(List.of(arc)).stream()
                .filter(p -> served(owner, p.value())
                        .filter(t -> processes(t.holders()).equals(wanted))
                        .isEmpty())
                .map(ArcMap.Piece::arc)
                .toList();
    }

    /** Whether everything that is owned here is kept by those that should keep it. */
    public boolean upToDate() {
        return !on
                || loop.states().stream()
                        .allMatch(owner -> owner.ownership()
                                .settled()
                                .map(arc -> unfit(owner, arc).isEmpty())
                                .orElse(false));
    }

    private void keepUp(NodeState owner, Arc arc, Runnable drained) {
        List<Arc> unfit = unfit(owner, arc);
        if (!unfit.isEmpty()) {
            List<Arc> served = store.claims().over(unfit).stream()
                    .filter(p -> served(owner, p.value()).isPresent())
                    .map(ArcMap.Piece::arc)
                    .toList();
            // nobody need wait for one that will come to nothing, as the last one did
            changing(served.stream()
                    .filter(part -> waitedFor(owner, part.to()).isEmpty())
                    .toList());
            try {
                drained.run();
                attempt(owner, unfit, false, attempt -> attempt.run(owner));
            } finally {
                changing(List.of());
            }
            return;
        }
        List<ArcMap.Piece<Claim>> pieces = store.claims().over(List.of(arc));
        told.retainAll(pieces);
        for (ArcMap.Piece<Claim> piece : pieces) {
            Tenure tenure = piece.value().established().orElseThrow();
            if (!told.contains(piece) && calls.tell(tenure.holders(), List.of(piece.arc()), tenure)) {
                told.add(piece);
            }
        }
    }

    /** What is owned here and may not be served, and for want of whom. */
    public List<RefusedArc> refused() {
        List<RefusedArc> refused = new ArrayList<>();
        for (NodeState owner : on ? loop.states() : List.<NodeState>of()) {
            List<Arc> arcs = owner.ownership().settled().stream().toList();
            for (ArcMap.Piece<Claim> piece : store.claims().over(arcs)) {
                if (served(owner, piece.value()).isEmpty()) {
                    refused.add(RefusedArc.newBuilder()
                            .setOwner(WireCodec.out(owner.self()))
                            .setArc(WireCodec.out(piece.arc()))
                            .addAllMissing(WireCodec.out(
                                    waitedFor(owner, piece.arc().to()).orElse(List.of())))
                            .build());
                }
            }
        }
        return refused;
    }

    /** Whether a node is known to be of a ring that does not go by agreement though this one does, or the other way round. */
    public boolean differs(Endpoint node) {
        return calls.agrees(node).map(agrees -> agrees != on).orElse(false);
    }

    /** The processes nobody waits for, each as a holder of tenures up to an epoch. */
    public Map<Identifier, Long> givenUp() {
        return store.claims().givenUp();
    }

    /** Takes in more of them. */
    public void giveUp(Map<Identifier, Long> processes) {
        processes
                .values()
                .forEach(epoch -> RecordCoordinator.await(store.records().heardOf(epoch)));
        store.claims().giveUp(processes);
    }

    private void changing(List<Arc> arcs) {
        synchronized (change) {
            changing = arcs;
            changingSince = System.nanoTime();
            change.notifyAll();
        }
    }

    private static List<Identifier> processes(List<Peer> peers) {
        return peers.stream().map(Peer::process).toList();
    }

    /** Later than any that is known here, and no other try of this process gets the same. */
    long newEpoch() {
        synchronized (epochs) {
            long epoch = store.records().epoch() + 1;
            RecordCoordinator.await(store.records().heardOf(epoch));
            return epoch;
        }
    }

    /** What a try to begin a tenure is made of. */
    interface Work<T> {
        T with(TenureChange attempt);
    }

    /**
     * Tries to begin a tenure of arcs with a member as their owner: asks who keeps them now, and then goes on as it is told. Whoever
     * wants a key of these arcs meanwhile is told of holders that do not answer. Blocks.
     *
     * @param takes whether the arcs are being taken over, or are the member's already
     */
    <T> T attempt(NodeState member, List<Arc> arcs, boolean takes, Work<T> work) {
        TenureChange attempt = new TenureChange(this, member.self(), arcs);
        Silence.Cause cause = new Silence.Cause(member.self().id(), takes);
        silence.tries(cause, attempt);
        try {
            attempt.listen(member);
            return work.with(attempt);
        } finally {
            silence.tried(cause, attempt);
        }
    }

    @Override
    public void close() {
        calls.close();
    }
}
