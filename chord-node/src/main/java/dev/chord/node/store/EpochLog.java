package dev.chord.node.store;

import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.version.Version;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;

/** The highest epoch of ownership that this node has heard of, or has records of. Thread-safe. */
final class EpochLog {
    private final Database database;
    private final AtomicLong epoch = new AtomicLong();
    private final AtomicLong durable = new AtomicLong();

    EpochLog(Database database) {
        this.database = database;
        epoch.set(database.read(connection -> {
            // what an earlier version believed of somebody who lied would leave no room for another
            String sql = "SELECT max(e) FROM (SELECT max(epoch) AS e FROM epochs WHERE epoch < ?1 UNION"
                    + " SELECT max(sequence) >> " + Version.COUNT_BITS + " FROM records WHERE sequence < ?2)";
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                query.setLong(1, NumberBounds.EPOCHS);
                query.setLong(2, NumberBounds.LIMIT);
                try (ResultSet rows = query.executeQuery()) {
                    return rows.next() ? rows.getLong(1) : 0L;
                }
            }
        }));
    }

    long latest() {
        return epoch.get();
    }

    /** A record of this epoch is here; it says so itself. */
    void seen(long other) {
        epoch.accumulateAndGet(other, Math::max);
    }

    /** Remembers that there is such an epoch; one that there cannot be is no epoch. */
    void heardOf(Connection connection, long other) throws SQLException {
        if (other <= durable.get() || !NumberBounds.epochAsked(other)) {
            return;
        }
        epoch.accumulateAndGet(other, Math::max);
        try (PreparedStatement clear = connection.prepareStatement("DELETE FROM epochs");
                PreparedStatement insert = connection.prepareStatement("INSERT INTO epochs VALUES (?)")) {
            clear.executeUpdate();
            insert.setLong(1, epoch.get());
            insert.executeUpdate();
        }
    }

    /** The job that told of this epoch is committed: until then a roll-back takes it back. */
    void committed(long other) {
        durable.accumulateAndGet(other, Math::max);
    }
}
