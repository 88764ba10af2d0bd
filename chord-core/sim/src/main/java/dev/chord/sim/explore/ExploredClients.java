package dev.chord.sim.explore;

import dev.chord.core.check.RecordInvariants;
import dev.chord.core.check.RecordInvariants.Seen;
import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.records.Record;
import dev.chord.core.records.Write;
import dev.chord.core.records.WriteWindow;
import dev.chord.core.version.Version;
import dev.chord.sim.History;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import dev.chord.sim.Linearizability;
import dev.chord.sim.SimulatedValue;
import dev.chord.sim.explore.RecordModel.Bound;
import dev.chord.sim.explore.RecordWorld.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The clients of an explored world, and what they are told. Each does one thing after the other, asks whoever
 * owns the name, and goes on when it has an answer or when nobody answers any more. An answer is told at
 * once: nobody waits for less.
 */
final class ExploredClients {
    static final int NOBODY = -1;

    private final RecordWorld world;
    private final List<Client> clients = new ArrayList<>();
    private final Map<Integer, WriteWindow.Stamp> stamps = new HashMap<>();
    private final List<Seen> seen = new ArrayList<>();
    private final List<Attempt> attempts = new ArrayList<>();
    private final Set<Long> refused = new HashSet<>();
    private Optional<Record> lastSeen = Optional.empty();
    private Optional<Record> acknowledged = Optional.empty();
    private long moment;
    private long history;
    private boolean answered;

    private static final class Client {
        private final int number;
        private final List<Kind> does;
        private int next;
        private Optional<Attempt> now = Optional.empty();

        Client(int number, List<Kind> does) {
            this.number = number;
            this.does = does;
        }
    }

    ExploredClients(RecordWorld world) {
        this.world = world;
        for (List<Kind> does : world.model().clients()) {
            clients.add(new Client(clients.size(), does));
        }
    }

    /** All that the clients have done and heard, in its order. */
    long history() {
        return history;
    }

    private void hears(long what) {
        moment++;
        history = RecordWorld.mix(history, what);
        world.somethingHappens();
    }

    // ---- moves

    void moves(List<RecordMove> moves) {
        for (Client client : clients) {
            boolean free = client.now.map(Attempt::isOver).orElse(true);
            boolean open = client.now.map(a -> !a.isEnded()).orElse(false);
            for (int p = 0; p < ExploredProcess.COUNT; p++) {
                boolean owner = world.process(p).owns();
                if (owner && free && client.next < client.does.size()) {
                    moves.add(new RecordMove(RecordMove.Kind.BEGIN, client.number, p));
                }
                if (owner && open && world.mayHappen(Bound.AGAIN)) {
                    moves.add(new RecordMove(RecordMove.Kind.AGAIN, client.number, p));
                }
            }
        }
    }

    void begin(int number, int at) {
        Client client = clients.get(number);
        client.now.ifPresent(Attempt::leave);
        hears(RecordWorld.mix(11, number * 8L + at));
        Attempt attempt = new Attempt(number, client.does.get(client.next++));
        attempts.add(attempt);
        client.now = Optional.of(attempt);
        attempt.ask(at);
    }

    void again(int number, int at) {
        world.happens(Bound.AGAIN);
        Attempt attempt = clients.get(number).now.orElseThrow();
        hears(RecordWorld.mix(12, number * 8L + at));
        attempt.progress = Progress.ASKING;
        attempt.ask(at);
    }

    String told(int number) {
        Client client = clients.get(number);
        return "client " + number + " " + client.does.get(Math.min(client.next, client.does.size() - 1));
    }

    /** Whether somebody waits for an answer that may not come. */
    boolean waits() {
        return clients.stream().anyMatch(c -> c.now.map(a -> !a.isOver()).orElse(false));
    }

    /** Nothing more will happen by itself: whoever waits does so in vain. */
    void giveUp() {
        hears(14);
        clients.stream()
                .flatMap(c -> c.now.stream())
                .filter(a -> !a.isOver())
                .forEach(a -> a.progress = Progress.STUCK);
    }

    // ---- one thing that a client does

    private enum Progress {
        ASKING,
        /** Nobody answers any more, or it was not told what has become of it. */
        STUCK,
        ENDED
    }

    private final class Attempt {
        private final int client;
        private final Kind kind;
        private final long operation = attempts.size() + 1;
        private final long start = moment;
        private final Optional<Record> expected;
        private long value;
        private long end = History.NEVER;
        private Result result = Result.UNKNOWN;
        private int tries;
        private int unanswered;
        private Progress progress = Progress.ASKING;
        private boolean mayHaveActed;

        Attempt(int client, Kind kind) {
            this.client = client;
            this.kind = kind;
            this.expected = lastSeen.filter(r -> !r.deleted());
            this.value = kind == Kind.DELETE || kind == Kind.READ ? History.ABSENT : operation;
        }

        boolean isEnded() {
            return progress == Progress.ENDED;
        }

        /** Whether its client may go on. */
        boolean isOver() {
            return progress != Progress.ASKING;
        }

        void ask(int at) {
            ExploredProcess process = world.process(at);
            int mine = ++tries;
            int life = process.life();
            long id = RecordWorld.mix(RecordWorld.mix(13, operation), mine);
            Optional<WriteWindow.Stamp> stamp = Optional.ofNullable(stamps.get(at));
            unanswered++;
            world.send(new Message(
                    id,
                    NOBODY,
                    at,
                    kind + " of client " + client,
                    () -> process.isUp() && !(isEnded() && kind == Kind.READ),
                    () -> {
                        process.hears(id);
                        if (kind == Kind.READ) {
                            process.engine()
                                    .read(
                                            new Record.Place(ExploredProcess.KEY, Record.NAME),
                                            answer -> heard(process, life, () -> read(answer)));
                        } else {
                            process.engine()
                                    .write(
                                            List.of(write(stamp)),
                                            answers -> heard(process, life, () -> wrote(at, stamp, answers.get(0))));
                        }
                    }));
        }

        private Write write(Optional<WriteWindow.Stamp> stamp) {
            return new Write(
                    SimulatedValue.name(ExploredProcess.KEY, Version.NONE, operation, kind == Kind.DELETE, List.of()),
                    kind == Kind.COMPARE_AND_SET
                            ? Optional.of(expected.map(Record::version).orElse(Version.NONE))
                            : Optional.empty(),
                    operation,
                    stamp);
        }

        private void heard(ExploredProcess process, int life, Runnable what) {
            if (!isEnded() && process.life() == life) {
                unanswered--;
                hears(RecordWorld.mix(operation, process.says()));
                what.run();
                answered = true;
            }
        }

        private void read(Write.Read answer) {
            if (answer.records().isEmpty()) {
                progress = Progress.STUCK;
                return;
            }
            Optional<Record> record = answer.records().get().stream().findFirst();
            lastSeen = record.or(() -> lastSeen);
            value = shown(record);
            tell(record, false);
            end(Result.OK);
        }

        private static long shown(Optional<Record> record) {
            return record.filter(r -> !r.deleted()).map(SimulatedValue::of).orElse(History.ABSENT);
        }

        private void tell(Optional<Record> record, boolean written) {
            seen.add(new Seen(start, moment, record.map(Record::version).orElse(Version.NONE), written));
        }

        private void wrote(int at, Optional<WriteWindow.Stamp> shown, Write.Answer answer) {
            if (answer instanceof Write.Written written) {
                lastSeen = Optional.of(written.record());
                acknowledged = acknowledged
                        .filter(a -> a.version().newerThan(written.record().version()))
                        .or(() -> lastSeen);
                tell(lastSeen, true);
                end(Result.OK);
            } else if (answer instanceof Write.Conflict conflict) {
                lastSeen = conflict.current();
                boolean itself = mayHaveActed || unanswered > 0;
                value = itself ? value : shown(conflict.current());
                end(itself ? Result.UNKNOWN : Result.CONFLICT);
            } else if (answer instanceof Write.Stale stale
                    && !Optional.of(stale.stamp()).equals(shown)) {
                stamps.put(at, stale.stamp());
                ask(at);
            } else {
                mayHaveActed |= answer instanceof Write.Unknown;
                progress = Progress.STUCK;
            }
        }

        private void end(Result how) {
            progress = Progress.ENDED;
            result = how;
            end = how == Result.UNKNOWN ? History.NEVER : moment;
            if (how == Result.CONFLICT) {
                refused.add(operation);
            }
        }

        /** Its client does something else: what was asked for may still happen. */
        void leave() {
            if (!isEnded() && kind != Kind.READ && !mayHaveActed && unanswered == 0) {
                end(Result.FAILED);
                refused.add(operation);
            }
        }

        Operation told() {
            return new Operation(kind, ExploredProcess.KEY, value, shown(expected), start, end, result);
        }
    }

    // ---- judging

    /** Judges what has been answered since it was last judged, and what the disks have. */
    void judge() {
        if (answered) {
            judgeAnswers();
        }
        answered = false;
        judgeCopies();
    }

    private void judgeAnswers() {
        List<Operation> told = attempts.stream()
                .filter(a -> a.isEnded() || a.kind != Kind.READ)
                .map(Attempt::told)
                .toList();
        Linearizability.violation(told).ifPresent(why -> world.judge(Optional.of(new Violation("Linearizable", why))));
        world.judge(RecordInvariants.laterIsNewer(seen));
    }

    private void judgeCopies() {
        List<Record> copies = world.copies();
        acknowledged.ifPresent(record -> world.judge(RecordInvariants.lasts(record, copies)));
        world.judge(RecordInvariants.refusedIsNowhere(refused, world.kept()));
    }
}
