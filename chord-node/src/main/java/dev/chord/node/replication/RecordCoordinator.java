package dev.chord.node.replication;

import com.google.common.collect.Lists;
import com.google.common.util.concurrent.Striped;
import dev.chord.client.error.Await;
import dev.chord.client.error.ChordException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Tenure;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.replication.Confirmed.Seen;
import dev.chord.node.replication.WritePreparer.Prepared;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.NotOwner;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.ReplicateReply;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.Written;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Writes records of the arcs this process owns: one write at a time per key, numbered, stored here and on the next
 * processes, acknowledged once a write quorum of them is durable.
 */
public final class RecordCoordinator {
    private static final long STORE_SECONDS = 3;

    private final NodeLoop loop;
    private final RecordStore store;
    private final RecordReplicator replicator;
    private final NameWatcher names;
    private final Tenures tenures;
    private final Confirmed confirmed = new Confirmed();
    private final WritePreparer preparer;
    private final Striped<Lock> keys = Striped.lazyWeakLock(1 << 16);
    // held shared by writes, exclusively for an instant by a hand-over: so that none is in flight when it begins
    private final ReadWriteLock writes = new ReentrantReadWriteLock();

    /** Hears of a name that stands for something else now, or for nothing. */
    public interface NameWatcher {
        void replaced(Record before, Record now);
    }

    public RecordCoordinator(
            NodeLoop loop, RecordStore store, PeerChannels channels, Tenures tenures, NameWatcher names) {
        this.tenures = tenures;
        this.names = names;
        this.loop = loop;
        this.store = store;
        this.preparer = new WritePreparer(store, confirmed);
        this.replicator = new RecordReplicator(loop, store, channels, tenures.writeQuorum(), tenures);
    }

    /** Waits until no write that began before is in flight. */
    public void drain() {
        writes.writeLock().lock();
        try {
            return; // nobody is in there now
        } finally {
            writes.writeLock().unlock();
        }
    }

    /**
     * Writes, in this order, what lies under keys that this process owns, with one wait for the disk and the other holders; of
     * the rest says who may.
     */
    public List<WriteRecordReply> writeAll(List<WriteRecordRequest> requests) {
        List<Identifier> under = requests.stream()
                .map(request -> WireCodec.in(request.getRecord().getKey()))
                .toList();
        tenures.awaitSettled(under);
        List<Lock> held = new ArrayList<>();
        writes.readLock().lock();
        try {
            // in the order of the locks, so that two batches do not wait for each other
            for (Lock lock : keys.bulkGet(under)) {
                lock.lock();
                held.add(lock);
            }
            Map<Integer, WriteRecordReply> replies = new TreeMap<>();
            while (replies.size() < requests.size()) {
                writeRound(requests, under, replies);
            }
            return List.copyOf(replies.values());
        } finally {
            held.forEach(Lock::unlock);
            writes.readLock().unlock();
        }
    }

    /** Who writes, in which tenure, or else since when it is the owner: what is written together has the same holders. */
    private record Speaker(Peer self, long tenure) {}

    // One write a key, for the version of the next depends on it.
    private void writeRound(
            List<WriteRecordRequest> requests, List<Identifier> under, Map<Integer, WriteRecordReply> replies) {
        Set<Identifier> taken = new HashSet<>();
        Map<Speaker, NodeState> owners = new LinkedHashMap<>();
        Map<Speaker, List<Integer>> rounds = new LinkedHashMap<>();
        for (int i = 0; i < requests.size(); i++) {
            Identifier key = under.get(i);
            if (replies.containsKey(i) || !taken.add(key)) {
                continue;
            }
            Optional<NodeState> owner =
                    loop.owner(key).filter(s -> s.ownership().accepts(key)).filter(s -> tenures.maySpeak(s, key));
            if (owner.isEmpty()) {
                replies.put(
                        i,
                        WriteRecordReply.newBuilder().setNotOwner(notOwner(key)).build());
                continue;
            }
            Speaker speaker = new Speaker(
                    owner.get().self(),
                    tenures.served(owner.get(), key)
                            .map(Tenure::epoch)
                            .orElse(owner.get().ownership().epoch()));
            owners.putIfAbsent(speaker, owner.get());
            rounds.computeIfAbsent(speaker, s -> new ArrayList<>()).add(i);
        }
        rounds.forEach((speaker, places) -> {
            List<WriteRecordReply> written = writeAs(
                    Objects.requireNonNull(owners.get(speaker)),
                    speaker.tenure(),
                    places.stream().map(requests::get).toList());
            for (int i = 0; i < places.size(); i++) {
                replies.put(places.get(i), written.get(i));
            }
        });
    }

    // Each under another key.
    private List<WriteRecordReply> writeAs(NodeState owner, long tenure, List<WriteRecordRequest> requests) {
        List<Prepared> prepared = new ArrayList<>();
        try {
            confirm(
                    owner,
                    requests.stream()
                            .filter(WriteRecordRequest::hasExpected)
                            .map(WriteRecordRequest::getRecord)
                            .map(Seen::of)
                            .toList());
            requests.forEach(request -> prepared.add(preparer.prepare(owner, tenure, request)));
            List<Prepared> spread =
                    prepared.stream().filter(one -> one.answer().isEmpty()).toList();
            RecordReplicator.Copies copies;
            try {
                copies = replicator.spread(owner, Lists.transform(spread, Prepared::record));
            } finally {
                // Whatever comes of it: asked again, it is not known any more what the name stood for.
                spread.forEach(this::tellReplaced);
            }
            spread.forEach(one -> noteWritten(owner, one));
            spread.forEach(preparer::carriedOut);
            return prepared.stream()
                    .map(one -> one.answer().orElseGet(() -> written(one.record(), copies)))
                    .toList();
        } catch (ChordException e) {
            WriteRecordReply refused = WriteRecordReply.newBuilder()
                    .setRefusal(WireErrors.toRefusal(e))
                    .build();
            return requests.stream().map(request -> refused).toList();
        }
    }

    private void noteWritten(NodeState owner, Prepared one) {
        if (one.seen()) {
            confirmed.note(owner.ownership().epoch(), one.key());
        }
    }

    private void tellReplaced(Prepared one) {
        if (one.record().getKind() == RecordKind.RECORD_KIND_NAME) {
            one.replaces().ifPresent(before -> names.replaced(before, one.record()));
        }
    }

    private static WriteRecordReply written(Record record, RecordReplicator.Copies copies) {
        return WriteRecordReply.newBuilder()
                .setWritten(Written.newBuilder()
                        .setRecord(record)
                        .addAllHolders(WireCodec.out(copies.holders()))
                        .setWanted(copies.wanted()))
                .build();
    }

    // What it found when it took the arc, or could not bring to enough holders, might be gone with its next
    // crash: before anybody sees it a quorum has it.
    private List<Record> confirm(NodeState owner, List<Seen> keys) {
        long epoch = owner.ownership().epoch();
        List<Record> records = new ArrayList<>();
        List<Record> unsure = new ArrayList<>();
        List<Seen> told = new ArrayList<>();
        for (Seen key : keys) {
            List<Record> here = store.read(key.key(), key.kind());
            records.addAll(here);
            if (!here.isEmpty() && !confirmed.in(epoch, key)) {
                unsure.addAll(here);
                told.add(key);
            }
        }
        replicator.spread(owner, unsure);
        told.forEach(key -> confirmed.note(epoch, key));
        return records;
    }

    /**
     * The records of a kind under a key, deletions too, if this process owns the key; see {@link #confirm}.
     *
     * @return empty: it does not own the key
     */
    public Optional<List<Record>> read(Identifier key, RecordKind kind) {
        tenures.awaitSettled(List.of(key));
        Lock lock = keys.get(key);
        lock.lock();
        try {
            // before, so that nothing is sent to holders that do not answer; and after, when it counts
            Optional<NodeState> owner = loop.owner(key).filter(s -> tenures.maySpeak(s, key));
            if (owner.isEmpty()) {
                return Optional.empty();
            }
            List<Record> records = confirm(owner.get(), List.of(new Seen(key, kind)));
            if (!tenures.maySpeak(owner.get(), key)) {
                return Optional.empty();
            }
            // The arc may have gone meanwhile: then somebody else may have written since.
            return loop.owner(key).isPresent() ? Optional.of(records) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The same if it can be told at once, without waiting for a lock, the disk or another node.
     *
     * @return empty: only {@link #read} can tell
     */
    public Optional<List<Record>> readNow(Identifier key, RecordKind kind) {
        Lock lock = keys.get(key);
        if (!lock.tryLock()) {
            return Optional.empty(); // a write is under way: whoever reads waits for its end
        }
        try {
            Optional<NodeState> owner = loop.owner(key);
            boolean known =
                    owner.isPresent() && confirmed.in(owner.get().ownership().epoch(), new Seen(key, kind));
            Optional<List<Record>> records = known ? store.remembered(key, kind) : Optional.empty();
            return records.filter(r -> tenures.maySpeakNow(owner.orElseThrow(), key));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Keeps copies for an owner, unless this process owns one of the keys itself or has promised to serve a later tenure.
     *
     * @param owner empty: for repair
     */
    public ReplicateReply replicate(Optional<Peer> owner, ReplicateRequest request) {
        List<Record> records = request.getRecordsList();
        if (request.getTenure() != 0 && !tenures.promises().isMeant(request.getProcess())) {
            return ReplicateReply.newBuilder().setSuperseded(true).build();
        }
        for (Record record : records) {
            Identifier key = WireCodec.in(record.getKey());
            WritePreparer.check(record);
            Optional<NodeState> mine = loop.owner(key);
            boolean disputed =
                    owner.isPresent() && mine.isPresent() && !mine.get().self().sameMember(owner.get());
            if (disputed) {
                return ReplicateReply.newBuilder().setNotOwner(notOwner(key)).build();
            }
        }
        await(store.heardOf(request.getEpoch()));
        List<Identifier> under =
                records.stream().map(r -> WireCodec.in(r.getKey())).toList();
        // whoever brought them, a quorum is not known to have them
        records.forEach(r -> confirmed.forget(Seen.of(r)));
        boolean kept = tenures.promises()
                .keep(under, request.getTenure(), () -> await(store.merge(records)))
                .isPresent();
        return ReplicateReply.newBuilder().setSuperseded(!kept).build();
    }

    /** Why this process does not speak for a key, and who to ask instead. */
    public NotOwner notOwner(Identifier key) {
        return OwnerHint.of(loop, tenures, key);
    }

    static <T> T await(CompletableFuture<T> future) {
        return Await.of(future, Duration.ofSeconds(STORE_SECONDS), "this node's disk or ring");
    }
}
