package dev.chord.sim;

import dev.chord.core.check.RecordInvariants.Seen;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Record;
import dev.chord.core.records.Write;
import dev.chord.core.records.WriteWindow;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Reads and writes through any process, as the client library does: looks the key up, asks its owner, asks again while
 * nobody speaks for the key, or does not answer: a write has one effect however often it is asked for.
 */
public final class SimulatedClient {
    /** Within which every operation ends. */
    public static final long LIMIT = 10 * Simulation.SECOND;

    private static final long PAUSE = Simulation.SECOND / 10;
    private static final long CALL = 3 * Simulation.SECOND;

    private final SimulatedRing ring;
    private final History history;
    private final Map<Identifier, Record> lastSeen = new TreeMap<>();
    private final Map<Identifier, Record> acknowledged = new TreeMap<>();
    private final Map<Identifier, Set<Long>> acknowledgedWrites = new TreeMap<>();
    private final Map<Endpoint, WriteWindow.Stamp> stamps = new HashMap<>(); // as last given by each
    private Listener listener = Listener.NOBODY;

    /** Hears what clients are told. */
    public interface Listener {
        Listener NOBODY = new Listener() {};

        /** A write lasts, and this is the record that it made. */
        default void written(Write asked, Record told) {}

        /** A write has not happened. */
        default void refused(long operation) {}

        /** A write is said not to have happened, though an earlier try of it may have. */
        default void hidden(long operation) {}

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

    /** Reads a name through a process. */
    public void read(SimulatedProcess through, Identifier key, Consumer<Operation> then) {
        new Attempt(through, Kind.READ, key, then).again();
    }

    /** Writes a value that no other write has; compares with what was last seen here if told to. */
    public void write(SimulatedProcess through, Kind kind, Assignment assignment) {
        Attempt attempt = new Attempt(through, kind, assignment.key(), operation -> {});
        attempt.value = kind == Kind.DELETE ? History.ABSENT : assignment.value();
        attempt.unique = assignment.value();
        Optional<Record> seen =
                Optional.ofNullable(lastSeen.get(assignment.key())).filter(r -> !r.deleted());
        attempt.expected = seen.map(SimulatedValue::of).orElse(History.ABSENT);
        attempt.expectedVersion = seen.map(Record::version).orElse(Version.NONE);
        attempt.again();
    }

    /** A value for a key; different for every write. */
    public record Assignment(Identifier key, long value) {}

    /** One operation, however often it has to ask. */
    private final class Attempt {
        private final SimulatedProcess through;
        private final Kind kind;
        private final Identifier key;
        private final Consumer<Operation> then;
        private final long start = ring.simulation().now();
        private long value;
        private long unique;
        private long expected;
        private Version expectedVersion = Version.NONE;
        private final Map<Endpoint, Optional<WriteWindow.Stamp>> shown = new HashMap<>();
        private boolean ended;
        private boolean sent;
        private boolean mayHaveActed;

        Attempt(SimulatedProcess through, Kind kind, Identifier key, Consumer<Operation> then) {
            this.through = through;
            this.kind = kind;
            this.key = key;
            this.then = then;
            ring.simulation().after(LIMIT, () -> end(sent || mayHaveActed ? Result.UNKNOWN : Result.FAILED));
        }

        void again() {
            Optional<NodeState> router =
                    through.members().stream().filter(s -> s.phase().routes()).findFirst();
            if (ended) {
                return;
            }
            if (router.isEmpty()) {
                later();
                return;
            }
            through.run(() -> through.command(router.get().self().id(), new Command.FindSuccessor(key), outcome -> {
                List<Peer> chain =
                        outcome instanceof Outcome.LookedUp up ? up.result().chain() : List.of();
                if (ended) {
                    return;
                }
                if (chain.isEmpty()) {
                    later();
                } else if (kind == Kind.READ) {
                    askRead(chain, chain.get(0), true);
                } else {
                    askWrite(chain.get(0), true);
                }
            }));
        }

        private void later() {
            ring.simulation().after(PAUSE, this::again);
        }

        private void askRead(List<Peer> chain, Peer owner, boolean follow) {
            Record.Place place = new Record.Place(key, Record.NAME);
            call(owner, (at, call) -> at.records().read(place, call::answer), new Ending<Write.Read>() {
                @Override
                public void answered(Write.Read answer) {
                    Optional<Peer> hint = answer.elsewhere().flatMap(Write.NotOwner::hint);
                    if (answer.records().isPresent()) {
                        Optional<Record> record =
                                answer.records().get().stream().findFirst();
                        record.ifPresent(r -> lastSeen.put(key, r));
                        saw(record);
                    } else if (follow && hint.isPresent()) {
                        askRead(chain, hint.get(), false);
                    } else {
                        later();
                    }
                }

                @Override
                public void failed(Event.Failure failure) {
                    later();
                }
            });
        }

        private void saw(Optional<Record> record) {
            value = shown(record);
            tell(record, false);
            end(Result.OK);
        }

        private void tell(Optional<Record> record, boolean written) {
            Version version = record.map(Record::version).orElse(Version.NONE);
            listener.shown(key, new Seen(start, ring.simulation().now(), version, written));
        }

        private static long shown(Optional<Record> record) {
            return record.filter(r -> !r.deleted()).map(SimulatedValue::of).orElse(History.ABSENT);
        }

        private void askWrite(Peer owner, boolean follow) {
            boolean compares = kind == Kind.COMPARE_AND_SET;
            Write write = new Write(
                    SimulatedValue.name(key, Version.NONE, unique, kind == Kind.DELETE, List.of()),
                    compares ? Optional.of(expectedVersion) : Optional.empty(),
                    unique,
                    shown.computeIfAbsent(owner.endpoint(), at -> Optional.ofNullable(stamps.get(at))));
            sent = true;
            Service<Write.Answer> service =
                    (at, call) -> at.records().write(List.of(write), answers -> call.answer(answers.get(0)));
            call(owner, service, new Ending<Write.Answer>() {
                @Override
                public void answered(Write.Answer answer) {
                    wrote(owner, write, answer, follow);
                }

                @Override
                public void failed(Event.Failure failure) {
                    // the one silence after which nothing can have happened
                    mayHaveActed |= !failure.detail().contains("refused");
                    sent = false;
                    later();
                }
            });
        }

        private void wrote(Peer owner, Write asked, Write.Answer answer, boolean follow) {
            if (answer instanceof Write.Written written) {
                listener.written(asked, written.record());
                lasts(written.record());
            } else if (answer instanceof Write.Conflict conflict) {
                conflict.current().ifPresentOrElse(r -> lastSeen.put(key, r), () -> lastSeen.remove(key));
                value = shown(conflict.current());
                conflict.current().ifPresent(r -> tell(Optional.of(r), false));
                conflicts();
            } else if (answer instanceof Write.Unknown) {
                mayHaveActed = true;
                sent = false;
                later();
            } else if (answer instanceof Write.Stale stale) {
                sent = false;
                stamps.put(owner.endpoint(), stale.stamp());
                shown.put(owner.endpoint(), Optional.of(stale.stamp()));
                askWrite(owner, follow);
            } else if (answer instanceof Write.Elsewhere elsewhere
                    && follow
                    && elsewhere.why().hint().isPresent()) {
                sent = false;
                askWrite(elsewhere.why().hint().get(), false);
            } else {
                sent = false;
                later();
            }
        }

        private void conflicts() {
            if (mayHaveActed) { // then it may be this write itself that is in the way
                listener.hidden(unique);
                value = unique;
                end(Result.UNKNOWN);
            } else if (value == expected && value != History.ABSENT) {
                listener.sameAgain(key, value);
                end(Result.FAILED);
            } else {
                end(Result.CONFLICT);
            }
        }

        private void lasts(Record record) {
            lastSeen.put(key, record);
            if (!ended) {
                acknowledged.merge(key, record, (a, b) -> a.version().newerThan(b.version()) ? a : b);
                acknowledgedWrites.computeIfAbsent(key, k -> new TreeSet<>()).add(unique);
                tell(Optional.of(record), true);
            }
            end(Result.OK);
        }

        private void end(Result result) {
            if (!ended) {
                ended = true;
                boolean open = result == Result.UNKNOWN && kind != Kind.READ;
                long end = open ? History.NEVER : ring.simulation().now();
                Result known = result == Result.UNKNOWN && kind == Kind.READ ? Result.FAILED : result;
                Operation operation = new Operation(kind, key, value, expected, start, end, known);
                history.add(operation);
                if (kind != Kind.READ && (known == Result.FAILED || known == Result.CONFLICT)) {
                    listener.refused(unique);
                }
                then.accept(operation);
            }
        }

        private <A> void call(Peer owner, Service<A> service, Ending<A> ending) {
            Call.Exchange<A> exchange = new Call.Exchange<>() {
                @Override
                public void serve(SimulatedProcess at, Call<A> call) {
                    call.watch();
                    service.serve(at, call);
                }

                @Override
                public void answered(A answer) {
                    if (!ended) {
                        ending.answered(answer);
                    }
                }

                @Override
                public void failed(Event.Failure failure) {
                    if (!ended) {
                        ending.failed(failure);
                    }
                }
            };
            through.run(() -> Call.once(through, owner.endpoint(), exchange, CALL));
        }
    }

    private interface Service<A> {
        void serve(SimulatedProcess at, Call<A> call);
    }

    private interface Ending<A> {
        void answered(A answer);

        void failed(Event.Failure failure);
    }
}
