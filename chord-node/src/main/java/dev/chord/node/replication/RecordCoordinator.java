package dev.chord.node.replication;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.Striped;
import dev.chord.client.error.Await;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.rpc.PeerChannels;
import dev.chord.client.rpc.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.NotOwner;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordDigest;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.ReplicateReply;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.Written;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
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
    private final PeerChannels channels;
    private final int writeQuorum;
    private final Striped<Lock> keys = Striped.lazyWeakLock(1024);
    // held shared by writes, exclusively for an instant by a hand-over: so that none is in flight when it begins
    private final ReadWriteLock writes = new ReentrantReadWriteLock();

    public RecordCoordinator(NodeLoop loop, RecordStore store, PeerChannels channels, int writeQuorum) {
        this.loop = loop;
        this.store = store;
        this.channels = channels;
        this.writeQuorum = writeQuorum;
    }

    /** Waits until no write that began before is in flight. */
    void drain() {
        writes.writeLock().lock();
        try {
            return; // nobody is in there now
        } finally {
            writes.writeLock().unlock();
        }
    }

    /** Writes if this process owns the key; otherwise says who may. */
    public WriteRecordReply write(WriteRecordRequest request) {
        Identifier key = WireCodec.in(request.getRecord().getKey());
        check(request.getRecord());
        Lock lock = keys.get(key);
        writes.readLock().lock();
        try {
            lock.lock();
            try {
                Optional<NodeState> owner =
                        loop.owner(key).filter(s -> s.ownership().accepts(key));
                if (owner.isEmpty()) {
                    return WriteRecordReply.newBuilder()
                            .setNotOwner(notOwner(key))
                            .build();
                }
                return writeAs(owner.get(), request);
            } finally {
                lock.unlock();
            }
        } finally {
            writes.readLock().unlock();
        }
    }

    private static void check(Record record) {
        if (record.getLabel().length() > 2048 || record.getValue().size() > 64 * 1024) {
            throw new ChordException(ErrorCode.USAGE, "the record is too large", "64 KiB is the limit");
        }
        if (record.getKindValue() < 1 || record.getLeaseMillis() < 0) {
            throw new ChordException(ErrorCode.USAGE, "the record has no kind or a negative lease", "compare versions");
        }
    }

    private WriteRecordReply writeAs(NodeState owner, WriteRecordRequest request) {
        Record offered = request.getRecord();
        Version current = store.version(digest(offered));
        Optional<Record> live = store.find(WireCodec.in(offered.getKey()), offered.getKind(), offered.getLabel())
                .filter(r -> !r.getDeleted());
        if (request.hasExpected()) {
            Version expected = WireCodec.in(request.getExpected());
            Version seen = live.map(r -> WireCodec.in(r.getVersion())).orElse(Version.NONE);
            if (!expected.equals(seen)) {
                return WriteRecordReply.newBuilder()
                        .setConflict(live.orElse(offered))
                        .build();
            }
        }
        Record.Builder record = offered.toBuilder()
                .setVersion(WireCodec.out(current.next(owner.self().id())));
        if (offered.getDeleted()) {
            record.setLeaseMillis(RecordStore.TOMBSTONE_LIFE.toMillis());
        }
        return WriteRecordReply.newBuilder()
                .setWritten(store(owner, record.build()))
                .build();
    }

    private static RecordDigest digest(Record record) {
        return RecordDigest.newBuilder()
                .setKey(record.getKey())
                .setKind(record.getKind())
                .setLabel(record.getLabel())
                .build();
    }

    private Written store(NodeState owner, Record record) {
        List<Peer> chain = new ArrayList<>();
        chain.add(owner.self());
        chain.addAll(owner.view().successors().entries());
        List<Peer> candidates = Placement.holders(chain, chain.size());
        int wanted = Math.min(owner.settings().replicas(), candidates.size());
        ReplicateRequest copy = ReplicateRequest.newBuilder()
                .setOwner(WireCodec.out(owner.self()))
                .addRecords(record)
                .build();
        Map<Peer, ListenableFuture<ReplicateReply>> calls = new LinkedHashMap<>();
        candidates.subList(1, wanted).forEach(peer -> calls.put(peer, start(peer, copy)));
        List<Peer> holders = new ArrayList<>(List.of(owner.self()));
        await(store.merge(List.of(record)));
        calls.forEach((peer, call) -> {
            if (done(owner, peer, call)) {
                holders.add(peer);
            }
        });
        for (Peer spare : candidates.subList(wanted, candidates.size())) {
            if (holders.size() < wanted && done(owner, spare, start(spare, copy))) {
                holders.add(spare);
            }
        }
        int needed = Math.min(writeQuorum, wanted);
        if (holders.size() < needed) {
            throw new ChordException(
                    ErrorCode.DEADLINE,
                    "only " + holders.size() + " of " + needed
                            + " copies could be stored; the write may or may not last",
                    "try again when the ring has healed");
        }
        return Written.newBuilder()
                .setRecord(record)
                .addAllHolders(WireCodec.out(holders))
                .setWanted(wanted)
                .build();
    }

    private ListenableFuture<ReplicateReply> start(Peer peer, ReplicateRequest copy) {
        return RecordServiceGrpc.newFutureStub(channels.to(peer.endpoint()))
                .withDeadlineAfter(STORE_SECONDS, TimeUnit.SECONDS)
                .replicate(copy);
    }

    private boolean done(NodeState owner, Peer peer, ListenableFuture<ReplicateReply> call) {
        try {
            if (call.get().hasNotOwner()) {
                // Somebody took this arc, believing this node dead: its writes count from now on, not ours.
                loop.command(owner.self().id(), new Command.Renounce());
                throw new ChordException(
                        ErrorCode.UNREACHABLE, "this node has been superseded as owner of the key", "try again");
            }
            return true;
        } catch (ExecutionException e) {
            if (Status.fromThrowable(e).getCode() == Status.Code.UNAVAILABLE) {
                channels.drop(peer.endpoint());
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Keeps copies for an owner, unless this process owns one of the keys itself. */
    public ReplicateReply replicate(Optional<Peer> owner, List<Record> records) {
        for (Record record : records) {
            Identifier key = WireCodec.in(record.getKey());
            check(record);
            Optional<NodeState> mine = loop.owner(key);
            boolean disputed =
                    owner.isPresent() && mine.isPresent() && !mine.get().self().sameMember(owner.get());
            if (disputed) {
                return ReplicateReply.newBuilder().setNotOwner(notOwner(key)).build();
            }
        }
        await(store.merge(records));
        return ReplicateReply.getDefaultInstance();
    }

    /** Who to ask about a key this process does not own: from the ring as it is seen here. */
    public NotOwner notOwner(Identifier key) {
        NotOwner.Builder answer = NotOwner.newBuilder().setReason("not the owner of this key now");
        for (NodeState state : loop.states()) {
            boolean mine = state.responsibility().map(a -> a.contains(key)).orElse(false);
            if (mine) {
                // taking it over: until then its owner is one of those behind
                state.view().successors().head().ifPresent(head -> answer.setHint(WireCodec.out(head)));
                return answer.build();
            }
        }
        loop.states().stream()
                .flatMap(s -> s.view().predecessor().stream())
                .findFirst()
                .ifPresent(p -> answer.setHint(WireCodec.out(p)));
        return answer.build();
    }

    static <T> T await(CompletableFuture<T> future) {
        return Await.of(future, Duration.ofSeconds(STORE_SECONDS), "this node's disk or ring");
    }
}
