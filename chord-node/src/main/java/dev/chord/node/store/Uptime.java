package dev.chord.node.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * For how much of the time, as far back as a month, the node that lives in this directory was
 * up. Thread-safe.
 */
public final class Uptime {
    /** How often {@link #beat} is to be called. */
    public static final Duration BEAT = Duration.ofMinutes(5);

    private static final Duration REACH = Duration.ofDays(30);
    /** What is known for less is not judged. */
    private static final Duration ENOUGH = Duration.ofDays(1);

    static final List<String> SCHEMA =
            List.of("CREATE TABLE IF NOT EXISTS uptime (id INTEGER PRIMARY KEY CHECK (id = 0),"
                    + " since INTEGER NOT NULL, up INTEGER NOT NULL, seen INTEGER NOT NULL)");

    private final Database database;
    private final Clock clock;
    private Optional<Noted> noted;
    private boolean started;

    // Milliseconds: since when it is counted, how much of that it was up, when that was last so.
    private record Noted(long since, long up, long seen) {}

    Uptime(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
        this.noted = database.read(connection -> {
            try (PreparedStatement query = connection.prepareStatement("SELECT since, up, seen FROM uptime");
                    ResultSet rows = query.executeQuery()) {
                return rows.next()
                        ? Optional.of(new Noted(rows.getLong(1), rows.getLong(2), rows.getLong(3)))
                        : Optional.empty();
            }
        });
    }

    /** Notes that it is up; the first time in a process, that it is up again. */
    public synchronized CompletableFuture<Integer> beat() {
        long now = clock.millis();
        Noted next = noted.filter(n -> n.since() <= n.seen() && n.seen() <= now)
                .map(n -> new Noted(n.since(), n.up() + (started ? now - n.seen() : 0), now))
                .orElse(new Noted(now, 0, now)); // also after the time of day was put back
        long length = now - next.since();
        if (length > REACH.toMillis()) {
            next = new Noted(now - REACH.toMillis(), next.up() * REACH.toMillis() / length, now);
        }
        started = true;
        noted = Optional.of(next);
        Noted last = next;
        return database.write(connection ->
                insert(connection.prepareStatement("INSERT OR REPLACE INTO uptime VALUES (0, ?, ?, ?)"), last));
    }

    private static int insert(PreparedStatement insert, Noted noted) throws SQLException {
        try (insert) {
            insert.setLong(1, noted.since());
            insert.setLong(2, noted.up());
            insert.setLong(3, noted.seen());
            return insert.executeUpdate();
        }
    }

    /** In eighths, rounded up: 1 to 8. */
    public synchronized int eighths() {
        long now = clock.millis();
        return noted.filter(n -> now - n.since() >= ENOUGH.toMillis())
                .map(n -> (int) Math.ceil(8.0 * n.up() / (now - n.since())))
                .map(eighths -> Math.max(1, Math.min(8, eighths)))
                .orElse(8);
    }
}
