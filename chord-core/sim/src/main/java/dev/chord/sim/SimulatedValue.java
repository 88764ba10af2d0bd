package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.records.Record;
import dev.chord.core.version.Version;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Records whose value is a number: what a client wrote, another one for every write. */
public final class SimulatedValue {
    // Before the number, what makes it the value of a name: a content, of 32 bytes, whose identifier is
    // the number.
    private static final byte[] CONTENT = {1 << 3 | 2, Identifier.BYTES};

    private SimulatedValue() {}

    /** A name under a key. */
    public static Record name(Identifier key, Version version, long value, boolean deleted, List<Long> operations) {
        byte[] bytes = Arrays.copyOf(CONTENT, CONTENT.length + Identifier.BYTES);
        ByteBuffer.wrap(bytes).putLong(bytes.length - Long.BYTES, value);
        return new Record(key, Record.NAME, nameOf(key), version, deleted, bytes, 0, operations);
    }

    /** The name that lies under a key: on a small circle a name is where it lies. */
    public static String nameOf(Identifier key) {
        return key.toHex().replaceFirst("^0+(?=.)", "");
    }

    /** Where a name lies. */
    public static Identifier keyOf(String name) {
        return Identifier.ofHex("0".repeat(2 * Identifier.BYTES - name.length()) + name);
    }

    /** The same record with another value, which nobody wrote. */
    public static Record corrupted(Record record) {
        byte[] value = record.value().clone();
        value[value.length - Long.BYTES] ^= 1;
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
        return ByteBuffer.wrap(record.value()).getLong(record.value().length - Long.BYTES);
    }
}
