package dev.chord.node.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names that were written on both sides of a cut network, or by an owner that had been replaced without
 * knowing: the larger version stays, and the other one is noted here with what it stood for, so that nobody's
 * write vanishes without a word.
 *
 * <p>A record names the writes that made it. One that lost to a record that does not name it was not
 * overwritten: the winner did not know of it.
 */
public final class NameConflicts {
    private static final Logger log = LoggerFactory.getLogger(NameConflicts.class);
    private static final int KEPT = 10_000;

    static final List<String> SCHEMA = List.of("CREATE TABLE IF NOT EXISTS conflicts (number INTEGER PRIMARY KEY"
            + " AUTOINCREMENT, operation INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, loser BLOB NOT NULL,"
            + " winner BLOB NOT NULL, noticed INTEGER NOT NULL)");

    private final Database database;

    NameConflicts(Database database) {
        this.database = database;
    }

    /**
     * A name whose one version was lost to another that did not know of it.
     *
     * @param lost what the version that lost stood for; empty: it was a deletion
     * @param kept what the name stands for instead; empty: for nothing
     * @param noticedMillis since 1970, by this node's clock
     */
    public record Conflict(
            String name,
            Version loser,
            Optional<Identifier> lost,
            Version winner,
            Optional<Identifier> kept,
            long noticedMillis) {}

    /** Which of two records of a name lost without being known to the other. */
    static Optional<Record> unknownLoser(Record a, Record b) {
        return dev.chord.core.records.Record.unknownLoser(RecordCodec.in(a), RecordCodec.in(b))
                .map(loser -> WireCodec.in(a.getVersion()).equals(loser.version()) ? a : b);
    }

    void note(Connection connection, Record loser, Record winner, long now) throws SQLException {
        String sql = "INSERT OR IGNORE INTO conflicts (operation, name, loser, winner, noticed) VALUES (?, ?, ?, ?, ?)";
        try (PreparedStatement insert = connection.prepareStatement(sql);
                PreparedStatement trim = connection.prepareStatement(
                        "DELETE FROM conflicts WHERE number <= (SELECT max(number) FROM conflicts) - ?")) {
            insert.setLong(1, loser.getOperations(0));
            insert.setString(2, loser.getLabel());
            insert.setBytes(3, loser.toByteArray());
            insert.setBytes(4, winner.toByteArray());
            insert.setLong(5, now);
            if (insert.executeUpdate() > 0) {
                log.warn(
                        "name '{}' was written on two sides: version {} stays, {} is lost; see 'chord node conflicts'",
                        loser.getLabel(),
                        WireCodec.in(winner.getVersion()),
                        WireCodec.in(loser.getVersion()));
                trim.setInt(1, KEPT);
                trim.executeUpdate();
            }
        }
    }

    /** What was noticed here, the latest first. */
    public List<Conflict> all() {
        return database.read(connection -> {
            List<Conflict> found = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(
                            "SELECT name, loser, winner, noticed FROM conflicts ORDER BY number DESC");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    Record loser = Record.parseFrom(rows.getBytes(2));
                    Record winner = Record.parseFrom(rows.getBytes(3));
                    found.add(new Conflict(
                            rows.getString(1),
                            WireCodec.in(loser.getVersion()),
                            standsFor(loser),
                            WireCodec.in(winner.getVersion()),
                            standsFor(winner),
                            rows.getLong(4)));
                }
            } catch (InvalidProtocolBufferException e) {
                throw new SQLException("a note of a conflict cannot be read", e);
            }
            return found;
        });
    }

    private static Optional<Identifier> standsFor(Record record) {
        ByteString content = content(record);
        return record.getDeleted() || content.isEmpty() ? Optional.empty() : Optional.of(WireCodec.in(content));
    }

    private static ByteString content(Record record) {
        try {
            return NameValue.parseFrom(record.getValue()).getContent();
        } catch (InvalidProtocolBufferException e) {
            return ByteString.EMPTY;
        }
    }
}
