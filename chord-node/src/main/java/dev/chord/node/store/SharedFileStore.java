package dev.chord.node.store;

import dev.chord.client.content.FileManifest;
import dev.chord.core.id.Identifier;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Which files are shared in place, and where in them each block lies. */
public final class SharedFileStore {
    static final List<String> SCHEMA = List.of(
            "CREATE TABLE IF NOT EXISTS shared_files (path TEXT PRIMARY KEY, name TEXT NOT NULL, content BLOB NOT NULL,"
                    + " size INTEGER NOT NULL, modified INTEGER NOT NULL, trouble TEXT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS shared_blocks (digest BLOB NOT NULL, path TEXT NOT NULL, start INTEGER NOT NULL,"
                    + " length INTEGER NOT NULL, PRIMARY KEY (digest, path, start)) WITHOUT ROWID");

    private static final int ROW = 128; // what a row takes besides its texts, about

    private final Database database;
    private final Room room;

    SharedFileStore(Database database, Room room) {
        this.database = database;
        this.room = room;
    }

    /**
     * One shared file.
     *
     * @param modified its modification time when it was read, in milliseconds
     * @param trouble why it is not served any more; empty: it is
     */
    public record SharedFile(String path, String name, Identifier content, long size, long modified, String trouble) {}

    /** Where a block lies. */
    public record Place(String path, long start, int length) {}

    /**
     * Adds or replaces a file.
     *
     * @throws dev.chord.client.error.ChordException NO_SPACE if there is no room for what is noted of it
     */
    public CompletableFuture<Boolean> add(SharedFile file, FileManifest manifest) {
        long row = ROW + file.path().length();
        Room.Claim claim = room.claim(row * (manifest.chunks().size() + 1L));
        try {
            return write(file, manifest).whenComplete((done, failure) -> claim.close());
        } catch (RuntimeException e) {
            claim.close();
            throw e;
        }
    }

    private CompletableFuture<Boolean> write(SharedFile file, FileManifest manifest) {
        return database.write(connection -> {
            try (PreparedStatement clear = connection.prepareStatement("DELETE FROM shared_blocks WHERE path = ?");
                    PreparedStatement insert = connection.prepareStatement(
                            "INSERT OR REPLACE INTO shared_files VALUES (?, ?, ?, ?, ?, ?)");
                    PreparedStatement block =
                            connection.prepareStatement("INSERT OR REPLACE INTO shared_blocks VALUES (?, ?, ?, ?)")) {
                clear.setString(1, file.path());
                clear.executeUpdate();
                insert.setString(1, file.path());
                insert.setString(2, file.name());
                insert.setBytes(3, file.content().toBytes());
                insert.setLong(4, file.size());
                insert.setLong(5, file.modified());
                insert.setString(6, file.trouble());
                insert.executeUpdate();
                for (int i = 0; i < manifest.chunks().size(); i++) {
                    block.setBytes(1, manifest.chunks().get(i).toBytes());
                    block.setString(2, file.path());
                    block.setLong(3, manifest.offset(i));
                    block.setInt(4, manifest.length(i));
                    block.executeUpdate();
                }
            }
            return true;
        });
    }

    public CompletableFuture<Boolean> remove(String path) {
        return database.write(connection -> {
            for (String table : List.of("shared_files", "shared_blocks")) {
                try (PreparedStatement delete =
                        connection.prepareStatement("DELETE FROM " + table + " WHERE path = ?")) {
                    delete.setString(1, path);
                    delete.executeUpdate();
                }
            }
            return true;
        });
    }

    /** Notes that a file is not what it was. */
    public CompletableFuture<Boolean> mark(String path, String trouble) {
        return database.write(connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE shared_files SET trouble = ? WHERE path = ?")) {
                update.setString(1, trouble);
                update.setString(2, path);
                return update.executeUpdate() > 0;
            }
        });
    }

    public List<SharedFile> all() {
        return database.read(connection -> {
            List<SharedFile> files = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(
                            "SELECT path, name, content, size, modified, trouble FROM shared_files ORDER BY name");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    files.add(file(rows));
                }
            }
            return files;
        });
    }

    /** Whether a file of this content is shared, and is still as it was. */
    public boolean has(Identifier content) {
        return database.read(connection -> {
            try (PreparedStatement query = connection.prepareStatement(
                    "SELECT 1 FROM shared_files WHERE content = ? AND trouble = '' LIMIT 1")) {
                query.setBytes(1, content.toBytes());
                try (ResultSet rows = query.executeQuery()) {
                    return rows.next();
                }
            }
        });
    }

    private static SharedFile file(ResultSet rows) throws SQLException {
        return new SharedFile(
                rows.getString(1),
                rows.getString(2),
                Identifier.ofBytes(rows.getBytes(3)),
                rows.getLong(4),
                rows.getLong(5),
                rows.getString(6));
    }

    /** Places of a block in files that are still served. */
    public List<Place> places(Identifier digest) {
        return database.read(connection -> {
            List<Place> places = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement("SELECT b.path, b.start, b.length"
                    + " FROM shared_blocks b JOIN shared_files f ON f.path = b.path"
                    + " WHERE b.digest = ? AND f.trouble = ''")) {
                query.setBytes(1, digest.toBytes());
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        places.add(new Place(rows.getString(1), rows.getLong(2), rows.getInt(3)));
                    }
                }
            }
            return places;
        });
    }

    public Optional<SharedFile> byPath(String path) {
        return all().stream().filter(f -> f.path().equals(path)).findFirst();
    }
}
