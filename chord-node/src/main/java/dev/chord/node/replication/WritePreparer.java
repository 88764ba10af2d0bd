package dev.chord.node.replication;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.placement.WriteWindow;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.version.Version;
import dev.chord.node.replication.Confirmed.Seen;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordDigest;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteStamp;
import dev.chord.proto.v1.Written;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/**
 * What a write comes to before anybody else is told: whether it may be carried out at all, or has been, and with which version. It is
 * called with the key's lock held.
 */
final class WritePreparer {
    private static final int REMEMBERED = 1 << 14;

    private final RecordStore store;
    private final Confirmed confirmed;
    private final WriteWindow window = new WriteWindow(new SecureRandom().nextLong() | 1, REMEMBERED);

    WritePreparer(RecordStore store, Confirmed confirmed) {
        this.store = store;
        this.confirmed = confirmed;
    }

    /**
     * An answer that writes nothing, or a record to be spread.
     *
     * @param operation the write's number; 0: it has none
     */
    record Prepared(
            Optional<WriteRecordReply> answer, Record record, Optional<Record> replaces, boolean seen, long operation) {
        static Prepared answered(WriteRecordReply.Builder answer) {
            return new Prepared(Optional.of(answer.build()), Record.getDefaultInstance(), Optional.empty(), false, 0);
        }

        // To be brought to enough holders once more: that it is known here does not say that they have it.
        static Prepared known(Record record, long operation) {
            return new Prepared(Optional.empty(), record, Optional.empty(), false, operation);
        }

        Seen key() {
            return Seen.of(record);
        }
    }

    static void check(Record record) {
        if (record.getLabel().length() > 2048 || record.getValue().size() > 64 * 1024) {
            throw new ChordException(ErrorCode.USAGE, "the record is too large", "64 KiB is the limit");
        }
        if (record.getKindValue() < 1 || record.getLeaseMillis() < 0) {
            throw new ChordException(ErrorCode.USAGE, "the record has no kind or a negative lease", "compare versions");
        }
    }

    Prepared prepare(NodeState owner, long tenure, WriteRecordRequest request) {
        Record offered = request.getRecord();
        try {
            check(offered);
        } catch (ChordException e) {
            return Prepared.answered(WriteRecordReply.newBuilder().setRefusal(WireErrors.toRefusal(e)));
        }
        Version current = store.version(digest(offered));
        Optional<Record> last = store.find(WireCodec.in(offered.getKey()), offered.getKind(), offered.getLabel());
        Optional<Record> live = last.filter(r -> !r.getDeleted());
        Optional<Prepared> before = before(request, tenure, last);
        if (before.isPresent()) {
            return before.get();
        }
        if (request.hasExpected()) {
            Version expected = WireCodec.in(request.getExpected());
            Version seen = live.map(r -> WireCodec.in(r.getVersion())).orElse(Version.NONE);
            if (!expected.equals(seen)) {
                return Prepared.answered(WriteRecordReply.newBuilder().setConflict(live.orElse(offered)));
            }
        }
        Record.Builder record = offered.toBuilder()
                .setVersion(WireCodec.out(
                        current.next(owner.ownership().epoch(), owner.self().id())));
        record.clearOperations();
        if (request.getOperation() != 0) {
            record.addAllOperations(WriteWindow.after(
                    request.getOperation(), last.map(Record::getOperationsList).orElse(List.of())));
        }
        if (offered.getDeleted()) {
            record.setLeaseMillis(RecordStore.TOMBSTONE_LIFE.toMillis());
        }
        Seen key = Seen.of(offered);
        boolean all = store.read(key.key(), key.kind()).isEmpty()
                || confirmed.in(owner.ownership().epoch(), key);
        confirmed.forget(key); // until enough holders have it nobody may see it
        return new Prepared(Optional.empty(), record.build(), live, all, request.getOperation());
    }

    // What is to be said of a write that may not be carried out, by this question or again.
    private Optional<Prepared> before(WriteRecordRequest request, long tenure, Optional<Record> last) {
        long operation = request.getOperation();
        if (operation == 0) {
            return Optional.empty(); // nobody asks again
        }
        WriteStamp stamp = request.getStamp();
        WriteWindow.Word word = ask(operation, new WriteWindow.Stamp(stamp.getIncarnation(), stamp.getCount()), tenure);
        if (last.map(r -> r.getOperationsList().contains(operation)).orElse(false)) {
            return last.map(record -> Prepared.known(record, operation)); // its answer was lost on the way
        }
        return switch (word) {
            case FREE -> Optional.empty();
            case STALE ->
                Optional.of(Prepared.answered(WriteRecordReply.newBuilder().setStale(fresh())));
            case DONE ->
                Optional.of(last.map(record -> Prepared.known(record, operation))
                        .orElseGet(() -> Prepared.answered(WriteRecordReply.newBuilder()
                                .setWritten(Written.newBuilder().setRecord(request.getRecord())))));
        };
    }

    private synchronized WriteWindow.Word ask(long operation, WriteWindow.Stamp shown, long tenure) {
        return window.ask(operation, Optional.of(shown), tenure);
    }

    /** Enough holders have it. */
    synchronized void carriedOut(Prepared write) {
        if (write.operation() != 0) {
            window.carriedOut(write.operation());
        }
    }

    private synchronized WriteStamp fresh() {
        WriteWindow.Stamp stamp = window.stamp();
        return WriteStamp.newBuilder()
                .setIncarnation(stamp.incarnation())
                .setCount(stamp.count())
                .build();
    }

    private static RecordDigest digest(Record record) {
        return RecordDigest.newBuilder()
                .setKey(record.getKey())
                .setKind(record.getKind())
                .setLabel(record.getLabel())
                .build();
    }
}
