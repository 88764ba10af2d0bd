package dev.chord.sim.burn;

import dev.chord.core.check.RecordInvariants;
import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.check.WriteLedger;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.records.Record;
import dev.chord.core.records.Write;
import dev.chord.sim.History;
import dev.chord.sim.Linearizability;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.client.SimulatedClient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Judges the data of a run: by what disks were given, by what clients were told, and by what there is in
 * the end.
 */
final class BurnJudge {
    /** What is shown of copies while an owner is silent fits into the one history of the name. */
    private static final String COPIES = "CopiesAreLinearizable";

    /** In the end nobody refuses what it owns, and those that keep its records are those that should. */
    static final String REFUSED = "NothingRefusedAfterHealing";

    /**
     * What today's rules do not hold, whatever the faults: judged only where a plan asks for it, and listed
     * in {@code known-violations.txt}.
     */
    static final Set<String> NOT_HELD = Set.of("WrittenIsOwn", "OneVersionPerWrite", COPIES);

    private final BurnPlan plan;
    private final SimulatedRing ring;
    private final SimulatedClient client;
    private final History history;
    private final Map<Identifier, WriteLedger> ledgers = new TreeMap<>();
    private final Map<Identifier, List<RecordInvariants.Seen>> seen = new TreeMap<>();
    private final RecordInvariants.Versions versions = new RecordInvariants.Versions();
    private final Set<Long> kept = new HashSet<>();
    private final Set<Long> refused = new HashSet<>();
    private final Map<Long, Identifier> asked = new TreeMap<>();

    BurnJudge(BurnPlan plan, SimulatedRing ring, SimulatedClient client, History history) {
        this.plan = plan;
        this.ring = ring;
        this.client = client;
        this.history = history;
    }

    private Optional<Violation> judged(Optional<Violation> violation) {
        return violation.filter(
                v -> !NOT_HELD.contains(v.invariant()) || plan.strict().contains(v.invariant()));
    }

    // ---- while it runs

    /** An owner has carried out a write. */
    void carriedOut(Identifier key, Record record) {
        ledger(key).carriedOut(record);
        asked.put(record.digest().operation(), key);
    }

    /** A disk keeps a record. */
    Optional<Violation> kept(Record record) {
        kept.add(record.digest().operation());
        return judged(versions.seen(record));
    }

    /** Hears what clients are told. */
    SimulatedClient.Listener listener(Consumer<Violation> fail) {
        return new SimulatedClient.Listener() {
            @Override
            public void written(Write write, Record told) {
                judged(RecordInvariants.writtenIsOwn(write, told)).ifPresent(fail);
            }

            @Override
            public void refused(long operation) {
                refused.add(operation);
            }

            @Override
            public void sameAgain(Identifier key, long value) {
                judged(Optional.of(new Violation("OneVersionPerWrite", key + " has " + value + " in two versions")))
                        .ifPresent(fail);
            }

            @Override
            public void shown(Identifier key, RecordInvariants.Seen what) {
                seen.computeIfAbsent(key, k -> new ArrayList<>()).add(what);
            }
        };
    }

    private WriteLedger ledger(Identifier key) {
        return ledgers.computeIfAbsent(key, k -> new WriteLedger());
    }

    // ---- in the end

    /** Where those that should hold a record do not have the same. */
    Optional<Violation> replicasDisagree() {
        Set<Identifier> keys = new TreeSet<>(history.byKey().keySet());
        keys.addAll(client.acknowledged().keySet());
        return keys.stream()
                .flatMap(key ->
                        RecordInvariants.replicasAgree(copies(key))
                                .map(v -> new Violation(v.invariant(), key + ": " + v.detail()))
                                .stream())
                .findFirst();
    }

    /** Where {@link #REFUSED} does not hold. */
    Optional<Violation> refused() {
        return ring.processes().stream()
                .filter(p -> !p.records().refused().isEmpty() || !p.records().upToDate())
                .map(p -> new Violation(REFUSED, p + " " + p.records().refused()))
                .findFirst();
    }

    private List<Optional<Record>> copies(Identifier key) {
        return holdersOf(key, ring.processes()).stream()
                .map(p -> p.store().get(key))
                .toList();
    }

    // The first r processes at and after the key.
    private List<SimulatedProcess> holdersOf(Identifier key, Collection<SimulatedProcess> among) {
        TreeMap<Identifier, SimulatedProcess> byId = new TreeMap<>();
        among.forEach(p -> p.members().stream()
                .map(NodeState::self)
                .filter(self -> p.member(self.id()).orElseThrow().phase().routes())
                .forEach(self -> byId.put(self.id(), p)));
        List<SimulatedProcess> order = new ArrayList<>(byId.tailMap(key, true).values());
        order.addAll(byId.headMap(key, false).values());
        return order.stream()
                .distinct()
                .limit(plan.settings().ring().replicas())
                .toList();
    }

    /**
     * What does not hold.
     *
     * @param ordered whether every name has one history, or may have had two owners
     */
    Optional<Violation> end(boolean ordered) {
        List<Violation> found = new ArrayList<>();
        replicasDisagree().ifPresent(found::add);
        RecordInvariants.refusedIsNowhere(refused, kept).ifPresent(found::add);
        client.acknowledged()
                .forEach((key, record) -> RecordInvariants.lasts(
                                record,
                                copies(key).stream().flatMap(Optional::stream).toList())
                        .ifPresent(found::add));
        client.acknowledgedWrites().forEach((key, writes) -> vanished(key, writes, found));
        history.byKey().forEach((key, operations) -> {
            invented(key, operations, found);
            converged(key, operations, found);
            if (ordered) {
                // where holders agree nobody believes copies
                Linearizability.violation(operations.stream()
                                .map(o -> plan.settings().quorum() ? o.asRead() : o)
                                .filter(o -> o.kind() != History.Kind.READ_COPIES)
                                .toList())
                        .ifPresent(why -> found.add(new Violation("Linearizable", why)));
                copies(operations, found);
                RecordInvariants.laterIsNewer(seen.getOrDefault(key, List.of()))
                        .map(v -> new Violation(v.invariant(), key + ": " + v.detail()))
                        .ifPresent(found::add);
            }
        });
        if (plan.settings().quorum()) {
            refused().ifPresent(found::add);
        }
        return found.stream().flatMap(v -> judged(Optional.of(v)).stream()).findFirst();
    }

    // Whatever happened: what somebody was told is stored is there, or was overwritten, or its loss is told.
    private void vanished(Identifier key, Set<Long> writes, List<Violation> found) {
        Optional<Record> last = ring.processes().stream()
                .flatMap(p -> p.store().get(key).stream())
                .max(Comparator.comparing(Record::version));
        Set<Long> left = last.map(l -> ledger(key).unaccounted(writes, l, ring.conflicts()))
                .orElse(Set.of());
        if (!left.isEmpty()) {
            found.add(
                    new Violation("NoAcknowledgedWriteVanishes", key + " was " + left + ", is " + last.orElseThrow()));
        }
    }

    private void copies(List<History.Operation> operations, List<Violation> found) {
        if (plan.strict().contains(COPIES)) {
            Linearizability.violation(
                            operations.stream().map(History.Operation::asRead).toList())
                    .ifPresent(why -> found.add(new Violation(COPIES, why)));
        }
    }

    // Each value that is read was written to that name.
    private void invented(Identifier key, List<History.Operation> operations, List<Violation> found) {
        operations.stream()
                .map(History.Operation::asRead)
                .filter(o -> o.kind() == History.Kind.READ && o.value() != History.ABSENT)
                .filter(o -> !asked.getOrDefault(o.value(), Identifier.ZERO).equals(key))
                .forEach(o -> found.add(new Violation("NothingInvented", o.toString())));
    }

    // After healing every reader sees the same.
    private static void converged(Identifier key, List<History.Operation> operations, List<Violation> found) {
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
            found.add(new Violation("OneValueAfterHealing", key + " reads " + values));
        }
    }
}
