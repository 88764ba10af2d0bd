package dev.chord.sim;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Tenure;
import dev.chord.core.placement.WriteWindow;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.sim.SimulatedStore.Stored;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Records as one process serves them: the rules are core's ({@code Ownership}, {@code Placement}, {@code Version},
 * {@code KeyHandoff}), what happens around them is what a node does with gRPC and a disk.
 */
public final class SimulatedRecords {
    /** Copies that have to be durable before a write is acknowledged. */
    static final int WRITE_QUORUM = 2;

    private static final int REMEMBERED = 1 << 14;

    static final long STORE_TIMEOUT = 2 * Simulation.SECOND; // less than clients wait for the owner

    /**
     * What a client wants of a record.
     *
     * @param value also the number of the write, however often it is asked for
     * @param stamp as this process gave it
     */
    public record Mutation(long value, boolean delete, Optional<Version> expected, Optional<WriteWindow.Stamp> stamp) {}

    /** How a write ended, as far as the owner knows. */
    public enum Verdict {
        WRITTEN,
        CONFLICT,
        /** Too few copies: it may or may not last. */
        UNKNOWN,
        NOT_OWNER,
        /** Not with that stamp. */
        STALE
    }

    /** The owner's answer to a write. */
    public record Written(
            Verdict verdict, Optional<Stored> record, Optional<Peer> hint, Optional<WriteWindow.Stamp> fresh) {
        Written(Verdict verdict, Optional<Stored> record, Optional<Peer> hint) {
            this(verdict, record, hint, Optional.empty());
        }
    }

    /**
     * The answer to a read.
     *
     * @param owner whether the one who answered may say that there is nothing
     */
    public record Read(boolean owner, Optional<Stored> record, Optional<Peer> hint) {}

    private final SimulatedProcess process;
    private final ArcMover arcs;
    private final Tenures tenures;
    private final WriteWindow window;
    private final KeyLocks locks = new KeyLocks();
    private final Map<Identifier, Long> confirmed = new HashMap<>();
    private final Set<Object> writing = new HashSet<>();
    private boolean repairing;
    private boolean keepingUp;
    private boolean keptUp;
    private long passes;

    SimulatedRecords(SimulatedProcess process) {
        this.process = process;
        this.arcs = new ArcMover(process, this);
        this.tenures = new Tenures(process);
        this.window = new WriteWindow(process.store().nextLife(), REMEMBERED);
        this.keptUp = !process.ring().settings().quorum();
    }

    Tenures tenures() {
        return tenures;
    }

    private boolean quorum() {
        return process.ring().settings().quorum();
    }

    // Whether this process may speak for a key as the owner; where holders agree on it, in the tenure they know of.
    private boolean serves(NodeState owner, Identifier key) {
        return !quorum() || tenures.served(owner, key).isPresent();
    }

    private SimulatedStore store() {
        return process.store();
    }

    // ---- at the owner

    Optional<NodeState> owner(Identifier key) {
        return process.members().stream()
                .filter(s -> s.ownership().answers(key))
                .findFirst();
    }

    void write(Identifier key, Mutation mutation, Consumer<Written> then) {
        tenures.settled(
                key,
                () -> locks.lock(key, () -> {
                    Optional<NodeState> owner =
                            owner(key).filter(s -> s.ownership().accepts(key)).filter(s -> serves(s, key));
                    if (owner.isEmpty()) {
                        locks.unlock(key);
                        then.accept(new Written(Verdict.NOT_OWNER, Optional.empty(), hint(key)));
                        return;
                    }
                    Object token = new Object();
                    writing.add(token);
                    Consumer<Written> end = answer -> {
                        writing.remove(token);
                        arcs.writeEnded();
                        locks.unlock(key);
                        then.accept(answer);
                    };
                    if (mutation.expected().isPresent()) {
                        confirm(owner.get(), key, ok -> {
                            if (ok) {
                                writeAs(owner.get(), key, mutation, end);
                            } else {
                                end.accept(new Written(Verdict.NOT_OWNER, Optional.empty(), Optional.empty()));
                            }
                        });
                    } else {
                        writeAs(owner.get(), key, mutation, end);
                    }
                }));
    }

    private void writeAs(NodeState owner, Identifier key, Mutation mutation, Consumer<Written> end) {
        Optional<Stored> current = store().get(key);
        long tenure = quorum()
                ? tenures.served(owner, key).map(Tenure::epoch).orElse(0L)
                : owner.ownership().epoch();
        WriteWindow.Word word = window.ask(mutation.value(), mutation.stamp(), tenure);
        boolean done =
                current.map(r -> r.operations().contains(mutation.value())).orElse(false);
        if (current.isPresent() && (done || word == WriteWindow.Word.DONE)) {
            spreadAs(owner, key, mutation.value(), current.get(), end); // its answer was lost on the way
            return;
        }
        if (word == WriteWindow.Word.STALE) {
            end.accept(new Written(Verdict.STALE, Optional.empty(), Optional.empty(), Optional.of(window.stamp())));
            return;
        }
        Version seen = current.filter(r -> !r.deleted()).map(Stored::version).orElse(Version.NONE);
        if (mutation.expected().filter(v -> !v.equals(seen)).isPresent()) {
            end.accept(new Written(Verdict.CONFLICT, current, Optional.empty()));
            return;
        }
        Version last = current.map(Stored::version).orElse(Version.NONE);
        Version next = last.next(owner.ownership().epoch(), owner.self().id());
        List<Long> operations = WriteWindow.after(
                mutation.value(), current.map(Stored::operations).orElse(List.of()));
        Stored record = new Stored(next, mutation.value(), mutation.delete(), operations);
        process.ring().wrote(key, record);
        spreadAs(owner, key, mutation.value(), record, end);
    }

    private void spreadAs(NodeState owner, Identifier key, long operation, Stored record, Consumer<Written> end) {
        confirmed.remove(key);
        spread(owner, key, record, ok -> {
            if (ok) {
                window.carriedOut(operation);
                confirmed.put(key, owner.ownership().epoch());
            }
            end.accept(new Written(ok ? Verdict.WRITTEN : Verdict.UNKNOWN, Optional.of(record), Optional.empty()));
        });
    }

    void read(Identifier key, Consumer<Read> then) {
        tenures.settled(
                key,
                () -> locks.lock(key, () -> {
                    Optional<NodeState> owner = owner(key).filter(s -> serves(s, key));
                    if (owner.isEmpty()) {
                        locks.unlock(key);
                        then.accept(new Read(false, store().get(key), hint(key)));
                        return;
                    }
                    confirm(owner.get(), key, ok -> {
                        Optional<Stored> record = store().get(key);
                        Consumer<Boolean> end = valid -> {
                            // The arc may have gone meanwhile: then somebody else may have written since.
                            boolean still = valid
                                    && owner(key).filter(s -> serves(s, key)).isPresent();
                            locks.unlock(key);
                            then.accept(new Read(still, record, Optional.empty()));
                        };
                        if (ok && quorum()) {
                            tenures.served(owner.get(), key)
                                    .ifPresentOrElse(
                                            t -> tenures.witness(
                                                    t,
                                                    owner.get()
                                                            .ownership()
                                                            .settled()
                                                            .orElseThrow(),
                                                    key,
                                                    end),
                                            () -> end.accept(false));
                        } else {
                            end.accept(ok);
                        }
                    });
                }));
    }

    // What an owner found when it took an arc, or could not spread far enough, may be gone with the next
    // crash: before it is shown to anybody a quorum has it.
    private void confirm(NodeState owner, Identifier key, Consumer<Boolean> then) {
        Optional<Stored> record = store().get(key);
        Long epoch = confirmed.get(key);
        if (record.isEmpty() || epoch != null && epoch == owner.ownership().epoch()) {
            then.accept(true);
            return;
        }
        spread(owner, key, record.get(), ok -> {
            if (ok) {
                confirmed.put(key, owner.ownership().epoch());
            }
            then.accept(ok);
        });
    }

    private void spread(NodeState owner, Identifier key, Stored record, Consumer<Boolean> then) {
        new Spreading(process, owner, key, record).start(then);
    }

    /** The writes in flight now. */
    Set<Object> writing() {
        return writing;
    }

    private Optional<Peer> hint(Identifier key) {
        for (NodeState state : process.members()) {
            if (state.responsibility().map(a -> a.contains(key)).orElse(false)) {
                return state.view().successors().head();
            }
        }
        return process.members().stream()
                .flatMap(s -> s.view().predecessor().stream())
                .findFirst();
    }

    // ---- at a holder

    /**
     * Keeps a copy, unless a member of this process owns the key itself, or a later tenure was promised: then the sender has been
     * superseded.
     */
    void replicate(Optional<Peer> owner, Map<Identifier, Stored> copies, long epoch, Consumer<Boolean> then) {
        for (Identifier key : copies.keySet()) {
            if (owner.isPresent() && quorum() && store().claims().at(key).promised() > epoch) {
                then.accept(false);
                return;
            }
            Optional<NodeState> mine = owner(key);
            if (owner.isPresent() && mine.isPresent() && !mine.get().self().sameMember(owner.get())) {
                then.accept(false);
                return;
            }
        }
        keep(copies, () -> then.accept(true));
    }

    void keep(Map<Identifier, Stored> copies, Runnable then) {
        int[] left = {copies.size()};
        if (left[0] == 0) {
            then.run();
        }
        copies.forEach((key, record) -> {
            if (store().get(key)
                    .map(old -> record.version().newerThan(old.version()))
                    .orElse(true)) {
                confirmed.remove(key); // whoever brought it, a quorum is not known to have it
            }
            store().heardOf(record.version().epoch());
            store().merge(key, record, () -> {
                if (--left[0] == 0) {
                    then.run();
                }
            });
        });
    }

    Map<Identifier, Stored> within(Arc arc) {
        return within(List.of(arc));
    }

    Map<Identifier, Stored> within(List<Arc> arcs) {
        Map<Identifier, Stored> found = new TreeMap<>();
        store().all().forEach((key, record) -> {
            if (arcs.stream().anyMatch(arc -> arc.contains(key))) {
                found.put(key, record);
            }
        });
        return found;
    }

    // ---- arcs and repair

    void take(Peer self, Action.TakeArc take) {
        arcs.take(self, take);
    }

    ArcMover arcs() {
        return arcs;
    }

    /** Brings everything held here to where it should be; lets go what should not be here, once all holders have it. */
    void repair() {
        if (!repairing) {
            repairing = true;
            new RepairPass(process, false).start(complete -> {
                repairing = false;
                passes += complete && keptUp ? 1 : 0;
            });
        }
    }

    /** Sees to it that those who should keep the records of what is owned here have agreed to. */
    void keepUp() {
        if (!keepingUp) {
            keepingUp = true;
            tenures.keepUp(done -> {
                keepingUp = false;
                keptUp = done;
            });
        }
    }

    /** How often this process has brought everything it holds to where it should be. */
    public long passes() {
        return passes;
    }

    /** Brings everything to those that will hold it once this process has gone. */
    void evacuate(Consumer<Boolean> complete) {
        new RepairPass(process, true).start(complete);
    }

    /** One copy on its way to one holder. */
    record Copying(Peer to, Optional<Peer> owner, Map<Identifier, Stored> copies, long epoch) {
        void start(SimulatedProcess from, Consumer<Boolean> then) {
            Call.Exchange<Boolean> exchange = new Call.Exchange<>() {
                @Override
                public void serve(SimulatedProcess at, Call<Boolean> call) {
                    call.watch();
                    at.records().replicate(owner, copies, epoch, ok -> at.run(() -> call.answer(ok)));
                }

                @Override
                public void answered(Boolean kept) {
                    if (!kept) {
                        owner.ifPresent(o -> from.deliver(o.id(), new Event.Asked(0, new Command.Renounce())));
                    }
                    then.accept(kept);
                }

                @Override
                public void failed(Event.Failure failure) {
                    then.accept(false);
                }
            };
            Call.once(from, to.endpoint(), exchange, STORE_TIMEOUT);
        }
    }
}
