package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who waits for whom at the database. */
class DatabaseTest {
    private static final long LIMIT_SECONDS = 60;

    @TempDir
    private Path root;

    private static int rows(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM things")) {
            return result.getInt(1);
        }
    }

    @Test
    void whoeverLooksThroughMuchHoldsUpNeitherReadsNorWrites() throws Exception {
        try (Database database = new Database(root.resolve("db"), List.of("CREATE TABLE things (id INTEGER)"))) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch enough = new CountDownLatch(1);
            CompletableFuture<Integer> list = CompletableFuture.supplyAsync(() -> database.scan(connection -> {
                begun.countDown();
                try {
                    assertThat(enough.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return rows(connection);
            }));
            assertThat(begun.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Integer> beside = CompletableFuture.supplyAsync(() -> {
                Database.await(database.write(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        return statement.executeUpdate("INSERT INTO things VALUES (1)");
                    }
                }));
                return database.read(DatabaseTest::rows);
            });
            assertThat(beside.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
            enough.countDown();
            assertThat(list.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("what was written meanwhile")
                    .isEqualTo(1);
        }
    }
}
