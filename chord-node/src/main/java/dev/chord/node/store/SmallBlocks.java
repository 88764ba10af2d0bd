package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Blocks of a few kilobytes, in the database: many share one commit, and none costs an inode. */
final class SmallBlocks implements BlockShelf {
    static final List<String> SCHEMA =
            List.of("CREATE TABLE IF NOT EXISTS small_blocks (digest BLOB PRIMARY KEY, data BLOB NOT NULL)");

    private final Database database;

    SmallBlocks(Database database) {
        this.database = database;
    }

    @Override
    public void list(Consumer<Label> each) {
        database.read(connection -> {
            try (PreparedStatement query =
                            connection.prepareStatement("SELECT digest, length(data) FROM small_blocks");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    each.accept(new Label(Identifier.ofBytes(rows.getBytes(1)), rows.getInt(2)));
                }
            }
            return true;
        });
    }

    @Override
    public CompletableFuture<?> put(Identifier digest, ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.duplicate().get(bytes);
        return database.write(connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT OR REPLACE INTO small_blocks VALUES (?, ?)")) {
                insert.setBytes(1, digest.toBytes());
                insert.setBytes(2, bytes);
                return insert.executeUpdate();
            }
        });
    }

    @Override
    public ByteBuffer read(Identifier digest, boolean fromDisk) throws IOException {
        Optional<byte[]> found = database.read(connection -> {
            try (PreparedStatement query =
                    connection.prepareStatement("SELECT data FROM small_blocks WHERE digest = ?")) {
                query.setBytes(1, digest.toBytes());
                try (ResultSet rows = query.executeQuery()) {
                    return rows.next() ? Optional.of(rows.getBytes(1)) : Optional.empty();
                }
            }
        });
        return ByteBuffer.wrap(found.orElseThrow(() -> new NoSuchFileException(digest.toHex())));
    }

    /** A few bad bytes teach nobody anything: they go. */
    @Override
    public void setAside(Identifier digest) {
        Database.await(delete(digest));
    }

    @Override
    public CompletableFuture<?> delete(Identifier digest) {
        return database.write(connection -> {
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM small_blocks WHERE digest = ?")) {
                delete.setBytes(1, digest.toBytes());
                return delete.executeUpdate();
            }
        });
    }
}
