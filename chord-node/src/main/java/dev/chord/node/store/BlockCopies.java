package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * How many copies of a block the ring should have, where somebody wished for another number than the
 * usual one.
 */
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

    /** Remembers wishes, and forgets those of 0 copies; the future completes when that is durable. */
    CompletableFuture<?> set(Map<Identifier, Integer> wishes) {
        return database.write(connection -> {
            try (PreparedStatement insert =
                            connection.prepareStatement("INSERT OR REPLACE INTO block_copies VALUES (?, ?)");
                    PreparedStatement delete =
                            connection.prepareStatement("DELETE FROM block_copies WHERE digest = ?")) {
                for (Map.Entry<Identifier, Integer> wish : wishes.entrySet()) {
                    PreparedStatement statement = wish.getValue() == 0 ? delete : insert;
                    statement.setBytes(1, wish.getKey().toBytes());
                    if (wish.getValue() != 0) {
                        statement.setInt(2, wish.getValue());
                    }
                    statement.addBatch();
                }
                delete.executeBatch();
                insert.executeBatch();
                return true;
            }
        });
    }
}
