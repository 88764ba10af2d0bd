package dev.chord.node.store;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RecordCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.records.Claim;
import dev.chord.core.records.RecordDisk;
import dev.chord.proto.v1.Claims;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this process has promised and knows of tenures, durable. Thread-safe. */
public final class ClaimStore {
    private static final Logger log = LoggerFactory.getLogger(ClaimStore.class);
    static final List<String> SCHEMA =
            List.of("CREATE TABLE IF NOT EXISTS claims (id INTEGER PRIMARY KEY CHECK (id = 0), data BLOB NOT NULL)");

    private final Database database;

    ClaimStore(Database database) {
        this.database = database;
    }

    /**
     * What was promised in the life before.
     *
     * @throws ChordException INTEGRITY if it cannot be read
     */
    public RecordDisk.Claims load() {
        Claims saved = saved();
        List<ArcMap.Piece<Claim>> pieces = new ArrayList<>();
        Map<Identifier, Long> givenUp = new TreeMap<>();
        // An earlier version believed whoever asked for a promise. If such a promise were kept, nobody could
        // ever write the arc's names again.
        saved.getClaimsList().forEach(claim -> sound("a promise", () -> pieces.add(RecordCodec.in(claim))));
        saved.getGivenUpList()
                .forEach(one -> sound("a process", () -> givenUp.putAll(RecordCodec.inGivenUp(List.of(one)))));
        return new RecordDisk.Claims(pieces, givenUp);
    }

    private static void sound(String what, Runnable read) {
        try {
            read.run();
        } catch (MalformedMessageException e) {
            log.warn("{} that nobody can have asked for is left out: {}", what, e.getMessage());
        }
    }

    private Claims saved() {
        Optional<byte[]> data = database.read(connection -> {
            try (PreparedStatement query = connection.prepareStatement("SELECT data FROM claims");
                    ResultSet rows = query.executeQuery()) {
                return rows.next() ? Optional.of(rows.getBytes(1)) : Optional.empty();
            }
        });
        try {
            return data.isPresent() ? Claims.parseFrom(data.get()) : Claims.getDefaultInstance();
        } catch (InvalidProtocolBufferException e) {
            throw new ChordException(
                    ErrorCode.INTEGRITY,
                    "what this node has promised cannot be read: " + e.getMessage(),
                    "move the data directory away and start anew: the ring has copies",
                    e);
        }
    }

    /** Replaces what was kept before, as a part of a job of the database. */
    static void save(Connection connection, byte[] claims) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT OR REPLACE INTO claims VALUES (0, ?)")) {
            insert.setBytes(1, claims);
            insert.executeUpdate();
        }
    }
}
