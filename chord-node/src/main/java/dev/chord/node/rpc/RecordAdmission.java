package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.client.wire.RecordChecks;
import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.RecordRequestChecks;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.version.Version;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.RecordStore;
import dev.chord.node.telemetry.Refusals;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which records are taken in, as far as that depends on what is here already. Thread-safe; reads the disk.
 */
final class RecordAdmission {
    private static final int SHORT = 64;

    private final NodeLoop loop;
    private final RecordStore store;
    private final Refusals refusals;

    RecordAdmission(NodeLoop loop, RecordStore store, Refusals refusals) {
        this.loop = loop;
        this.store = store;
        this.refusals = refusals;
    }

    /** Whether {@link #refused} reads no disk for these, and does not take long. */
    boolean isShortWrite(List<WriteRecordRequest> writes) {
        return writes.size() <= SHORT && writes.stream().noneMatch(write -> needsRoom(write.getRecord()));
    }

    /** Whether {@link #copies} reads no disk for these, and does not take long. */
    boolean areShortCopies(List<Record> copies) {
        return copies.size() <= SHORT
                && copies.stream()
                        .noneMatch(copy -> needsRoom(copy)
                                || loop.owner(WireCodec.in(copy.getKey())).isPresent());
    }

    /**
     * The writes that are not acceptable, by their places in the list. The writes of a message are of many
     * callers, each of whom suffers for its own alone.
     */
    Map<Integer, WriteRecordReply> refused(List<WriteRecordRequest> writes) {
        Map<Integer, WriteRecordReply> refused = new TreeMap<>();
        for (int i = 0; i < writes.size(); i++) {
            Optional<ChordException> why = trouble(writes.get(i));
            if (why.isPresent()) {
                refused.put(
                        i,
                        WriteRecordReply.newBuilder()
                                .setRefusal(WireErrors.toRefusal(why.get()))
                                .build());
            }
        }
        return refused;
    }

    private Optional<ChordException> trouble(WriteRecordRequest write) {
        try {
            RecordRequestChecks.write(write);
            room(write.getRecord());
            return Optional.empty();
        } catch (MalformedMessageException e) {
            refusals.note(RecordServiceGrpc.SERVICE_NAME, e);
            return Optional.of(Answers.error(e));
        }
    }

    /** Copies that somebody brings: all of them, or none. */
    void copies(List<Record> records) {
        try {
            for (Record record : records) {
                room(record);
                loop.owner(WireCodec.in(record.getKey())).ifPresent(owner -> ordered(record, owner));
            }
        } catch (MalformedMessageException e) {
            refusals.note(RecordServiceGrpc.SERVICE_NAME, e);
            throw e;
        }
    }

    private static boolean needsRoom(Record record) {
        return record.getKind() == RecordKind.RECORD_KIND_PROVIDER && !record.getDeleted();
    }

    // A key has one name, and as many providers as one answer can hold.
    private void room(Record record) {
        if (!needsRoom(record)) {
            return;
        }
        List<Record> here = store.read(WireCodec.in(record.getKey()), RecordKind.RECORD_KIND_PROVIDER);
        boolean known = here.stream().anyMatch(r -> r.getLabel().equals(record.getLabel()));
        if (!known && here.size() >= RecordChecks.PROVIDERS) {
            throw new MalformedMessageException(
                    Fault.COUNT, "the content has " + here.size() + " providers already, which is the limit");
        }
    }

    // Of a key that this process owns the latest version is its own: nobody can have a later one but by
    // inventing it.
    private void ordered(Record record, NodeState owner) {
        Version told = WireCodec.in(record.getVersion());
        Map<String, Version> versions =
                store.versions(RecordCodec.place(WireCodec.in(record.getKey()), record.getKind()));
        Version here = Objects.requireNonNullElse(versions.get(record.getLabel()), Version.NONE);
        Identifier self = owner.self().id();
        if (!NumberBounds.ownerMayTake(
                told, here, owner.ownership().epoch(), told.writer().equals(self))) {
            throw new MalformedMessageException(
                    Fault.SENDER,
                    "version " + told.number() + " of what is written here, where it is at " + here.number());
        }
    }
}
