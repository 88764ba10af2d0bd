package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The database file as a power cut leaves it: all that was there when a write was acknowledged, and any part
 * of what was being written after it, torn anywhere, with rubbish where nothing was synced.
 */
class DatabaseCrashTest {
    private static final int WRITES = 25;
    private static final int CUTS = 400;

    @TempDir
    private Path work;

    private record Image(byte[] database, byte[] log) {}

    @Test
    void everyAcknowledgedWriteIsThereAfterACutAnywhereInTheLog() throws Exception {
        List<Image> images = new ArrayList<>();
        Path file = work.resolve("live.db");
        List<String> schema = List.of("CREATE TABLE IF NOT EXISTS kept (number INTEGER PRIMARY KEY)");
        try (Database database = new Database(file, schema)) {
            images.add(image(file));
            for (int number = 0; number < WRITES; number++) {
                int value = number;
                CompletableFuture<Integer> write = database.write(connection -> {
                    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO kept VALUES (?)")) {
                        insert.setInt(1, value);
                        return insert.executeUpdate();
                    }
                });
                // what a cut in this very instant would leave behind
                images.add(write.thenApply(done -> image(file)).get());
            }
        }
        Random random = new Random(4);
        for (int cut = 0; cut < CUTS; cut++) {
            int acknowledged = random.nextInt(WRITES);
            Image before = images.get(acknowledged);
            byte[] log = torn(before.log(), images.get(acknowledged + 1).log(), random);
            Path left = Files.createDirectory(work.resolve("cut" + cut)).resolve("live.db");
            Files.write(left, before.database());
            Files.write(left.resolveSibling("live.db-wal"), log);
            try (Database database = new Database(left, schema)) {
                assertThat(kept(database)).as("cut %d", cut).isBetween(acknowledged, acknowledged + 1);
            }
        }
    }

    private static Image image(Path file) {
        try {
            return new Image(Files.readAllBytes(file), Files.readAllBytes(file.resolveSibling("live.db-wal")));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] torn(byte[] durable, byte[] longer, Random random) {
        int length = durable.length + random.nextInt(longer.length - durable.length + 1);
        byte[] log = Arrays.copyOf(longer, length);
        if (length > durable.length && random.nextBoolean()) {
            int from = durable.length + random.nextInt(length - durable.length);
            byte[] rubbish = new byte[Math.min(length - from, 512)];
            random.nextBytes(rubbish);
            System.arraycopy(rubbish, 0, log, from, rubbish.length);
        }
        return log;
    }

    private static int kept(Database database) {
        return database.read(connection -> {
            try (PreparedStatement query =
                            connection.prepareStatement("SELECT count(*), coalesce(max(number), -1) FROM kept");
                    ResultSet rows = query.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(2)).as("none in between is missing").isEqualTo(rows.getInt(1) - 1);
                return rows.getInt(1);
            }
        });
    }
}
