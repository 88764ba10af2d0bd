package dev.chord.sim.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.record.RecordClient;
import dev.chord.client.wire.RecordCodec;
import dev.chord.core.check.RecordInvariants.Seen;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.records.Record;
import dev.chord.core.records.Write;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import dev.chord.sim.History;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.SimulatedValue;
import dev.chord.sim.Simulation;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Reads and writes names through any process, by the program that users run: each process has a client
 * library, as the gateway of a node has, and each operation is a program on it. What is told to the listener
 * is what that program returns or throws.
 */
public final class SimulatedClient implements AutoCloseable {
    /** Within which every operation ends, in microseconds: a client of a process that has died does not. */
    public static final long LIMIT = 10 * Simulation.SECOND;

    private static final Duration PATIENCE = Duration.ofSeconds(9);
    private static final int READ_QUORUM = 2;

    private final SimulatedRing ring;
    private final History history;
    private final Programs programs = new Programs();
    private final Set<Attempt> open = new TreeSet<>();
    private final Map<SimulatedProcess, RecordClient> libraries = new HashMap<>();
    private final Map<Identifier, Record> lastSeen = new TreeMap<>();
    private final Map<Long, Record> inTheWay = new HashMap<>(); // of a write, as the owner answered
    private final Map<Identifier, Record> acknowledged = new TreeMap<>();
    private final Map<Identifier, Set<Long>> acknowledgedWrites = new TreeMap<>();
    private Listener listener = Listener.NOBODY;
    private long attempts;

    /** Hears what clients are told. */
    public interface Listener {
        Listener NOBODY = new Listener() {};

        /** A write lasts, and this is the record that it made. */
        default void written(Write asked, Record told) {}

        /** A write has not happened. */
        default void refused(long operation) {}

        /** There was a conflict with what was expected, under another version. */
        default void sameAgain(Identifier key, long value) {}

        /** What is, or was written, under a key. */
        default void shown(Identifier key, Seen what) {}
    }

    public SimulatedClient(SimulatedRing ring, History history) {
        this.ring = ring;
        this.history = history;
    }

    /** From now on this hears what clients are told. */
    public void tell(Listener who) {
        listener = who;
    }

    /** The newest version of each key of which a client was told that it is stored. */
    public Map<Identifier, Record> acknowledged() {
        return acknowledged;
    }

    /** The number of each write of a name of which a client was told that it is stored, by key. */
    public Map<Identifier, Set<Long>> acknowledgedWrites() {
        return acknowledgedWrites;
    }

    /** Ends every program: nothing is told of those any more. */
    @Override
    public void close() {
        List.copyOf(open).forEach(Attempt::giveUp);
    }

    private RecordClient library(SimulatedProcess at) {
        return libraries.computeIfAbsent(at, process -> {
            SimulatedOutside around = new SimulatedOutside(process, programs, new Messages());
            KeyLocator locator = new KeyLocator(around, List.of(process.endpoint()), key -> guess(process, key));
            int replicas = ring.settings().ring().replicas();
            return new RecordClient(around, locator, replicas, READ_QUORUM);
        });
    }

    // By the table of all members, if the process keeps one: as in a node.
    private static Optional<Lookup.Result> guess(SimulatedProcess process, Identifier key) {
        return process.members().stream()
                .flatMap(state -> state.guess(key).stream())
                .findFirst();
    }

    /** What the messages tell and the library does not: by it judges can be stricter than users. */
    private final class Messages implements SimulatedOutside.Witness {
        @Override
        public void asked(Object question) {
            if (question instanceof ReadRecordsRequest read && programs.isRunning()) {
                programs.current().asks(read.getAnyCopy());
            }
        }

        // An error does not say what is in the way.
        @Override
        public void answered(Object question, Object answer) {
            if (question instanceof WriteRecordsRequest asked && answer instanceof WriteRecordsReply told) {
                for (int i = 0; i < told.getAnswersCount(); i++) {
                    if (told.getAnswers(i).hasConflict()) {
                        Record current = RecordCodec.in(told.getAnswers(i).getConflict());
                        inTheWay.put(asked.getWrites(i).getOperation(), current);
                    }
                }
            }
        }
    }

    /** Reads a name through a process. */
    public void read(SimulatedProcess through, Identifier key, Consumer<Operation> then) {
        new Attempt(through, Kind.READ, key, 0, then).start();
    }

    /** Writes a value that no other write has; compares with what was last seen here if told to. */
    public void write(SimulatedProcess through, Kind kind, Assignment assignment) {
        new Attempt(through, kind, assignment.key(), assignment.value(), operation -> {}).start();
    }

    /** A value for a key; different for every write. */
    public record Assignment(Identifier key, long value) {}

    /** One operation. */
    private final class Attempt implements Comparable<Attempt> {
        private final long number = attempts++;
        private final SimulatedProcess through;
        private final Kind kind;
        private final Identifier key;
        private final long unique;
        private final Consumer<Operation> then;
        private final Programs.Program program;
        private final long start = ring.simulation().now();
        private final Optional<Record> expected;
        private long value;
        private boolean fromCopies;
        private boolean ended;

        Attempt(SimulatedProcess through, Kind kind, Identifier key, long unique, Consumer<Operation> then) {
            this.through = through;
            this.kind = kind;
            this.key = key;
            this.unique = unique;
            this.then = then;
            this.value = kind == Kind.DELETE ? History.ABSENT : unique;
            this.expected = Optional.ofNullable(lastSeen.get(key)).filter(r -> !r.deleted());
            this.program = programs.new Program(unique, kind == Kind.READ ? this::read : this::write);
        }

        @Override
        public int compareTo(Attempt other) {
            return Long.compare(number, other.number);
        }

        void start() {
            open.add(this);
            ring.simulation().after(0, () -> through.run(program::goOn));
            ring.simulation().after(LIMIT, () -> {
                if (!ended) {
                    end(Result.UNKNOWN);
                    giveUp();
                }
            });
        }

        void giveUp() {
            ended = true;
            open.remove(this);
            program.giveUp();
        }

        // ---- the program

        private void read() {
            List<dev.chord.proto.v1.Record> told;
            try {
                told = library(through).read(key, RecordKind.RECORD_KIND_NAME, PATIENCE);
            } catch (ChordException e) {
                end(Result.UNKNOWN);
                return;
            }
            Optional<Record> record = told.stream().findFirst().map(RecordCodec::in);
            record.ifPresent(r -> lastSeen.put(key, r));
            value = shown(record);
            fromCopies = program.askedCopies();
            if (!fromCopies) {
                tell(record, false);
            }
            end(Result.OK);
        }

        private void write() {
            Record wish = SimulatedValue.name(key, Version.NONE, unique, kind == Kind.DELETE, List.of());
            Optional<Version> version = kind == Kind.COMPARE_AND_SET
                    ? Optional.of(expected.map(Record::version).orElse(Version.NONE))
                    : Optional.empty();
            try {
                Record told = RecordCodec.in(library(through)
                        .write(RecordCodec.out(wish), version, PATIENCE)
                        .getRecord());
                listener.written(new Write(wish, version, unique, Optional.empty()), told);
                lasts(told);
            } catch (ChordException e) {
                if (e.code() == ErrorCode.CONFLICT) {
                    conflicts();
                } else {
                    end(e.code() == ErrorCode.UNREACHABLE ? Result.FAILED : Result.UNKNOWN);
                }
            }
        }

        private static long shown(Optional<Record> record) {
            return record.filter(r -> !r.deleted()).map(SimulatedValue::of).orElse(History.ABSENT);
        }

        private void tell(Optional<Record> record, boolean written) {
            Version version = record.map(Record::version).orElse(Version.NONE);
            listener.shown(key, new Seen(start, ring.simulation().now(), version, written));
        }

        private void conflicts() {
            Optional<Record> current = Optional.ofNullable(inTheWay.get(unique))
                    .filter(r -> !r.version().equals(Version.NONE));
            current.ifPresentOrElse(r -> lastSeen.put(key, r), () -> lastSeen.remove(key));
            value = shown(current);
            current.ifPresent(r -> tell(Optional.of(r), false));
            boolean same = value == shown(expected) && value != History.ABSENT;
            if (same) {
                listener.sameAgain(key, value);
            }
            end(same ? Result.FAILED : Result.CONFLICT);
        }

        private void lasts(Record record) {
            lastSeen.put(key, record);
            acknowledged.merge(key, record, (a, b) -> a.version().newerThan(b.version()) ? a : b);
            acknowledgedWrites.computeIfAbsent(key, k -> new TreeSet<>()).add(unique);
            tell(Optional.of(record), true);
            end(Result.OK);
        }

        // A read of unknown outcome is one that saw nothing.
        private void end(Result result) {
            ended = true;
            open.remove(this);
            inTheWay.remove(unique);
            boolean lost = result == Result.UNKNOWN && kind == Kind.READ;
            boolean mayCome = result == Result.UNKNOWN && kind != Kind.READ;
            long end = mayCome ? History.NEVER : ring.simulation().now();
            Result known = lost ? Result.FAILED : result;
            Kind done = fromCopies ? Kind.READ_COPIES : kind;
            Operation operation = new Operation(done, key, value, shown(expected), start, end, known);
            history.add(operation);
            if (kind != Kind.READ && (known == Result.FAILED || known == Result.CONFLICT)) {
                listener.refused(unique);
            }
            then.accept(operation);
        }
    }
}
