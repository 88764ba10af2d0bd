package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** How many copies of a block the ring should have, where somebody wished for another number than the usual one. */
final class BlockCopies {
    static final List<String> SCHEMA = List.of("CREATE TABLE IF NOT EXISTS block_copies (digest BLOB PRIMARY KEY,"
            + " copies INTEGER NOT NULL) WITHOUT ROWID");

    private final Database database;

    BlockCopies(Database database) {
        this.database = database;
    }

    Map<Identifier, Integer> all() {
        return database.read(connection -> {
            Map<Identifier, Integer> wishes = new LinkedHashMap<>();
            try (PreparedStatement query = connection.prepareStatement("SELECT digest, copies FROM block_copies");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    wishes.put(Identifier.ofBytes(rows.getBytes(1)), rows.getInt(2));
                }
            }
            return wishes;
        });
    }

    /** Remembers a wish; the future completes when it is durable. */
    CompletableFuture<?> set(Identifier digest, int copies) {
        return database.write(connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT OR REPLACE INTO block_copies VALUES (?, ?)")) {
                insert.setBytes(1, digest.toBytes());
                insert.setInt(2, copies);
                return insert.executeUpdate();
            }
        });
    }

    void forget(Identifier digest) {
        database.write(connection -> {
                    try (PreparedStatement delete =
                            connection.prepareStatement("DELETE FROM block_copies WHERE digest = ?")) {
                        delete.setBytes(1, digest.toBytes());
                        return delete.executeUpdate();
                    }
                })
                .exceptionally(e -> 0); // a wish for a block that is not here harms nobody
    }
}
