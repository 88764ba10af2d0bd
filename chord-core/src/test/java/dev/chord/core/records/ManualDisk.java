package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A disk that answers at once, until it stalls: then it answers a batch when the test says so, and as the
 * test says.
 */
final class ManualDisk implements RecordDisk {
    private static final int PAGE = 2;

    private final Map<Record.Id, Record> records = new LinkedHashMap<>(); // as they came
    private final Map<Record.Id, Long> positions = new LinkedHashMap<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private Claims claims = Claims.NONE;
    private long epoch;
    private long position;
    private boolean stalled;
    private boolean readable = true;

    private record Waiting(Batch batch, Consumer<Durability> then) {}

    // ---- what a test does with it

    /** From now on nothing is answered by itself. */
    void stall() {
        stalled = true;
    }

    /** Answers everything, and from now on at once. */
    void goOn() {
        stalled = false;
        while (!waiting.isEmpty()) {
            finish(Durability.DURABLE);
        }
    }

    /** How many batches wait for an answer. */
    int waiting() {
        return waiting.size();
    }

    /** Answers the batch that has waited longest. */
    void finish(Durability how) {
        Waiting first = waiting.remove();
        if (how == Durability.DURABLE) {
            put(first.batch);
        }
        first.then.accept(how);
    }

    /** The next process with this disk does not know what was not durable. */
    void restart() {
        waiting.clear();
        stalled = false;
    }

    void readable(boolean now) {
        readable = now;
    }

    Optional<Record> get(Record.Id id) {
        return Optional.ofNullable(records.get(id));
    }

    Claims claims() {
        return claims;
    }

    long epoch() {
        return epoch;
    }

    /** As if a process had written this. */
    void put(Batch batch) {
        for (Record record : batch.records()) {
            if (record.replaces(get(record.id()))) {
                records.remove(record.id());
                records.put(record.id(), record);
                positions.put(record.id(), ++position);
            }
        }
        batch.claims().ifPresent(now -> claims = now);
        epoch = Math.max(epoch, batch.epoch());
        for (Record.Digest digest : batch.drops()) {
            if (get(digest.id())
                    .filter(r -> r.version().equals(digest.version()))
                    .isPresent()) {
                records.remove(digest.id());
            }
        }
    }

    // ---- what the engine does with it

    @Override
    public void persist(Batch batch, Consumer<Durability> then) {
        waiting.add(new Waiting(batch, then));
        if (!stalled) {
            finish(Durability.DURABLE);
        }
    }

    private <T> Optional<T> found(T what) {
        return readable ? Optional.of(what) : Optional.empty();
    }

    @Override
    public void read(Collection<Record.Place> places, Consumer<Optional<List<Shelf>>> then) {
        then.accept(found(places.stream().map(this::shelf).toList()));
    }

    private Shelf shelf(Record.Place place) {
        List<Record> live =
                records.values().stream().filter(r -> r.place().equals(place)).toList();
        return new Shelf(live, live.stream().collect(Collectors.toMap(Record::label, Record::version)));
    }

    private List<Record> within(Arc arc) {
        return records.values().stream().filter(r -> arc.contains(r.key())).toList();
    }

    @Override
    public void changes(Arc arc, long since, Consumer<Optional<Page>> then) {
        List<Record> page = within(arc).stream()
                .filter(r -> positions.get(r.id()) > since)
                .limit(PAGE)
                .toList();
        long last =
                page.isEmpty() ? since : positions.get(page.get(page.size() - 1).id());
        then.accept(found(new Page(page, last)));
    }

    @Override
    public void after(Optional<Identifier> key, Consumer<Optional<List<Record>>> then) {
        Map<Identifier, List<Record>> byKey = new TreeMap<>(Comparator.naturalOrder());
        records.values().stream()
                .filter(r -> key.map(k -> r.key().compareTo(k) > 0).orElse(true))
                .forEach(r ->
                        byKey.computeIfAbsent(r.key(), k -> new ArrayList<>()).add(r));
        then.accept(
                found(byKey.values().stream().limit(PAGE).flatMap(List::stream).toList()));
    }

    @Override
    public void fingerprints(Arc arc, Consumer<Optional<Fingerprints>> then) {
        Fingerprints prints = new Fingerprints();
        within(arc).forEach(r -> prints.add(r.key(), r.id().print(r.version())));
        then.accept(found(prints));
    }
}
