package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * All that lies on the disk of a process: its database and its identity. It can be copied, as whoever makes a
 * backup does.
 */
public final class DiskContents {
    private static final long MILLI = Simulation.MILLISECOND;

    private final NavigableMap<Identifier, Record> records = new TreeMap<>();
    private final Map<Identifier, Long> positions = new TreeMap<>();
    private final Map<Identifier, Long> ends = new TreeMap<>(); // by the time of day, of those that have one
    private BlockContents blocks = new BlockContents();
    private RecordDisk.Claims claims = RecordDisk.Claims.NONE;
    private long epoch;
    private long position;
    private long incarnation;
    private final long births;

    /**
     * @param births how often the disk had been replaced before: with an empty one a process is another one
     */
    public DiskContents(long births) {
        this.births = births;
    }

    DiskContents copy() {
        DiskContents copy = withoutDatabase();
        copy.blocks = blocks.copy();
        copy.records.putAll(records);
        copy.positions.putAll(positions);
        copy.ends.putAll(ends);
        copy.claims = claims;
        copy.epoch = epoch;
        copy.position = position;
        return copy;
    }

    /** The same process with an empty database. */
    DiskContents withoutDatabase() {
        DiskContents copy = new DiskContents(births);
        copy.blocks = blocks.withoutDatabase();
        copy.incarnation = incarnation;
        return copy;
    }

    // ---- what is there

    public Optional<Record> get(Identifier key) {
        return Optional.ofNullable(records.get(key));
    }

    NavigableMap<Identifier, Record> all() {
        return records;
    }

    BlockContents blocks() {
        return blocks;
    }

    public RecordDisk.Claims claims() {
        return claims;
    }

    public long epoch() {
        return epoch;
    }

    long births() {
        return births;
    }

    long nextIncarnation() {
        return ++incarnation;
    }

    // ---- changes

    /** Keeps a record, if it is newer than what is there. */
    public boolean keep(Record record, long timeOfDay) {
        Identifier key = record.key();
        boolean newer = record.replaces(get(key));
        if (newer) {
            records.put(key, record);
            positions.put(key, ++position);
            ends.remove(key);
            if (record.leaseMillis() > 0) {
                ends.put(key, timeOfDay + MILLI * record.leaseMillis());
            }
            epoch = Math.max(epoch, record.version().epoch());
        }
        return newer;
    }

    public void save(RecordDisk.Batch batch) {
        batch.claims().ifPresent(now -> claims = now);
        epoch = Math.max(epoch, batch.epoch());
        for (Record.Digest digest : batch.drops()) {
            Identifier key = digest.id().place().key();
            if (get(key).filter(r -> r.version().equals(digest.version())).isPresent()) {
                remove(key);
            }
        }
    }

    private void remove(Identifier key) {
        records.remove(key);
        positions.remove(key);
        ends.remove(key);
    }

    /** Removes what has ended. */
    void purge(long timeOfDay) {
        List<Identifier> over =
                ends.keySet().stream().filter(key -> !isLive(key, timeOfDay)).toList();
        over.forEach(this::remove);
    }

    /** Some byte of a record is another one now, and nobody has noticed. */
    void corrupt(Record now) {
        records.put(now.key(), now);
    }

    // ---- as the engine reads it

    private boolean isLive(Identifier key, long timeOfDay) {
        Long end = ends.get(key);
        return end == null || end > timeOfDay;
    }

    // With what is left of its lease.
    private Record live(Record record, long timeOfDay) {
        Long end = ends.get(record.key());
        return end == null
                ? record
                : new Record(
                        record.key(),
                        record.kind(),
                        record.label(),
                        record.version(),
                        record.deleted(),
                        record.value(),
                        Math.max(1, (end - timeOfDay) / MILLI),
                        record.operations());
    }

    public RecordDisk.Shelf shelf(Record.Place place, long timeOfDay) {
        Optional<Record> here = get(place.key()).filter(r -> r.kind() == place.kind());
        if (here.isEmpty()) {
            return new RecordDisk.Shelf(List.of(), Map.of());
        }
        List<Record> live = here.filter(r -> isLive(r.key(), timeOfDay)).stream()
                .map(r -> live(r, timeOfDay))
                .toList();
        return new RecordDisk.Shelf(live, Map.of(here.get().label(), here.get().version()));
    }

    public List<Record> within(Predicate<Identifier> keys, long timeOfDay) {
        return records.values().stream()
                .filter(r -> keys.test(r.key()) && isLive(r.key(), timeOfDay))
                .map(r -> live(r, timeOfDay))
                .toList();
    }

    public List<Record> after(Optional<Identifier> key, int most, long timeOfDay) {
        Map<Identifier, Record> rest = key.map(k -> records.tailMap(k, false)).orElse(records);
        return rest.values().stream()
                .filter(r -> isLive(r.key(), timeOfDay))
                .limit(most)
                .map(r -> live(r, timeOfDay))
                .toList();
    }

    public RecordDisk.Page changes(Predicate<Identifier> keys, long since, int most, long timeOfDay) {
        List<Record> page = new ArrayList<>(within(key -> keys.test(key) && position(key) > since, timeOfDay));
        page.sort(Comparator.comparing(r -> position(r.key())));
        List<Record> first = List.copyOf(page.subList(0, Math.min(most, page.size())));
        long last =
                first.isEmpty() ? since : position(first.get(first.size() - 1).key());
        return new RecordDisk.Page(first, last);
    }

    private long position(Identifier key) {
        Long at = positions.get(key);
        return at == null ? 0 : at;
    }
}
