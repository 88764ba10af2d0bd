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

    /** The same value as another version, of another writer, or deleted. */
    public static Record garbled(Record record, long choice) {
        long bits = choice >> 2;
        Version before = record.version();
        Version version = switch ((int) (choice & 3)) {
            case 0 -> new Version(before.sequence() ^ 1L << bits % (Version.COUNT_BITS + 8), before.writer());
            case 1 -> new Version(before.sequence(), Identifier.of(bits % 4096));
            default -> before;
        };
        boolean deleted = record.deleted() ^ (choice & 3) == 2;
        return new Record(
                record.key(),
                record.kind(),
                record.label(),
                version,
                deleted,
                record.value(),
                record.leaseMillis(),
                (choice & 3) == 3 ? List.of(bits) : record.operations());
    }

    /** What was written. */
    public static long of(Record record) {
        return ByteBuffer.wrap(record.value()).getLong(record.value().length - Long.BYTES);
    }
}
