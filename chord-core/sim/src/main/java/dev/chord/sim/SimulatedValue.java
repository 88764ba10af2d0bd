package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.records.Record;
import dev.chord.core.version.Version;
import java.nio.ByteBuffer;
import java.util.List;

/** Records whose value is a number: what a client wrote, another one for every write. */
public final class SimulatedValue {
    private SimulatedValue() {}

    /** A name under a key. */
    public static Record name(Identifier key, Version version, long value, boolean deleted, List<Long> operations) {
        return new Record(key, Record.NAME, "", version, deleted, bytes(value), 0, operations);
    }

    private static byte[] bytes(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    /** The same record with another value, which nobody wrote. */
    public static Record corrupted(Record record) {
        byte[] value = record.value().clone();
        value[0] ^= 1;
        return new Record(
                record.key(),
                record.kind(),
                record.label(),
                record.version(),
                record.deleted(),
                value,
                record.leaseMillis(),
                record.operations());
    }

    /** What was written. */
    public static long of(Record record) {
        return ByteBuffer.wrap(record.value()).getLong();
    }
}
