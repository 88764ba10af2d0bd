package dev.chord.node.store;

import com.google.protobuf.ByteString;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.Record;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Records as rows of the table {@code records}. */
final class RecordRows {
    private static final List<String> NAMES = List.of(
            "key", "kind", "label", "sequence", "writer", "deleted", "value", "expires", "position", "operations");

    /** What {@link #read} wants to find, where no other table is about. */
    static final String COLUMNS = String.join(", ", NAMES);

    /** The same where there is one. */
    static final String QUALIFIED = NAMES.stream().map(c -> "records." + c).collect(Collectors.joining(", "));

    private RecordRows() {}

    /** The records that a query finds. */
    static List<Record> read(PreparedStatement query, Clock clock) throws SQLException {
        List<Record> records = new ArrayList<>();
        try (ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                records.add(record(rows, clock));
            }
        }
        return records;
    }

    /** Where a row stands in the log of changes. */
    static long position(ResultSet row) throws SQLException {
        return row.getLong(9);
    }

    static Record record(ResultSet row, Clock clock) throws SQLException {
        long expires = row.getLong(8);
        return Record.newBuilder()
                .setKey(ByteString.copyFrom(row.getBytes(1)))
                .setKindValue(row.getInt(2))
                .setLabel(row.getString(3))
                .setVersion(WireCodec.out(new Version(row.getLong(4), Identifier.ofBytes(row.getBytes(5)))))
                .setDeleted(row.getBoolean(6))
                .setValue(ByteString.copyFrom(row.getBytes(7)))
                .addAllOperations(OperationList.unpack(row.getBytes(10)))
                .setLeaseMillis(expires == 0 ? 0 : Math.max(1, expires - clock.millis()))
                .build();
    }
}
