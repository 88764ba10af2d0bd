package dev.chord.node.store;

import dev.chord.core.id.Arc;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds names by what they begin with, contain or look like. Every live name stands in a list of its own, in
 * order and with an index of all its runs of three characters (SQLite's FTS5, tokenizer trigram); triggers
 * keep it in step with the records, in the same transaction.
 */
public final class NameIndex {
    static final List<String> SCHEMA = List.of(
            "CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE, key BLOB NOT NULL)",
            "CREATE VIRTUAL TABLE IF NOT EXISTS names_text USING fts5"
                    + " (label, content='names', content_rowid='id', tokenize='trigram')",
            "CREATE TRIGGER IF NOT EXISTS names_added AFTER INSERT ON names BEGIN"
                    + " INSERT INTO names_text (rowid, label) VALUES (new.id, new.label); END",
            "CREATE TRIGGER IF NOT EXISTS names_removed AFTER DELETE ON names BEGIN"
                    + " INSERT INTO names_text (names_text, rowid, label) VALUES ('delete', old.id, old.label); END",
            "CREATE TRIGGER IF NOT EXISTS records_named AFTER INSERT ON records WHEN new.kind = 1 AND new.deleted = 0"
                    + " BEGIN INSERT OR IGNORE INTO names (label, key) VALUES (new.label, new.key); END",
            "CREATE TRIGGER IF NOT EXISTS records_unnamed AFTER INSERT ON records WHEN new.kind = 1 AND new.deleted = 1"
                    + " BEGIN DELETE FROM names WHERE label = new.label; END",
            "CREATE TRIGGER IF NOT EXISTS records_dropped AFTER DELETE ON records WHEN old.kind = 1"
                    + " BEGIN DELETE FROM names WHERE label = old.label; END",
            // a store of an earlier version has records and no list yet
            "INSERT OR IGNORE INTO names (label, key) SELECT label, key FROM records WHERE kind = 1 AND deleted = 0"
                    + " AND NOT EXISTS (SELECT 1 FROM names)");

    private static final String ROWS = " FROM names JOIN records ON records.key = names.key AND records.kind = "
            + RecordKind.RECORD_KIND_NAME_VALUE + " AND records.label = names.label WHERE deleted = 0";

    private final Database database;
    private final Clock clock;

    NameIndex(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Which names are meant.
     *
     * @param arcs their keys lie in all of these
     */
    public record Query(NameFilter filter, List<Arc> arcs) {
        /** The names of one arc. */
        public static Query of(NameFilter filter, Arc arc) {
            return new Query(filter, List.of(arc));
        }
    }

    /** A part of a statement and what it is about. */
    private static final class Where {
        private final StringBuilder text = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        void and(String condition, Object... its) {
            text.append(" AND ").append(condition);
            values.addAll(List.of(its));
        }

        void bind(PreparedStatement statement) throws SQLException {
            for (int i = 0; i < values.size(); i++) {
                statement.setObject(i + 1, values.get(i));
            }
        }
    }

    /** The first names in order (by code points) after a given one. */
    public List<Record> page(Query query, String after, int limit) {
        Where where = where(query);
        where.and("names.label > ?", after);
        String sql = "SELECT " + RecordRows.QUALIFIED + ROWS + where.text + " ORDER BY names.label LIMIT " + limit;
        return database.scan(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                where.bind(statement);
                return RecordRows.read(statement, clock);
            }
        });
    }

    /** How many there are. */
    public long count(Query query) {
        Where where = where(query);
        return database.scan(connection -> {
            try (PreparedStatement statement = connection.prepareStatement("SELECT count(*)" + ROWS + where.text)) {
                where.bind(statement);
                try (ResultSet rows = statement.executeQuery()) {
                    return rows.next() ? rows.getLong(1) : 0L;
                }
            }
        });
    }

    private Where where(Query query) {
        Where where = new Where();
        where.and("(expires = 0 OR expires > ?)", clock.millis());
        for (Arc arc : query.arcs()) {
            if (!arc.isWhole()) {
                String both = arc.from().compareTo(arc.to()) < 0 ? " AND " : " OR ";
                where.and(
                        "(names.key > ?" + both + "names.key <= ?)",
                        arc.from().toBytes(),
                        arc.to().toBytes());
            }
        }
        NameFilter filter = query.filter();
        if (!filter.literalPrefix().isEmpty()) {
            where.and("names.label >= ?", filter.literalPrefix());
            NameFilter.firstAfter(filter.literalPrefix()).ifPresent(end -> where.and("names.label < ?", end));
        } else if (filter.indexed()) {
            // as it stands there, in quotes: a run of characters, whatever their case
            String phrase = '"' + filter.literal().replace("\"", "\"\"") + '"';
            where.and("names.id IN (SELECT rowid FROM names_text WHERE names_text MATCH ?)", phrase);
        }
        if (filter.glob()) {
            where.and("names.label GLOB ?", filter.pattern());
        } else if (!filter.pattern().isEmpty()) {
            where.and("instr(lower(names.label), lower(?)) > 0", filter.pattern());
        }
        return where;
    }
}
