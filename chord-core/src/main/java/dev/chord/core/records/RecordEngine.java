package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.records.RecordDisk.Claims;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.records.RecordDisk.Shelf;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The records of one process, as owner and as holder: writes and reads of the keys that its members own,
 * copies on other processes, tenures and their change, leases, hand-over of arcs, repair. All rules about
 * records are here, once; a node and a simulation are hosts of the same engine. It is deterministic: the same
 * inputs in the same order lead to the same calls of its host.
 */
public final class RecordEngine implements Records {
    private final RecordHost host;
    private final RecordSettings settings;
    private final Calls calls;
    private final Holder holder;
    private final Tenures tenures;
    private final KeyQueue queue = new KeyQueue();
    private final QuorumCache quorums = new QuorumCache();
    private final Spreading spreading = new Spreading(this);
    private final OwnerWrites writes;
    private final OwnerReads reads = new OwnerReads(this);
    private final ArcTaking taking = new ArcTaking(this);
    private final ArcGiving giving = new ArcGiving(this);
    private boolean repairing;

    /**
     * What the process before this one left.
     *
     * @param claims what it had promised
     * @param epoch the highest that it had heard of, or has records of
     * @param life drawn at random, another one each time a process starts
     */
    public record Start(Claims claims, long epoch, long life) {}

    /**
     * An arc that is owned here and may not be served, and for want of whom; none: nobody knows who kept it.
     */
    public record Refused(Peer owner, Arc arc, List<Peer> missing) {}

    /**
     * What one pass of repair did.
     *
     * @param copied records given to others
     * @param dropped records let go
     * @param failed that could not be brought to all their places
     */
    public record Round(long checked, long copied, long dropped, long failed) {
        Round plus(Round other) {
            return new Round(
                    checked + other.checked, copied + other.copied, dropped + other.dropped, failed + other.failed);
        }
    }

    public RecordEngine(RecordHost host, RecordSettings settings, Start start) {
        this.host = host;
        this.settings = settings;
        this.calls = new Calls(host);
        LeaseBook leases = new LeaseBook(host, settings.limits().lease());
        this.holder = new Holder(host, settings, leases, start.claims(), start.epoch());
        this.tenures = new Tenures(this, new ReadLeases(settings, calls, holder, leases));
        this.writes = new OwnerWrites(this, start.life());
    }

    /** Who should keep the records of a member's arc, as it sees the ring; the owner first. */
    public static List<Peer> holders(NodeState member) {
        return Tenures.holders(member);
    }

    // ---- what clients ask

    @Override
    public void write(List<Write> asked, Consumer<List<Write.Answer>> then) {
        writes.write(asked, then);
    }

    @Override
    public void read(Record.Place place, Consumer<Write.Read> then) {
        reads.read(place, then);
    }

    @Override
    public Write.NotOwner notOwner(Identifier key) {
        return reads.notOwner(key);
    }

    // ---- what other processes ask

    @Override
    @SuppressWarnings("unchecked") // the sink of a question takes its answers
    public <A> void serve(Question<A> question, Identifier meant, RecordHost.Sink<A> out) {
        if (question instanceof Question.Replicate asked) {
            replicate(asked, meant, (RecordHost.Sink<Question.Kept>) out);
        } else if (question instanceof Question.Promise asked) {
            holder.serve(asked, meant, (RecordHost.Sink<Question.Promised>) out);
        } else if (question instanceof Question.Note asked) {
            holder.serve(asked, meant, (RecordHost.Sink<Question.Word>) out);
        } else if (question instanceof Question.Lease asked) {
            holder.serve(asked, meant, (RecordHost.Sink<Question.Word>) out);
        } else if (question instanceof Question.Compare asked) {
            compare(asked, (RecordHost.Sink<List<Integer>>) out);
        } else if (question instanceof Question.Fingerprint asked) {
            fingerprint(asked, (RecordHost.Sink<Fingerprints>) out);
        } else if (question instanceof Question.Presence) {
            ((RecordHost.Sink<Boolean>) out).only(holder.isMeant(meant));
        } else if (question instanceof Question.Pull asked) {
            giving.serve(asked, (RecordHost.Sink<Question.Batch>) out);
        } else if (question instanceof Question.Release asked) {
            giving.serve(asked, (RecordHost.Sink<Question.Batch>) out);
        } else {
            throw new IllegalArgumentException("a question of another kind: " + question);
        }
    }

    // Keeps copies for an owner, unless this process owns one of the keys itself, or has promised to serve a
    // later tenure.
    private void replicate(Question.Replicate asked, Identifier meant, RecordHost.Sink<Question.Kept> out) {
        if (asked.tenure() != 0 && !holder.isMeant(meant)) {
            out.only(Question.Kept.SUPERSEDED);
            return;
        }
        boolean disputed = asked.owner().isPresent()
                && asked.records().stream()
                        .flatMap(r -> owner(r.key()).stream())
                        .anyMatch(mine -> !mine.self().sameMember(asked.owner().get()));
        if (disputed) {
            out.only(Question.Kept.NOT_OWNER);
            return;
        }
        Consumer<Optional<Question.Kept>> then = kept -> {
            if (kept.isPresent()) {
                out.only(kept.get());
            } else {
                out.refuse("the disk does not keep records now");
            }
        };
        if (asked.news() > 0) {
            holder.remember(
                    asked.news(),
                    done -> then.accept(
                            done == Durability.DURABLE ? Optional.of(Question.Kept.KEPT) : Optional.empty()));
        } else {
            keep(asked.records(), asked.tenure(), then);
        }
    }

    // An older version that what is here does not know of is wanted too, to be noted as lost.
    private void compare(Question.Compare asked, RecordHost.Sink<List<Integer>> out) {
        if (asked.keep() > 0) {
            holder.keepAll(asked.keep(), () -> {});
        }
        List<Record.Place> places =
                asked.digests().stream().map(d -> d.id().place()).toList();
        host.disk().read(places, found -> {
            if (found.isEmpty()) {
                out.refuse("the disk cannot be read");
                return;
            }
            List<Integer> lacking = new ArrayList<>();
            for (int i = 0; i < places.size(); i++) {
                if (isLacking(asked.digests().get(i), found.get().get(i))) {
                    lacking.add(i);
                }
            }
            out.only(lacking);
        });
    }

    private static boolean isLacking(Record.Digest digest, Shelf here) {
        Version version =
                Objects.requireNonNullElse(here.versions().get(digest.id().label()), Version.NONE);
        boolean unknown = digest.id().place().kind() == Record.NAME
                && digest.operation() != 0
                && here.live().stream()
                        .filter(r -> r.label().equals(digest.id().label()))
                        .anyMatch(r -> WriteWindow.isWhole(r.operations())
                                && !r.operations().contains(digest.operation()));
        return digest.version().newerThan(version) || unknown;
    }

    private void fingerprint(Question.Fingerprint asked, RecordHost.Sink<Fingerprints> out) {
        Runnable look = () -> host.disk().fingerprints(asked.arc(), found -> {
            if (found.isPresent()) {
                out.only(found.get());
            } else {
                out.refuse("the disk cannot be read");
            }
        });
        if (asked.keep() > 0) {
            holder.keepAll(asked.keep(), look);
        } else {
            look.run();
        }
    }

    // ---- what the process around it asks

    @Override
    public void take(Peer member, Action.TakeArc take) {
        taking.take(member, take);
    }

    @Override
    public void found(Peer founder, Consumer<Optional<Long>> then) {
        tenures.found(founder, then);
    }

    @Override
    public void keepUp(Consumer<Boolean> then) {
        tenures.keepUp(then);
    }

    @Override
    public boolean upToDate() {
        return tenures.upToDate();
    }

    @Override
    public List<Refused> refused() {
        return tenures.refused();
    }

    @Override
    public void giveUp(Map<Identifier, Long> processes, Consumer<Durability> then) {
        holder.giveUp(processes, then);
    }

    @Override
    public Map<Identifier, Long> givenUp() {
        return holder.givenUp();
    }

    @Override
    public boolean named() {
        return holder.named();
    }

    @Override
    public List<ArcMap.Piece<Claim>> claims() {
        return holder.all();
    }

    @Override
    public long epoch() {
        return holder.epoch();
    }

    @Override
    public void repair(boolean leaving, long keep, Consumer<Long> progress, Consumer<Optional<Round>> then) {
        if (repairing) {
            then.accept(Optional.empty());
            return;
        }
        repairing = true;
        new Repair(this, leaving, keep, progress).start(round -> {
            repairing = false;
            then.accept(Optional.of(round));
        });
    }

    // ---- what its parts share

    RecordHost host() {
        return host;
    }

    RecordSettings settings() {
        return settings;
    }

    RecordLimits limits() {
        return settings.limits();
    }

    Calls calls() {
        return calls;
    }

    Holder holder() {
        return holder;
    }

    Tenures tenures() {
        return tenures;
    }

    KeyQueue queue() {
        return queue;
    }

    QuorumCache quorums() {
        return quorums;
    }

    Spreading spreading() {
        return spreading;
    }

    /** How many holders a record should have. */
    int replicas() {
        return host.members().get(0).settings().replicas();
    }

    Optional<NodeState> member(Identifier id) {
        return host.members().stream().filter(s -> s.self().id().equals(id)).findFirst();
    }

    /** The member that answers for a key, if one of this process does. */
    Optional<NodeState> owner(Identifier key) {
        return host.members().stream().filter(s -> s.ownership().answers(key)).findFirst();
    }

    long beginWriting() {
        return giving.beginWriting();
    }

    void endWriting(long token) {
        giving.endWriting(token);
    }

    /** Runs it when no write is under way that began before. */
    void drained(Runnable then) {
        giving.drained(then);
    }

    /** Keeps records that somebody brought: whoever did, a quorum is not known to have them. */
    void keep(List<Record> records, long tenure, Consumer<Optional<Question.Kept>> then) {
        records.forEach(r -> quorums.forget(r.place()));
        holder.keep(records, tenure, then);
    }

    /**
     * What an owner found when it took an arc, or could not bring to enough holders, may be gone with its
     * next crash: before anybody sees it a quorum has it.
     *
     * @param then what is there, in this order; empty: it is not known to last
     */
    void confirm(NodeState owner, Collection<Record.Place> places, Consumer<Optional<List<Shelf>>> then) {
        if (places.isEmpty()) {
            then.accept(Optional.of(List.of()));
            return;
        }
        List<Record.Place> order = List.copyOf(places);
        long epoch = owner.ownership().epoch();
        host.disk().read(order, found -> {
            if (found.isEmpty()) {
                then.accept(found);
                return;
            }
            List<Record> unsure = new ArrayList<>();
            List<Record.Place> told = new ArrayList<>();
            for (int i = 0; i < order.size(); i++) {
                List<Record> here = found.get().get(i).live();
                if (!here.isEmpty() && !quorums.has(epoch, order.get(i))) {
                    unsure.addAll(here);
                    told.add(order.get(i));
                }
            }
            spreading.spread(owner, unsure, copies -> {
                if (copies.enough()) {
                    told.forEach(place -> quorums.note(epoch, place));
                }
                then.accept(found.filter(shelves -> copies.enough()));
            });
        });
    }
}
