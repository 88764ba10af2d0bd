package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.core.id.Identifier;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The blocks whose file somebody deleted, so that a restart does not give them a long lease again. */
final class Condemned {
    private static final Logger log = LoggerFactory.getLogger(Condemned.class);

    static final List<String> SCHEMA =
            List.of("CREATE TABLE IF NOT EXISTS condemned (digest BLOB PRIMARY KEY) WITHOUT ROWID");

    private final Database database;

    Condemned(Database database) {
        this.database = database;
    }

    Set<Identifier> all() {
        return database.read(connection -> {
            Set<Identifier> digests = new TreeSet<>();
            try (PreparedStatement query = connection.prepareStatement("SELECT digest FROM condemned");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    digests.add(Identifier.ofBytes(rows.getBytes(1)));
                }
            }
            return digests;
        });
    }

    /** Notes some, and forgets others. Nobody waits for it: what a crash forgets only stays longer. */
    void change(Collection<Identifier> now, Collection<Identifier> noMore) {
        change("INSERT OR REPLACE INTO condemned VALUES (?)", now);
        change("DELETE FROM condemned WHERE digest = ?", noMore);
    }

    private void change(String sql, Collection<Identifier> digests) {
        if (digests.isEmpty()) {
            return;
        }
        try {
            database.write(connection -> {
                        try (PreparedStatement statement = connection.prepareStatement(sql)) {
                            for (Identifier digest : digests) {
                                statement.setBytes(1, digest.toBytes());
                                statement.addBatch();
                            }
                            statement.executeBatch();
                        }
                        return true;
                    })
                    .exceptionally(e -> false);
        } catch (ChordException e) {
            log.debug("{} blocks are not noted: {}", digests.size(), e.getMessage()); // too much else to do
        }
    }
}
