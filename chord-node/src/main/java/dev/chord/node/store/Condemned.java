package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** The blocks whose file somebody deleted, so that a restart does not give them a long lease again. */
final class Condemned {
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

    void add(Collection<Identifier> digests) {
        change("INSERT OR REPLACE INTO condemned VALUES (?)", digests);
    }

    void remove(Collection<Identifier> digests) {
        change("DELETE FROM condemned WHERE digest = ?", digests);
    }

    // Nobody waits for it: what a crash forgets only stays longer.
    private void change(String sql, Collection<Identifier> digests) {
        if (digests.isEmpty()) {
            return;
        }
        CompletableFuture<Boolean> done = database.write(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (Identifier digest : digests) {
                    statement.setBytes(1, digest.toBytes());
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            return true;
        });
        done.exceptionally(e -> false);
    }
}
