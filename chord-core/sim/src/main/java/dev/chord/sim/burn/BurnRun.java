package dev.chord.sim.burn;

import dev.chord.core.check.RingInvariants;
import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Fact;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.protocol.Transition;
import dev.chord.core.records.Record;
import dev.chord.core.ring.Peer;
import dev.chord.core.trace.TraceRecorder;
import dev.chord.sim.History;
import dev.chord.sim.Linearizability;
import dev.chord.sim.SimulatedClient;
import dev.chord.sim.SimulatedNetwork;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.Simulation;
import dev.chord.sim.burn.BurnPlan.Deed;
import dev.chord.sim.burn.BurnPlan.Happening;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Carries out a plan on a simulated ring and judges it: safety after every step that changes the ring, the data by what the
 * clients saw, and liveness once the faults have stopped.
 *
 * <p>What is demanded depends on whether a live member was ever presumed dead, or all were killed at once: then two owners are
 * possible for a while (the protocol's failure assumption is broken), and from that moment on only convergence, success after
 * healing, that nothing acknowledged is lost but to a newer version, and the absence of invented values are.
 */
public final class BurnRun {
    private static final long CHECK = Simulation.SECOND / 2;
    private static final long HEAL_LIMIT = 30 * Simulation.SECOND;

    private final BurnPlan plan;
    private final SimulatedRing ring;
    private final History history = new History();
    private final SimulatedClient client;
    private final BurnDeeds deeds;
    private final Map<Identifier, WriteLedger> ledgers = new TreeMap<>();
    private final Map<Deed, Long> done = new TreeMap<>();
    private final Consumer<String> trace;
    private final Function<SimulatedProcess, Optional<TraceRecorder>> recorders;
    private Optional<Violation> failure = Optional.empty();
    private Optional<String> misled = Optional.empty();
    private long healedAfter;

    private BurnRun(
            BurnPlan plan, Consumer<String> trace, Function<SimulatedProcess, Optional<TraceRecorder>> recorders) {
        this.plan = plan;
        this.trace = trace;
        this.recorders = recorders;
        this.ring = new SimulatedRing(plan.settings(), plan.seed());
        this.client = new SimulatedClient(ring, history);
        this.deeds = new BurnDeeds(plan, ring, client, trace);
        ring.observe(new Watcher());
    }

    /**
     * How a run went.
     *
     * @param misled why the failure assumption does not hold, if it does not
     * @param healedAfter virtual microseconds from the end of the faults to the ideal ring
     */
    public record Report(
            BurnPlan plan,
            Optional<Violation> failure,
            Optional<String> misled,
            History history,
            Map<Deed, Long> deeds,
            long healedAfter,
            long steps) {}

    /** Runs a plan to its end, or to the first violation. */
    public static Report of(BurnPlan plan, Consumer<String> trace) {
        return of(plan, trace, process -> Optional.empty());
    }

    /** The same, while traces are kept of the records of some processes. */
    public static Report of(
            BurnPlan plan, Consumer<String> trace, Function<SimulatedProcess, Optional<TraceRecorder>> recorders) {
        return new BurnRun(plan, trace, recorders).run();
    }

    private Report run() {
        deeds.form();
        for (Happening event : plan.events()) {
            if (failure.isEmpty()) {
                runUntil(event.time());
                happen(event);
            }
        }
        if (failure.isEmpty()) {
            endFaults();
            awaitIdeal();
        }
        if (failure.isEmpty()) {
            readEverything();
        }
        if (failure.isEmpty()) {
            judgeHistory();
        }
        return new Report(plan, failure, misled, history, done, healedAfter, ring.protocolSteps());
    }

    private void happen(Happening event) {
        boolean did = deeds.happen(event);
        trace.accept(event + (did ? "" : " skipped"));
        if (did) {
            done.merge(event.deed(), 1L, Long::sum);
            if (event.deed() == Deed.BLACKOUT && misled.isEmpty()) {
                // the ring forms anew out of isolated members, several at first: as after a partition of all from all
                misled = Optional.of("every process was killed at once");
            }
            check();
        }
    }

    private void runUntil(long time) {
        while (failure.isEmpty() && ring.simulation().now() < time) {
            ring.simulation().runUntil(Math.min(time, ring.simulation().now() + CHECK));
        }
    }

    // ---- what must hold

    /** Looks at every step. */
    private final class Watcher implements SimulatedRing.Observer {
        @Override
        public void stepped(SimulatedProcess at, NodeState before, Transition transition) {
            NodeState after = transition.state();
            boolean same = before.view().successors() == after.view().successors()
                    && before.view().predecessor().equals(after.view().predecessor())
                    && before.ownership() == after.ownership()
                    && before.phase() == after.phase();
            if (!same) {
                trace.accept(line(after));
                check();
            }
        }

        @Override
        public void reported(SimulatedProcess at, Fact fact) {
            if (fact instanceof Fact.PeerPresumedDead dead && misled.isEmpty() && alive(dead.peer())) {
                misled = Optional.of(at + " presumed the live " + dead.peer() + " dead: " + dead.reason());
                trace.accept(misled.get());
            }
        }

        @Override
        public void wrote(Identifier key, Record record) {
            ledger(key).carriedOut(record);
        }

        @Override
        public Optional<TraceRecorder> traces(SimulatedProcess at) {
            return recorders.apply(at);
        }

        @Override
        public void joinFailed(SimulatedProcess at, Outcome outcome) {
            trace.accept(at + " cannot join: " + outcome);
        }

        private boolean alive(Peer peer) {
            return ring.process(peer.endpoint())
                    .flatMap(p -> p.member(peer.id()))
                    .filter(s -> s.self().equals(peer) && s.phase().routes())
                    .isPresent();
        }
    }

    private String line(NodeState state) {
        return String.format(
                "%.6f %s %s succ %s pred %s owns %s",
                ring.simulation().now() / (double) Simulation.SECOND,
                state.self(),
                state.phase(),
                state.view().successors(),
                state.view().predecessor().map(Peer::toString).orElse("-"),
                state.ownership().settled().map(Object::toString).orElse("-"));
    }

    private void check() {
        if (failure.isEmpty() && misled.isEmpty()) {
            failure = RingInvariants.safety(ring.snapshots()).stream().findFirst();
        }
    }

    private void fail(String invariant, String detail) {
        if (failure.isEmpty()) {
            failure = Optional.of(new Violation(invariant, detail));
        }
    }

    private void endFaults() {
        ring.network().heal();
        ring.network().release();
        ring.network()
                .quality(new SimulatedNetwork.Quality(ring.network().quality().delay(), 0, 0));
        deeds.resumeAll();
        deeds.reviveAll();
    }

    private void awaitIdeal() {
        long start = ring.simulation().now();
        while (failure.isEmpty() && !ring.notIdeal().isEmpty()) {
            if (ring.simulation().now() - start > HEAL_LIMIT) {
                fail("EventuallyIdeal", ring.notIdeal().toString());
                return;
            }
            runUntil(ring.simulation().now() + CHECK);
        }
        healedAfter = ring.simulation().now() - start;
    }

    private void readEverything() {
        runUntil(ring.simulation().now() + SimulatedClient.LIMIT + Simulation.SECOND);
        for (Identifier key : List.copyOf(history.byKey().keySet())) {
            for (SimulatedProcess through : ring.processes()) {
                client.read(through, key, o -> {
                    if (o.result() != History.Result.OK) {
                        fail("EverythingSucceedsAfterHealing", o.toString());
                    }
                });
            }
        }
        runUntil(ring.simulation().now() + SimulatedClient.LIMIT + Simulation.SECOND);
        nothingLost();
        nothingVanished();
    }

    // Whatever happened: a version that was acknowledged is there, or a newer one.
    private void nothingLost() {
        List<SimulatedProcess> all = new ArrayList<>(ring.processes());
        client.acknowledged().forEach((key, version) -> {
            if (deeds.holdersOf(key, all).stream().noneMatch(p -> BurnDeeds.holds(p, key, version))) {
                fail("NoAcknowledgedWriteLost", key + " at " + version);
            }
        });
    }

    private WriteLedger ledger(Identifier key) {
        return ledgers.computeIfAbsent(key, k -> new WriteLedger());
    }

    // Whatever happened: what somebody was told is stored is there, or was overwritten, or its loss is told.
    private void nothingVanished() {
        client.acknowledgedWrites().forEach((key, writes) -> {
            Optional<Record> last = ring.processes().stream()
                    .flatMap(p -> p.store().get(key).stream())
                    .max(Comparator.comparing(Record::version));
            Set<Long> left = last.map(l -> ledger(key).unaccounted(writes, l, ring.conflicts()))
                    .orElse(Set.of());
            if (!left.isEmpty()) {
                fail("NoAcknowledgedWriteVanishes", key + " was " + left + ", is " + last.orElseThrow());
            }
        });
    }

    private void judgeHistory() {
        history.byKey().forEach((key, operations) -> {
            for (History.Operation operation : operations) {
                boolean invented = operation.kind() == History.Kind.READ
                        && operation.value() != History.ABSENT
                        && !deeds.wrote(key, operation.value());
                if (invented) {
                    fail("NothingInvented", operation.toString());
                }
            }
            if (misled.isEmpty() || plan.settings().quorum()) {
                Linearizability.violation(operations).ifPresent(why -> fail("Linearizable", why));
            }
        });
        if (failure.isEmpty()) {
            converged();
        }
    }

    // After healing every reader sees the same.
    private void converged() {
        history.byKey().forEach((key, operations) -> {
            long last = operations.stream()
                    .filter(o -> o.kind() == History.Kind.READ)
                    .mapToLong(History.Operation::start)
                    .max()
                    .orElse(0);
            List<Long> values = operations.stream()
                    .filter(o -> o.kind() == History.Kind.READ && o.start() == last)
                    .map(History.Operation::value)
                    .distinct()
                    .toList();
            if (values.size() > 1) {
                fail("OneValueAfterHealing", key + " reads " + values);
            }
        });
    }
}
