package dev.chord.client.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.records.WriteWindow;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.ProviderValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is acceptable as a record, wherever one comes from: a client, another node, this node's own disk.
 * Pure; any thread. Throws {@link MalformedMessageException}.
 */
public final class RecordChecks {
    /** How long a provider may be listed without saying anything. */
    public static final Duration PROVIDER_LEASE = Duration.ofHours(2);

    /** Providers under one key. */
    public static final int PROVIDERS = 1024;

    // A node that is to go asks for six hours.
    private static final Duration KEEP = Duration.ofHours(12);
    private static final int VALUE = 4096;

    private RecordChecks() {}

    /** A record that a client could have written. */
    public static void whole(Record record) {
        whole(record, Label::key);
    }

    /** @param keys where a name lies on the circle */
    static void whole(Record record, Function<String, Identifier> keys) {
        Identifier key = key(record);
        Version version = WireCodec.in(record.getVersion());
        BlockChecks.number(version.sequence(), "a version");
        BlockChecks.number(record.getLeaseMillis(), "a lease");
        if (record.getOperationsCount() > WriteWindow.OF_A_RECORD) {
            throw new MalformedMessageException(Fault.COUNT, "a record of " + record.getOperationsCount() + " writes");
        }
        if (record.getValue().size() > VALUE) {
            throw new MalformedMessageException(
                    Fault.SIZE, "a value of " + record.getValue().size() + " bytes, " + VALUE + " are the limit");
        }
        if (record.getKind() == RecordKind.RECORD_KIND_NAME) {
            name(record, key, keys);
        } else {
            provider(record);
        }
    }

    /** The same in a word. */
    public static boolean isWhole(Record record) {
        return isWhole(record, Label::key);
    }

    private static boolean isWhole(Record record, Function<String, Identifier> keys) {
        try {
            whole(record, keys);
            return true;
        } catch (MalformedMessageException e) {
            return false;
        }
    }

    /** What is wrong with a record, in words; empty: nothing. */
    public static Optional<MalformedMessageException> trouble(Record record) {
        try {
            whole(record);
            return Optional.empty();
        } catch (MalformedMessageException e) {
            return Optional.of(e);
        }
    }

    private static Identifier key(Record record) {
        Identifier key = WireCodec.in(record.getKey());
        kind(record.getKind());
        return key;
    }

    static void kind(RecordKind kind) {
        if (kind != RecordKind.RECORD_KIND_NAME && kind != RecordKind.RECORD_KIND_PROVIDER) {
            throw new MalformedMessageException(Fault.KIND, "a record of no known kind");
        }
    }

    // The key of a deletion is checked like any other. Its label may be one that is no name, so that what an
    // earlier version let in can be removed.
    private static void name(Record record, Identifier key, Function<String, Identifier> keys) {
        String label = record.getLabel();
        labelSize(label);
        if (!record.getDeleted()) {
            String trouble = Label.trouble(label);
            if (!trouble.isEmpty()) {
                throw new MalformedMessageException(
                        Fault.LABEL, "'" + WireCodec.shown(label) + "' is no name: " + trouble);
            }
        }
        if (!key.equals(keys.apply(label))) {
            throw new MalformedMessageException(
                    Fault.KEY, "'" + WireCodec.shown(label) + "' does not lie under " + key.abbreviated());
        }
        if (!record.getDeleted()) {
            NameValue value = nameValue(record.getValue());
            WireCodec.in(value.getContent());
            BlockChecks.number(value.getSize(), "a size");
            BlockChecks.copies(value.getCopies());
        }
    }

    static void labelSize(String label) {
        if (label.isEmpty() || label.length() > Label.MAX_BYTES) {
            throw new MalformedMessageException(
                    Fault.SIZE,
                    "a label of " + label.length() + " characters, 1 to " + Label.MAX_BYTES + " are allowed");
        }
    }

    private static void provider(Record record) {
        String label = record.getLabel();
        if (!label.matches("[0-9a-f]{64}")) {
            throw new MalformedMessageException(
                    Fault.LABEL, "'" + WireCodec.shown(label) + "' is no process that could share a file");
        }
        if (record.getDeleted()) {
            return;
        }
        if (record.getLeaseMillis() < 1 || record.getLeaseMillis() > PROVIDER_LEASE.toMillis()) {
            throw new MalformedMessageException(
                    Fault.NUMBER,
                    "a provider's lease of " + record.getLeaseMillis() + " ms, " + PROVIDER_LEASE.toHours()
                            + " h are the limit");
        }
        ProviderValue value = providerValue(record.getValue());
        BlockChecks.number(value.getSize(), "a size");
        BlockChecks.number(value.getSeenMillis(), "a time");
        BlockChecks.number(value.getAnswerMicros(), "a time");
        if (!WireCodec.in(value.getPeer()).process().toHex().equals(label)) {
            throw new MalformedMessageException(Fault.SENDER, "a provider speaks for another process");
        }
        if (!value.getName().isEmpty() && !Label.legal(value.getName())) {
            throw new MalformedMessageException(Fault.LABEL, "'" + WireCodec.shown(value.getName()) + "' is no name");
        }
    }

    private static NameValue nameValue(ByteString value) {
        try {
            return NameValue.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw unreadable();
        }
    }

    private static ProviderValue providerValue(ByteString value) {
        try {
            return ProviderValue.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw unreadable();
        }
    }

    private static MalformedMessageException unreadable() {
        return new MalformedMessageException(Fault.VALUE, "a value that cannot be read");
    }

    /** For how long somebody may ask that nothing be let go. */
    static void keep(long millis) {
        if (millis < 0 || millis > KEEP.toMillis()) {
            throw new MalformedMessageException(
                    Fault.NUMBER,
                    "to keep things for " + Long.toUnsignedString(millis) + " ms, " + KEEP.toHours()
                            + " h are the limit");
        }
    }

    /**
     * Of records that came as an answer, those that a client could have written, of one kind and under
     * one key.
     *
     * @param keys where a name lies on the circle
     */
    public static List<Record> answer(
            List<Record> records, Identifier key, RecordKind kind, Function<String, Identifier> keys) {
        ByteString asked = WireCodec.out(key);
        return records.stream()
                .filter(r -> r.getKey().equals(asked) && r.getKind() == kind && isWhole(r, keys))
                .toList();
    }

    /** A copy that nobody asked for. */
    static void copy(Record record, Known known) {
        whole(record);
        long sequence = record.getVersion().getSequence();
        long epoch = known.epoch().getAsLong();
        if (!NumberBounds.sequenceUnasked(sequence, epoch)) {
            throw new MalformedMessageException(
                    Fault.NUMBER, "a version of sequence " + sequence + " while epoch " + epoch + " is known");
        }
    }
}
