package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.sim.History;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import dev.chord.sim.Linearizability;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Clients that read and write names, and what they saw. */
final class NameWorkload {
    private static final String REFUSED = "REFUSED ";
    private static final String UNANSWERED = "UNANSWERED ";

    private final ConcurrentLinkedQueue<Operation> operations = new ConcurrentLinkedQueue<>();
    private final AtomicLong values;
    private final AtomicLong longest = new AtomicLong();
    private final ConcurrentLinkedQueue<Refused> refusals = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> unanswered = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean running = new AtomicBoolean(true);
    private final int names;

    NameWorkload(int names) {
        this(names, 0);
    }

    /** @param after every value that is written is larger, so that several clients write different ones */
    NameWorkload(int names, long after) {
        this.names = names;
        this.values = new AtomicLong(after);
    }

    boolean running() {
        return running.get();
    }

    void stop() {
        running.set(false);
    }

    int count() {
        return operations.size();
    }

    long longestMillis() {
        return longest.get();
    }

    Map<Result, Long> results() {
        return operations.stream().collect(Collectors.groupingBy(Operation::result, Collectors.counting()));
    }

    private static String name(int number) {
        return "fault/" + number;
    }

    private static Identifier content(long value) {
        return Identifier.of(value);
    }

    private static long value(Optional<NameEntry> entry) {
        return entry.map(e -> new BigInteger(1, e.content().toBytes()).longValue())
                .orElse(History.ABSENT);
    }

    /** Goes on until {@link #stop}. */
    void operate(Ring ring, Random own) {
        while (running.get()) {
            int name = own.nextInt(names);
            switch (own.nextInt(8)) {
                case 0, 1 -> write(ring, name);
                case 2, 3 -> compareAndSet(ring, name);
                case 4 -> delete(ring, name);
                default -> read(ring, name);
            }
        }
    }

    private interface Deed {
        /** What was seen or written; empty: nothing to note. */
        Optional<Long> run();
    }

    private void note(Kind kind, int name, long value, long expected, Deed deed) {
        long start = System.nanoTime();
        Result result;
        long seen = value;
        try {
            Optional<Long> found = deed.run();
            if (found.isEmpty()) {
                return;
            }
            seen = found.get();
            result = Result.OK;
        } catch (ChordException e) {
            boolean refused = e.code() == ErrorCode.UNREACHABLE;
            boolean conflict = e.code() == ErrorCode.CONFLICT;
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            if (refused) {
                refusals.add(new Refused(start, System.nanoTime()));
            } else if (!conflict) {
                unanswered.add(millis);
            }
            if (Boolean.getBoolean("chord.names.tell") && !conflict) {
                System.err.printf(
                        "%d client %d: %s of %d: %d ms: %s%n",
                        System.currentTimeMillis() - millis,
                        values.get() / 1_000_000_000L,
                        kind,
                        name,
                        millis,
                        e.getMessage());
            }
            // what was refused has not happened
            seen = conflict ? History.UNTOLD : seen;
            result = conflict ? Result.CONFLICT : kind == Kind.READ || refused ? Result.FAILED : Result.UNKNOWN;
        }
        long end = System.nanoTime();
        longest.accumulateAndGet(TimeUnit.NANOSECONDS.toMillis(end - start), Math::max);
        long until = result == Result.UNKNOWN ? History.NEVER : end;
        operations.add(new Operation(kind, Identifier.of(name), seen, expected, start, until, result));
    }

    void read(Ring ring, int name) {
        note(Kind.READ, name, 0, 0, () -> Optional.of(value(ring.names().find(name(name)))));
    }

    private void write(Ring ring, int name) {
        long value = values.incrementAndGet();
        note(Kind.WRITE, name, value, 0, () -> {
            ring.names().set(name(name), content(value), 1);
            return Optional.of(value);
        });
    }

    private void delete(Ring ring, int name) {
        note(Kind.DELETE, name, History.ABSENT, 0, () -> {
            try {
                ring.names().remove(name(name));
                return Optional.of(History.ABSENT);
            } catch (ChordException e) {
                if (e.code() == ErrorCode.NOT_FOUND) {
                    return Optional.empty(); // there was nothing to delete
                }
                throw e;
            }
        });
    }

    private void compareAndSet(Ring ring, int name) {
        Optional<NameEntry> current;
        try {
            current = ring.names().find(name(name));
        } catch (ChordException e) {
            return;
        }
        if (current.isPresent()) {
            long value = values.incrementAndGet();
            note(Kind.COMPARE_AND_SET, name, value, value(current), () -> {
                ring.names().compareAndSet(name(name), current.get().version(), content(value), 1);
                return Optional.of(value);
            });
        }
    }

    void readAll(Ring ring) {
        for (int name = 0; name < names; name++) {
            read(ring, name);
        }
    }

    /** What was seen, a line each: see {@link #take}. */
    Stream<String> lines() {
        Stream<String> seen = operations.stream().map(NameWorkload::line);
        return Stream.of(
                        seen,
                        refusals.stream().map(r -> REFUSED + r.start() + " " + r.end()),
                        unanswered.stream().map(millis -> UNANSWERED + millis))
                .flatMap(lines -> lines);
    }

    private static String line(Operation o) {
        return String.join(
                " ",
                o.kind().toString(),
                o.key().toHex(),
                Long.toString(o.value()),
                Long.toString(o.expected()),
                Long.toString(o.start()),
                Long.toString(o.end()),
                o.result().toString());
    }

    /** Takes in what a client in another process of this machine has seen: their clocks are the same one. */
    void take(String line) {
        if (line.startsWith(REFUSED)) {
            String[] times = line.substring(REFUSED.length()).split(" ");
            refusals.add(new Refused(Long.parseLong(times[0]), Long.parseLong(times[1])));
            return;
        }
        if (line.startsWith(UNANSWERED)) {
            unanswered.add(Long.parseLong(line.substring(UNANSWERED.length())));
            return;
        }
        String[] parts = line.split(" ");
        Operation operation = new Operation(
                Kind.valueOf(parts[0]),
                Identifier.ofHex(parts[1]),
                Long.parseLong(parts[2]),
                Long.parseLong(parts[3]),
                Long.parseLong(parts[4]),
                Long.parseLong(parts[5]),
                Result.valueOf(parts[6]));
        operations.add(operation);
    }

    /** When an operation that was refused began and ended, by {@link System#nanoTime}. */
    record Refused(long start, long end) {}

    /** The operations that were refused. */
    List<Refused> refusals() {
        return List.copyOf(refusals);
    }

    /** How long each operation took of which it is not known what came of them, or that nobody answered. */
    List<Long> unanswered() {
        return unanswered.stream().sorted().toList();
    }

    /** Whether each name behaved as if there were one copy of it; how many there were. */
    int judge() {
        Map<Identifier, List<Operation>> byName = operations.stream().collect(Collectors.groupingBy(Operation::key));
        byName.forEach((name, story) -> {
            Optional<String> violation = Linearizability.violation(story);
            if (violation.isPresent()) {
                System.out.println("all of name " + name + ", by when it began:");
                story.stream()
                        .sorted(Comparator.comparingLong(Operation::start))
                        .map(NameWorkload::line)
                        .forEach(System.out::println);
            }
            assertThat(violation).as("name %s", name).isEmpty();
        });
        return byName.size();
    }
}
