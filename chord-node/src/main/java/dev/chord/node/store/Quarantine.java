package dev.chord.node.store;

import com.google.protobuf.ByteString;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RecordChecks;
import dev.chord.core.bounds.Disarmed;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.Version;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records on this disk that no client could have written, as an earlier version let them in: they are put
 * aside when the store is opened, so that no list, repair or hand-over meets them, and stay here to be looked
 * at and removed. Thread-safe.
 */
public final class Quarantine {
    private static final Logger log = LoggerFactory.getLogger(Quarantine.class);
    private static final int PAGE = 2000;
    private static final int SHOWN = 1000;

    static final List<String> SCHEMA = List.of(
            "CREATE TABLE IF NOT EXISTS damaged_records (key BLOB NOT NULL, kind INTEGER NOT NULL, label TEXT NOT NULL,"
                    + " sequence INTEGER NOT NULL, writer BLOB NOT NULL, deleted INTEGER NOT NULL, value BLOB NOT NULL,"
                    + " expires INTEGER NOT NULL, operations BLOB NOT NULL, reason TEXT NOT NULL,"
                    + " PRIMARY KEY (key, kind, label)) WITHOUT ROWID",
            // where the log of changes stood when all was looked at: what came later is looked at at the
            // next start
            "CREATE TABLE IF NOT EXISTS looked_at (position INTEGER NOT NULL)");

    private static final String COLUMNS = "key, kind, label, sequence, writer, deleted, value, expires, operations";
    private static final String ONE = " WHERE key = ? AND kind = ? AND label = ?";

    private final Database database;

    Quarantine(Database database) {
        this.database = database;
    }

    /**
     * A record that is shown to nobody.
     *
     * @param key in hexadecimal digits
     * @param reason what is wrong with it, in words
     */
    public record Item(String key, int kind, String label, long bytes, String reason) {}

    private record Row(byte[] key, int kind, String label, String reason) {}

    /**
     * Puts aside what does not belong among the records, of what has come since this was done last; before
     * anybody reads them.
     */
    void fill() {
        List<Row> bad = new ArrayList<>();
        long from = database.read(connection -> number(connection, "SELECT max(position) FROM looked_at"));
        long to = database.read(connection -> number(connection, "SELECT max(position) FROM records"));
        for (long at = from; at < to; ) {
            long after = at;
            at = database.read(connection -> look(connection, after, bad));
        }
        if (to <= from) {
            return;
        }
        Database.await(database.write(connection -> {
            for (Row row : bad) {
                putAside(connection, row);
            }
            try (PreparedStatement clear = connection.prepareStatement("DELETE FROM looked_at");
                    PreparedStatement insert = connection.prepareStatement("INSERT INTO looked_at VALUES (?)")) {
                clear.executeUpdate();
                insert.setLong(1, to);
                insert.executeUpdate();
            }
            return bad.size();
        }));
        if (!bad.isEmpty()) {
            log.warn(
                    "{} records that no client could have written are put aside, one because of {}; see 'chord node damaged'",
                    bad.size(),
                    Disarmed.line(bad.get(0).reason()));
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(sql);
                ResultSet rows = query.executeQuery()) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    // Returns the position of the last that was looked at.
    private static long look(Connection connection, long after, List<Row> bad) throws SQLException {
        String sql = "SELECT " + COLUMNS + ", position FROM records WHERE position > ? ORDER BY position LIMIT " + PAGE;
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setLong(1, after);
            long last = Long.MAX_VALUE; // none is left
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    Optional<String> reason = reason(rows);
                    if (reason.isPresent()) {
                        bad.add(new Row(rows.getBytes(1), rows.getInt(2), rows.getString(3), reason.get()));
                    }
                    last = rows.getLong(10);
                }
            }
            return last;
        }
    }

    private static Optional<String> reason(ResultSet row) throws SQLException {
        Record record = Record.newBuilder()
                .setKey(ByteString.copyFrom(row.getBytes(1)))
                .setKindValue(row.getInt(2))
                .setLabel(row.getString(3))
                .setVersion(Version.newBuilder()
                        .setSequence(row.getLong(4))
                        .setWriter(ByteString.copyFrom(row.getBytes(5))))
                .setDeleted(row.getBoolean(6))
                .setValue(ByteString.copyFrom(row.getBytes(7)))
                .setLeaseMillis(
                        row.getLong(8) == 0
                                ? 0
                                : 1) // what is left of it changes; how long it may be is asked at the door
                .build();
        return RecordChecks.trouble(record).map(MalformedMessageException::getMessage);
    }

    private static void putAside(Connection connection, Row row) throws SQLException {
        String move = "INSERT OR REPLACE INTO damaged_records SELECT " + COLUMNS + ", ? FROM records" + ONE;
        try (PreparedStatement copy = connection.prepareStatement(move);
                PreparedStatement delete = connection.prepareStatement("DELETE FROM records" + ONE)) {
            copy.setString(1, row.reason());
            copy.setBytes(2, row.key());
            copy.setInt(3, row.kind());
            copy.setString(4, row.label());
            copy.executeUpdate();
            delete.setBytes(1, row.key());
            delete.setInt(2, row.kind());
            delete.setString(3, row.label());
            delete.executeUpdate();
        }
    }

    /** What is put aside, 1,000 at most. */
    public List<Item> all() {
        return database.read(connection -> {
            String sql = "SELECT hex(key), kind, label, length(value), reason FROM damaged_records LIMIT " + SHOWN;
            try (PreparedStatement query = connection.prepareStatement(sql);
                    ResultSet rows = query.executeQuery()) {
                List<Item> items = new ArrayList<>();
                while (rows.next()) {
                    items.add(new Item(
                            rows.getString(1).toLowerCase(Locale.ROOT),
                            rows.getInt(2),
                            rows.getString(3),
                            rows.getLong(4),
                            rows.getString(5)));
                }
                return items;
            }
        });
    }

    /**
     * Removes for good what is put aside under a label, as it is or as it is shown, or with a key; empty: all
     * of it.
     *
     * @return how many
     */
    public CompletableFuture<Integer> remove(String what) {
        return database.write(connection -> {
            List<Row> meant = new ArrayList<>();
            try (PreparedStatement query =
                            connection.prepareStatement("SELECT key, kind, label, hex(key) FROM damaged_records");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    String label = rows.getString(3);
                    boolean named = label.equals(what)
                            || Disarmed.line(label).equals(what)
                            || rows.getString(4).equalsIgnoreCase(what);
                    if (what.isEmpty() || named) {
                        meant.add(new Row(rows.getBytes(1), rows.getInt(2), label, ""));
                    }
                }
            }
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM damaged_records" + ONE)) {
                for (Row row : meant) {
                    delete.setBytes(1, row.key());
                    delete.setInt(2, row.kind());
                    delete.setString(3, row.label());
                    delete.executeUpdate();
                }
            }
            return meant.size();
        });
    }
}
