package dev.chord.client.record;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.AnswerChecks;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.Outside;
import dev.chord.client.wire.RecordChecks;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.ReadRecordsReply;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsRequest;
import dev.chord.proto.v1.WriteStamp;
import dev.chord.proto.v1.Written;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads and writes records at their owner. While an arc is on its way from one member to another nobody may
 * speak for its keys for a moment: such answers are asked again, within the time given.
 */
public final class RecordClient {
    private static final Duration CALL_LIMIT = OwnerCalls.CALL_LIMIT;
    private static final int CALLS = 2; // with writes, to one peer at a time
    private static final int NODES = 4096;
    private static final MethodDescriptor<ReadRecordsRequest, ReadRecordsReply> READ =
            RecordServiceGrpc.getReadRecordsMethod();

    private final Outside around;
    private final KeyLocator locator;
    private final OwnerCalls owners;
    private final int replicas;
    private final int readQuorum;
    private final Batches<WriteRecordRequest, WriteRecordReply> writes;
    private final Cache<Endpoint, WriteStamp> stamps =
            CacheBuilder.newBuilder().maximumSize(NODES).build(); // as last given by each
    private volatile boolean agreement; // whether nobody but an owner may speak in this ring, as heard

    public RecordClient(Outside around, KeyLocator locator, int replicas, int readQuorum) {
        this.around = around;
        this.locator = locator;
        this.replicas = replicas;
        this.readQuorum = readQuorum;
        this.owners = new OwnerCalls(locator, around.time());
        this.writes = new Batches<>(around, CALLS, WriteRecordRequest::getSerializedSize, RecordClient::writeRecords);
    }

    private static ListenableFuture<List<Batches.Answer<WriteRecordReply>>> writeRecords(
            Outside around, Endpoint peer, List<WriteRecordRequest> records, Duration left) {
        return Futures.transform(
                around.call(
                        peer,
                        RecordServiceGrpc.getWriteRecordsMethod(),
                        WriteRecordsRequest.newBuilder().addAllWrites(records).build(),
                        left),
                reply -> reply.getAnswersList().stream().map(Batches.Answer::of).toList(),
                MoreExecutors.directExecutor());
    }

    /** The records under a key as one member has them, owner or not; empty if it does not answer. */
    public Optional<List<Record>> copy(Peer peer, Identifier key, RecordKind kind, Duration limit) {
        try {
            Duration call = limit.compareTo(CALL_LIMIT) < 0 ? limit : CALL_LIMIT;
            return Optional.of(sound(around.ask(peer.endpoint(), READ, request(key, kind, true), call), key, kind));
        } catch (StatusRuntimeException e) {
            return Optional.empty();
        }
    }

    /**
     * All records of a kind under a key, as their owner has them; if the owner is out of reach, the newest
     * that a read quorum of the other holders has.
     */
    public List<Record> read(Identifier key, RecordKind kind, Duration limit) {
        return read(key, kind, limit, (silent, left) -> fromOthers(key, kind, silent, left));
    }

    /** The same, deletions too, as their owner alone has them. */
    public List<Record> readFromOwner(Identifier key, RecordKind kind, Duration limit) {
        return read(key, kind, limit, (silent, left) -> Optional.empty());
    }

    private List<Record> read(
            Identifier key, RecordKind kind, Duration limit, OwnerCalls.Fallback<List<Record>> fallback) {
        return owners.ask(
                key,
                limit,
                false,
                (peer, left, hint) -> {
                    ReadRecordsReply reply = around.ask(peer.endpoint(), READ, request(key, kind, false), left);
                    agreement = reply.getAgreement();
                    if (reply.getAuthoritative()) {
                        return Optional.of(sound(reply, key, kind));
                    }
                    OwnerCalls.note(reply.getNotOwner(), hint);
                    return Optional.empty();
                },
                fallback);
    }

    /**
     * Asks the owner, as far as it is known, without waiting. Only an authoritative answer counts; instead of
     * any other, {@link #read} finds out more.
     *
     * @return empty: it is not known
     */
    public Optional<ListenableFuture<ReadRecordsReply>> start(Identifier key, RecordKind kind, Duration limit) {
        Duration call = limit.compareTo(CALL_LIMIT) < 0 ? limit : CALL_LIMIT;
        return locator.known(key)
                .map(chain -> Futures.transform(
                        around.call(chain.get(0).endpoint(), READ, request(key, kind, false), call),
                        reply -> reply.toBuilder()
                                .clearRecords()
                                .addAllRecords(sound(reply, key, kind))
                                .build(),
                        MoreExecutors.directExecutor()));
    }

    /**
     * Writes a record; its version is given by the owner. An owner that does not answer is asked again, or
     * the one that takes its place, and takes the write for the same one: it takes effect once.
     *
     * @param expected write only if this is the current version; {@link Version#NONE}: only if there is none
     * @throws ChordException CONFLICT if the current version is another; DEADLINE if time runs out, when it
     *     may have been written or may not
     */
    public Written write(Record record, Optional<Version> expected, Duration limit) {
        WriteRecordRequest.Builder request =
                WriteRecordRequest.newBuilder().setRecord(record).setOperation(around.operation());
        expected.ifPresent(v -> request.setExpected(WireCodec.out(v)));
        Map<Endpoint, WriteStamp> shown = new HashMap<>();
        return owners.ask(
                WireCodec.in(record.getKey()),
                limit,
                true,
                (peer, left, hint) -> {
                    WriteRecordReply reply = written(peer, request, shown, left);
                    if (reply.hasRefusal()) {
                        throw OwnerCalls.failed(WireErrors.fromRefusal(reply.getRefusal()));
                    }
                    if (reply.hasConflict()) {
                        throw new ChordException(
                                ErrorCode.CONFLICT,
                                "'" + record.getLabel() + "' was changed meanwhile: it is at version "
                                        + WireCodec.in(reply.getConflict().getVersion()),
                                "read it again and decide");
                    }
                    OwnerCalls.note(reply.getNotOwner(), hint);
                    return reply.hasWritten()
                            ? Optional.of(AnswerChecks.written(reply.getWritten(), record))
                            : Optional.empty();
                },
                (silent, left) -> Optional.empty());
    }

    // Asked again, a write shows a node the same stamp, until that is stale.
    private WriteRecordReply written(
            Peer peer, WriteRecordRequest.Builder request, Map<Endpoint, WriteStamp> shown, Duration limit) {
        long end = around.time().nanos() + limit.toNanos();
        WriteStamp stamp = shown.computeIfAbsent(
                peer.endpoint(), at -> stamps.asMap().getOrDefault(at, WriteStamp.getDefaultInstance()));
        WriteRecordReply reply = written(peer, request.setStamp(stamp).build(), limit);
        if (!reply.hasStale()) {
            return reply;
        }
        stamps.put(peer.endpoint(), reply.getStale());
        shown.put(peer.endpoint(), reply.getStale());
        return written(
                peer,
                request.setStamp(reply.getStale()).build(),
                Duration.ofNanos(end - around.time().nanos()));
    }

    private WriteRecordReply written(Peer peer, WriteRecordRequest request, Duration limit) {
        return around.await().of(writes.ask(peer.endpoint(), request, limit), limit, peer.toString());
    }

    // Only a fresh look at the ring tells whose copies count: those of an old owner's time may be old.
    private Optional<List<Record>> fromOthers(Identifier key, RecordKind kind, Peer silent, Duration limit) {
        if (agreement) {
            return Optional.empty(); // only an owner may speak
        }
        try {
            long end = around.time().nanos() + limit.toNanos();
            List<Peer> now = locator.lookup(key, limit).chain();
            Duration left = Duration.ofNanos(end - around.time().nanos());
            return now.get(0).equals(silent) && !left.isNegative()
                    ? fromCopies(now, key, kind, left)
                    : Optional.empty();
        } catch (ChordException e) {
            if (!e.code().retryable()) {
                throw e;
            }
            return Optional.empty(); // the ring is healing: the next round asks again
        }
    }

    // A write reaches at least W of the r holders, so R of them, without the owner, have seen every
    // such write.
    private Optional<List<Record>> fromCopies(List<Peer> chain, Identifier key, RecordKind kind, Duration limit) {
        List<Peer> holders = Placement.holders(chain, replicas);
        Map<Peer, ListenableFuture<ReadRecordsReply>> calls = new LinkedHashMap<>();
        for (Peer peer : holders.subList(1, holders.size())) {
            calls.put(peer, around.call(peer.endpoint(), READ, request(key, kind, true), limit));
        }
        Map<String, Record> newest = new LinkedHashMap<>();
        int answers = 0;
        for (ListenableFuture<ReadRecordsReply> call : calls.values()) {
            try {
                ReadRecordsReply reply = around.await().reply(call);
                if (reply.getAgreement()) {
                    agreement = true;
                    break; // only an owner may speak
                }
                for (Record record : sound(reply, key, kind)) {
                    newest.merge(record.getLabel(), record, RecordClient::newer);
                }
                answers++;
            } catch (StatusRuntimeException e) {
                // fewer answers: the quorum decides
            }
        }
        Collection<Record> found = newest.values();
        return answers >= readQuorum && !found.isEmpty() ? Optional.of(List.copyOf(found)) : Optional.empty();
    }

    private static Record newer(Record a, Record b) {
        return WireCodec.in(b.getVersion()).newerThan(WireCodec.in(a.getVersion())) ? b : a;
    }

    private static ReadRecordsRequest request(Identifier key, RecordKind kind, boolean anyCopy) {
        return ReadRecordsRequest.newBuilder()
                .setKey(WireCodec.out(key))
                .setKind(kind)
                .setAnyCopy(anyCopy)
                .build();
    }

    private List<Record> sound(ReadRecordsReply reply, Identifier key, RecordKind kind) {
        return RecordChecks.answer(reply.getRecordsList(), key, kind, around::keyOf);
    }
}
