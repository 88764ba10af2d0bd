package dev.chord.sim.burn;

import dev.chord.core.check.RingInvariants;
import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Fact;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.protocol.Transition;
import dev.chord.core.records.Record;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.trace.TraceRecorder;
import dev.chord.sim.History;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.Simulation;
import dev.chord.sim.SimulationSettings;
import dev.chord.sim.burn.BurnPlan.Happening;
import dev.chord.sim.client.SimulatedClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Carries out a plan on a simulated ring and judges it: safety after every step that changes the ring, the
 * data by what the clients saw, and liveness once the faults have stopped.
 *
 * <p>What is demanded depends on whether a live member was ever presumed dead, or all were killed at once:
 * then two owners are possible for a while (the protocol's failure assumption is broken), and from that
 * moment on only convergence, success after healing, that nothing acknowledged is lost but to a newer
 * version, and the absence of invented values are.
 */
public final class BurnRun {
    private static final long CHECK = Simulation.SECOND / 2;
    private static final long HEAL_LIMIT = 60 * Simulation.SECOND;

    private final BurnPlan plan;
    private final SimulatedRing ring;
    private final History history = new History();
    private final SimulatedClient client;
    private final BurnDeeds deeds;
    private final BurnJudge judge;
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
        this.judge = new BurnJudge(plan, ring, client, history);
        ring.observe(new Watcher());
        client.tell(judge.listener(this::fail));
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
        BurnRun run = new BurnRun(plan, trace, recorders);
        try (SimulatedClient client = run.client) {
            return run.run();
        }
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
            deeds.end();
            awaitIdeal();
        }
        if (failure.isEmpty()) {
            readEverything();
        }
        if (failure.isEmpty()) {
            judge();
        }
        return new Report(plan, failure, misled, history, done, healedAfter, ring.protocolSteps());
    }

    private void happen(Happening event) {
        boolean did = deeds.happen(event);
        trace.accept(event + (did ? "" : " skipped"));
        if (did) {
            done.merge(event.deed(), 1L, Long::sum);
            boolean several = event.deed() == Deed.BLACKOUT || event.deed() == Deed.CRASH_SEVERAL;
            if (several && misled.isEmpty()) {
                // the ring forms anew out of isolated members, several at first: as after a partition of all
                // from all
                misled = Optional.of("more were killed at once than the protocol assumes");
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
            judge.carriedOut(key, record);
        }

        @Override
        public void kept(Endpoint at, Record record) {
            judge.kept(record).ifPresent(BurnRun.this::fail);
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
        fail(new Violation(invariant, detail));
    }

    private void fail(Violation violation) {
        if (failure.isEmpty()) {
            failure = Optional.of(violation);
        }
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
    }

    // Replicas are given some time more.
    private void judge() {
        long start = ring.simulation().now();
        boolean settled = plan.settings().quorum();
        while ((judge.replicasDisagree().isPresent()
                        || settled && judge.refused().isPresent())
                && ring.simulation().now() - start < HEAL_LIMIT) {
            runUntil(ring.simulation().now() + CHECK);
        }
        judge.end(misled.isEmpty() || plan.settings().quorum()).ifPresent(this::fail);
        boolean blocks = plan.settings().quorum() || plan.strict().contains(BlockJudge.NAMED_BLOCKS);
        if (failure.isEmpty() && blocks && !ring.files().isEmpty()) {
            runUntil(ring.simulation().now() + 2 * SimulationSettings.BLOCK_GRACE); // what nobody needs goes
            new BlockJudge(ring).end().ifPresent(this::fail);
        }
    }
}
