package dev.chord.node.store;

import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.records.Record.Digest;
import dev.chord.core.records.Record.Id;
import dev.chord.core.records.Record.Place;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Names and providers. Of two versions of a record the newer one stays, whichever came first. A deletion is a
 * record too, kept for its lifetime, so that an old copy does not bring the name back.
 */
public final class RecordStore {
    static final List<String> SCHEMA = List.of(
            "CREATE TABLE IF NOT EXISTS records (key BLOB NOT NULL, kind INTEGER NOT NULL, label TEXT NOT NULL,"
                    + " sequence INTEGER NOT NULL, writer BLOB NOT NULL, deleted INTEGER NOT NULL, value BLOB NOT NULL,"
                    + " expires INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (key, kind, label))"
                    + " WITHOUT ROWID",
            "CREATE INDEX IF NOT EXISTS records_by_position ON records (position)",
            "ALTER TABLE records ADD COLUMN operations BLOB NOT NULL DEFAULT x''",
            "CREATE TABLE IF NOT EXISTS epochs (epoch INTEGER NOT NULL)");

    private static final String COLUMNS = RecordRows.COLUMNS;

    private final Database database;
    private final Clock clock;
    private final Predicate<Record> sound;
    private final RecordCache cache = new RecordCache();
    private final NameConflicts conflicts;
    private final NameIndex names;
    private final EpochLog epochs;
    private final AtomicLong offered = new AtomicLong();
    private final AtomicLong position = new AtomicLong();
    private long last; // of the writer alone; what it says is true once committed
    private volatile long committing;
    private volatile Runnable listener = () -> {};

    RecordStore(Database database, Clock clock) {
        this(database, clock, record -> true);
    }

    /** @param sound tells which records may be kept; of the others none ever gets here, whoever brings it */
    public RecordStore(Database database, Clock clock, Predicate<Record> sound) {
        this.sound = sound;
        this.database = database;
        this.clock = clock;
        this.conflicts = new NameConflicts(database);
        this.names = new NameIndex(database, clock);
        this.last = database.read(connection -> {
            try (PreparedStatement query = connection.prepareStatement("SELECT max(position) FROM records");
                    ResultSet rows = query.executeQuery()) {
                return rows.next() ? rows.getLong(1) : 0L;
            }
        });
        position.set(last);
        this.epochs = new EpochLog(database);
    }

    /** The highest epoch of ownership this node has heard of: what it takes over gets a higher one. */
    public long epoch() {
        return epochs.latest();
    }

    /** Remembers that there is such an epoch, as a part of a job of the database. */
    void heardOf(Connection connection, long other) throws SQLException {
        epochs.heardOf(connection, other);
    }

    /** The job that told of this epoch is committed. */
    void heard(long epoch) {
        epochs.committed(epoch);
    }

    /** The live records of a kind under a key; deletions too. */
    public List<Record> read(Identifier key, RecordKind kind) {
        return cache.get(
                key,
                kind,
                () -> select("key = ? AND kind = ? AND " + LIVE, statement -> {
                    statement.setBytes(1, key.toBytes());
                    statement.setInt(2, kind.getNumber());
                    statement.setLong(3, clock.millis());
                }));
    }

    /** The same if they are in memory: takes no time. */
    public Optional<List<Record>> remembered(Identifier key, RecordKind kind) {
        return cache.get(key, kind);
    }

    /** One record, if it is there and has not expired. */
    public Optional<Record> find(Identifier key, RecordKind kind, String label) {
        return read(key, kind).stream().filter(r -> r.getLabel().equals(label)).findFirst();
    }

    private static final String LIVE = "(expires = 0 OR expires > ?)";

    /** Keeps each record that is newer than what is here; the future completes when that is durable. */
    public CompletableFuture<Boolean> merge(List<Record> brought) {
        return database.write(connection -> {
                    keep(connection, brought);
                    return true;
                })
                .thenApply(done -> {
                    changed(brought);
                    return done;
                });
    }

    /** The same as a part of a job of the database; {@link #changed} has to follow once it is committed. */
    void keep(Connection connection, List<Record> brought) throws SQLException {
        offered.addAndGet(brought.size());
        for (Record record : brought) {
            if (sound.test(record)) {
                merge(connection, record);
            }
        }
        committing = last;
    }

    /** Records have been committed, or removed: nobody is shown what was there before. */
    void changed(List<Record> records) {
        position.accumulateAndGet(committing, Math::max);
        cache.changed(records);
        listener.run();
    }

    private void merge(Connection connection, Record record) throws SQLException {
        Version incoming = WireCodec.in(record.getVersion());
        Version current = version(connection, record);
        if (record.getKind() == RecordKind.RECORD_KIND_NAME && !current.equals(Version.NONE)) {
            noteConflict(connection, record);
        }
        if (!incoming.newerThan(current)) {
            return;
        }
        String sql = "INSERT OR REPLACE INTO records (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setBytes(1, record.getKey().toByteArray());
            insert.setInt(2, record.getKindValue());
            insert.setString(3, record.getLabel());
            insert.setLong(4, incoming.sequence());
            insert.setBytes(5, incoming.writer().toBytes());
            insert.setBoolean(6, record.getDeleted());
            insert.setBytes(7, record.getValue().toByteArray());
            insert.setLong(8, record.getLeaseMillis() == 0 ? 0 : clock.millis() + record.getLeaseMillis());
            insert.setLong(9, ++last);
            insert.setBytes(10, OperationList.pack(record.getOperationsList()));
            insert.executeUpdate();
        }
        epochs.seen(incoming.epoch());
    }

    private void noteConflict(Connection connection, Record incoming) throws SQLException {
        String sql = "SELECT " + COLUMNS + " FROM records WHERE key = ? AND kind = ? AND label = ?";
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setBytes(1, incoming.getKey().toByteArray());
            query.setInt(2, incoming.getKindValue());
            query.setString(3, incoming.getLabel());
            for (Record here : RecordRows.read(query, clock)) {
                Optional<Record> loser = NameConflicts.unknownLoser(here, incoming);
                if (loser.isPresent()) {
                    conflicts.note(connection, loser.get(), loser.get() == here ? incoming : here, clock.millis());
                }
            }
        }
    }

    /** How many records have come in since this process was started, known ones too. */
    public long offered() {
        return offered.get();
    }

    /** Who is told that records have changed; it must not take long. */
    public void onChange(Runnable told) {
        listener = told;
    }

    /** Names that were written on two sides. */
    public NameConflicts conflicts() {
        return conflicts;
    }

    private static Version version(Connection connection, Record record) throws SQLException {
        String sql = "SELECT sequence, writer FROM records WHERE key = ? AND kind = ? AND label = ?";
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setBytes(1, record.getKey().toByteArray());
            query.setInt(2, record.getKindValue());
            query.setString(3, record.getLabel());
            try (ResultSet rows = query.executeQuery()) {
                return rows.next() ? new Version(rows.getLong(1), Identifier.ofBytes(rows.getBytes(2))) : Version.NONE;
            }
        }
    }

    /** The versions of what is here of a kind under a key, expired or not, by label. */
    public Map<String, Version> versions(Place place) {
        return database.read(connection -> {
            String sql = "SELECT label, sequence, writer FROM records WHERE key = ? AND kind = ?";
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                query.setBytes(1, place.key().toBytes());
                query.setInt(2, place.kind());
                Map<String, Version> versions = new TreeMap<>();
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        Identifier writer = Identifier.ofBytes(rows.getBytes(3));
                        versions.put(rows.getString(1), new Version(rows.getLong(2), writer));
                    }
                }
                return versions;
            }
        });
    }

    /** Records and where in this store's log of changes the last of them stands. */
    public record Page(List<Record> records, long position) {}

    /** Records of an arc that changed after a position, oldest change first. */
    public Page changes(Arc arc, long since, int limit) {
        return database.read(connection -> {
            String sql = "SELECT " + COLUMNS + " FROM records WHERE position > ? AND " + within(arc) + " AND " + LIVE
                    + " ORDER BY position LIMIT ?";
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                query.setLong(1, since);
                int next = setArc(query, 2, arc);
                query.setLong(next, clock.millis());
                query.setInt(next + 1, limit);
                List<Record> records = new ArrayList<>();
                long last = since;
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        records.add(RecordRows.record(rows, clock));
                        last = RecordRows.position(rows);
                    }
                }
                return new Page(records, last);
            }
        });
    }

    /** The live names among them, in order. */
    public NameIndex names() {
        return names;
    }

    /** All records after a key, in key order; whole keys only, so a page may exceed the limit. */
    public List<Record> after(Optional<Identifier> key, int limit) {
        String sql = "SELECT " + COLUMNS + " FROM records WHERE key > ? AND key <= (SELECT max(key) FROM"
                + " (SELECT key FROM records WHERE key > ? ORDER BY key LIMIT ?)) ORDER BY key";
        return database.read(connection -> {
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                byte[] from = key.map(Identifier::toBytes).orElse(new byte[0]);
                query.setBytes(1, from);
                query.setBytes(2, from);
                query.setInt(3, limit);
                return RecordRows.read(query, clock);
            }
        });
    }

    /** The records of an arc, versions included, to compare with somebody else's. */
    public Fingerprints fingerprints(Arc arc) {
        return database.read(connection -> {
            Fingerprints result = new Fingerprints();
            String sql = "SELECT key, kind, label, sequence, writer FROM records WHERE " + within(arc) + " AND " + LIVE;
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                int next = setArc(query, 1, arc);
                query.setLong(next, clock.millis());
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        Place place = new Place(Identifier.ofBytes(rows.getBytes(1)), rows.getInt(2));
                        Version version = new Version(rows.getLong(4), Identifier.ofBytes(rows.getBytes(5)));
                        result.add(place.key(), new Id(place, rows.getString(3)).print(version));
                    }
                }
            }
            return result;
        });
    }

    /** Removes records, if they are still at these versions, as a part of a job of the database. */
    void drop(Connection connection, List<Digest> digests) throws SQLException {
        String sql = "DELETE FROM records WHERE key = ? AND kind = ? AND label = ? AND sequence = ? AND writer = ?";
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            for (Digest digest : digests) {
                delete.setBytes(1, digest.id().place().key().toBytes());
                delete.setInt(2, digest.id().place().kind());
                delete.setString(3, digest.id().label());
                delete.setLong(4, digest.version().sequence());
                delete.setBytes(5, digest.version().writer().toBytes());
                delete.executeUpdate();
            }
        }
    }

    /** Nothing that was read before is remembered any more. */
    void dropped() {
        cache.clear();
    }

    /** One record for each provider named under the keys of an arc. */
    public List<Record> providers(Arc arc) {
        return database.scan(connection -> {
            String sql = "SELECT " + COLUMNS + " FROM records WHERE kind = ? AND deleted = 0 AND " + within(arc)
                    + " AND " + LIVE + " GROUP BY label";
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                query.setInt(1, RecordKind.RECORD_KIND_PROVIDER_VALUE);
                int next = setArc(query, 2, arc);
                query.setLong(next, clock.millis());
                return RecordRows.read(query, clock);
            }
        });
    }

    /** Where the log of changes stands: it grows with every record that is kept, once that is durable. */
    public long position() {
        return position.get();
    }

    /** Names whose lease has ended and that are still here. */
    public List<Record> expiredNames() {
        return select("kind = ? AND deleted = 0 AND expires <> 0 AND expires <= ?", statement -> {
            statement.setInt(1, RecordKind.RECORD_KIND_NAME_VALUE);
            statement.setLong(2, clock.millis());
        });
    }

    /** Removes what has expired. */
    public CompletableFuture<Integer> purge() {
        return database.write(connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM records WHERE expires <> 0 AND expires <= ?")) {
                delete.setLong(1, clock.millis());
                return delete.executeUpdate();
            }
        });
    }

    public long count() {
        return database.scan(connection -> {
            try (PreparedStatement query = connection.prepareStatement("SELECT count(*) FROM records");
                    ResultSet rows = query.executeQuery()) {
                return rows.next() ? rows.getLong(1) : 0L;
            }
        });
    }

    private interface Binder {
        void bind(PreparedStatement statement) throws SQLException;
    }

    private List<Record> select(String where, Binder binder) {
        return database.read(connection -> {
            try (PreparedStatement query =
                    connection.prepareStatement("SELECT " + COLUMNS + " FROM records WHERE " + where)) {
                binder.bind(query);
                return RecordRows.read(query, clock);
            }
        });
    }

    private static String within(Arc arc) {
        if (arc.isWhole()) {
            return "1";
        }
        return arc.from().compareTo(arc.to()) < 0 ? "(key > ? AND key <= ?)" : "(key > ? OR key <= ?)";
    }

    private static int setArc(PreparedStatement statement, int index, Arc arc) throws SQLException {
        if (arc.isWhole()) {
            return index;
        }
        statement.setBytes(index, arc.from().toBytes());
        statement.setBytes(index + 1, arc.to().toBytes());
        return index + 2;
    }
}
