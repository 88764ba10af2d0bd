package dev.chord.sim;

import dev.chord.core.check.RingInvariants;
import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.protocol.Chord;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.Fact;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.protocol.Transition;
import dev.chord.core.records.Claim;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.RecordEngine;
import dev.chord.core.records.Tenure;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.trace.TraceRecorder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** A whole ring in virtual time: processes, the network between them, and what can happen to both. */
public final class SimulatedRing {
    /**
     * A place where a process can live, again and again.
     *
     * @param members the identifiers of its members, at least one
     */
    public record Host(Endpoint endpoint, List<Identifier> members) {
        public static Host of(int number, Identifier... members) {
            return new Host(new Endpoint("n" + number, 7450), List.of(members));
        }
    }

    /** Sees all that happens. */
    public interface Observer {
        Observer NONE = (at, before, transition) -> {};

        void stepped(SimulatedProcess at, NodeState before, Transition transition);

        default void reported(SimulatedProcess at, Fact fact) {}

        /** An owner has carried out a write; how many copies of it there will be is not known yet. */
        default void wrote(Identifier key, Record record) {}

        /** A disk has a record now. */
        default void kept(Endpoint at, Record record) {}

        /** A process could not join, and will try again. */
        default void joinFailed(SimulatedProcess at, Outcome outcome) {}

        /** Whether a trace of the records of a process that starts is to be kept. */
        default Optional<TraceRecorder> traces(SimulatedProcess at) {
            return Optional.empty();
        }
    }

    private static final long RETRY_JOIN = Simulation.SECOND / 2;
    private static final double FASTER = 1.25;

    private final Simulation simulation;
    private final SimulationSettings settings;
    private final SimulatedNetwork network;
    private final SplittableRandom timers;
    private final Map<Endpoint, SimulatedProcess> processes = new HashMap<>();
    // The same by the object, which nearly always is the one at hand: found with fewer looks into memory.
    private final Map<Endpoint, SimulatedProcess> byObject = new IdentityHashMap<>();
    private final Map<Endpoint, SimulatedMachine> machines = new HashMap<>();
    private final double slowest;
    private Observer observer = Observer.NONE;
    private MessageSizes sizes = MessageSizes.NONE;
    private final SimulatedFiles files = new SimulatedFiles();
    private long protocolSteps;

    public SimulatedRing(SimulationSettings settings, long seed) {
        this.simulation = new Simulation(seed);
        this.settings = settings;
        this.network = new SimulatedNetwork(simulation, settings.network());
        this.timers = simulation.stream("timers");
        this.slowest = 1 / FASTER + simulation.stream("clocks").nextDouble() * (1 - 1 / FASTER);
    }

    public Simulation simulation() {
        return simulation;
    }

    public SimulationSettings settings() {
        return settings;
    }

    public SimulatedNetwork network() {
        return network;
    }

    public void observe(Observer by) {
        observer = by;
    }

    /** Counts the bytes that each process sends, from now on. */
    public void measure(MessageSizes by) {
        sizes = by;
    }

    /** Steps of the protocol taken by all members. */
    public long protocolSteps() {
        return protocolSteps;
    }

    /** The files that are put into the ring. */
    public SimulatedFiles files() {
        return files;
    }

    SplittableRandom timerStream() {
        return timers;
    }

    // ---- processes

    /** The process at an endpoint, if one is alive there. */
    public Optional<SimulatedProcess> process(Endpoint at) {
        SimulatedProcess process = byObject.get(at);
        return Optional.ofNullable(process == null ? processes.get(at) : process);
    }

    /** The live processes, by endpoint. */
    public Collection<SimulatedProcess> processes() {
        return new TreeMap<>(processes).values();
    }

    /** Starts a process; its members are in no ring yet. */
    public SimulatedProcess start(Host host) {
        SimulatedProcess process = newProcess(host);
        long incarnation = process.store().nextIncarnation();
        host.members()
                .forEach(id -> process.host(NodeState.outside(
                        peer(host, id, incarnation, process.store().births()), settings.ring())));
        process.startTimers();
        return process;
    }

    private SimulatedProcess newProcess(Host host) {
        SimulatedProcess process = new SimulatedProcess(this, host.endpoint(), machine(host.endpoint()));
        SimulatedProcess former = processes.put(host.endpoint(), process);
        if (former != null) {
            byObject.remove(former.endpoint());
        }
        byObject.put(host.endpoint(), process);
        return process;
    }

    /** What is at an endpoint, whether a process lives there or not. */
    public SimulatedMachine machine(Endpoint at) {
        return machines.computeIfAbsent(at, here -> {
            SimulatedMachine machine = new SimulatedMachine(simulation, settings.disk(), here.toString(), rate(here));
            machine.disk().watch(record -> observer.kept(here, record));
            return machine;
        });
    }

    // Of any two clocks the one is faster by a quarter at most; often it is just that.
    private double rate(Endpoint at) {
        SplittableRandom random = simulation.stream("clock of " + at);
        double place = switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> 1;
            default -> random.nextDouble();
        };
        return slowest * (1 + place * (FASTER - 1));
    }

    // A process is what its disk remembers: with an empty one it is another.
    private static Peer peer(Host host, Identifier id, long incarnation, long births) {
        Identifier first = host.members().get(0);
        Identifier process = births == 0 ? first : Identifier.of(births * (1L << 32) + first.lowBits());
        return new Peer(id, host.endpoint(), "z", process, incarnation);
    }

    /** Starts the whole ring in its ideal state. */
    public void startIdeal(List<Host> hosts) {
        List<Peer> all = new ArrayList<>();
        hosts.forEach(h -> h.members().forEach(id -> all.add(peer(h, id, 1, 0))));
        RingOracle oracle = new RingOracle(all, settings.ring());
        Iterator<Peer> members = all.iterator();
        for (Host host : hosts) {
            SimulatedProcess process = newProcess(host);
            process.store().nextIncarnation();
            process.store().put(new RecordDisk.Batch(List.of(), Optional.empty(), 1, List.of()));
            host.members().forEach(id -> process.host(oracle.state(members.next())));
            process.startTimers();
        }
        if (settings.quorum()) {
            Map<Endpoint, ArcMap<Claim>> claims = new HashMap<>();
            members().forEach(owner -> establish(owner, claims));
            Arc everything = new Arc(Identifier.ZERO, Identifier.ZERO);
            claims.forEach((at, map) -> machine(at)
                    .disk()
                    .put(new RecordDisk.Batch(
                            List.of(),
                            Optional.of(new RecordDisk.Claims(map.over(everything), Map.of())),
                            1,
                            List.of())));
        }
    }

    // As if its holders had agreed on it.
    private void establish(NodeState owner, Map<Endpoint, ArcMap<Claim>> claims) {
        Tenure tenure = new Tenure(1, RecordEngine.holders(owner));
        tenure.holders()
                .forEach(holder -> claims.computeIfAbsent(holder.endpoint(), at -> new ArcMap<>(Claim.NONE))
                        .update(owner.ownership().settled().orElseThrow(), claim -> claim.establish(tenure)));
    }

    /** The first process of a new ring. */
    public SimulatedProcess found(Host host) {
        SimulatedProcess process = start(host);
        process.records().found(process.first().self(), epoch -> {
            process.command(host.members().get(0), new Command.Found(epoch.orElseThrow()), outcome -> {});
            List<Identifier> others = host.members().subList(1, host.members().size());
            others.forEach(id -> join(process, id, List.of(host.endpoint())));
        });
        return process;
    }

    /** A process that joins through the seeds, trying until it is in. */
    public SimulatedProcess join(Host host, List<Endpoint> seeds) {
        SimulatedProcess process = start(host);
        host.members().forEach(id -> join(process, id, seeds));
        return process;
    }

    private void join(SimulatedProcess process, Identifier member, List<Endpoint> seeds) {
        process.command(member, new Command.Join(seeds), outcome -> {
            boolean fatal = outcome instanceof Outcome.JoinFailed failed && failed.fatal();
            if (!(outcome instanceof Outcome.Joined)) {
                observer.joinFailed(process, outcome);
                // "fatal" is a member with the same identifier: here the old life, not yet missed
                long pause = fatal ? 4 * RETRY_JOIN : RETRY_JOIN;
                simulation.after(
                        pause + timers.nextLong(RETRY_JOIN),
                        () -> process.run(() -> {
                            if (!process.member(member).orElseThrow().phase().routes()) {
                                join(process, member, seeds);
                            }
                        }));
            }
        });
    }

    /** The process dies at once; its disk keeps what was durable. */
    public void crash(Endpoint at) {
        SimulatedProcess process = processes.remove(at);
        if (process != null) {
            byObject.remove(process.endpoint());
            process.machine().note(known(process));
            process.kill();
            process.store().crash();
        }
    }

    private static List<Peer> known(SimulatedProcess process) {
        return process.members().stream()
                .flatMap(s -> s.remembered().values().stream())
                .toList();
    }

    /** Starts a crashed process again, which finds its way back by peers it remembers; or by the seeds. */
    public SimulatedProcess restart(Host host, List<Endpoint> seeds) {
        List<Peer> known = machine(host.endpoint()).notebook();
        if (known.isEmpty()) {
            return join(host, seeds);
        }
        SimulatedProcess process = start(host);
        for (Identifier id : host.members()) {
            process.command(id, new Command.Recover(known), outcome -> {});
        }
        return process;
    }

    /** Starts a second process with a copy of a live one's disk: it takes itself for that one. */
    public void copy(SimulatedProcess original, Host host) {
        original.machine().note(known(original));
        machine(host.endpoint()).copy(original.machine());
        restart(host, List.of());
    }

    /** The disk of a dead process is replaced by an empty one: it comes back knowing nothing. */
    public void wipe(Endpoint at) {
        machine(at).wipe();
    }

    /** The process hangs: messages and timers wait. */
    public void pause(Endpoint at) {
        process(at).ifPresent(SimulatedProcess::pause);
    }

    /** The machine sleeps: it hangs, and its clock stands still. */
    public void sleep(Endpoint at) {
        process(at).ifPresent(SimulatedProcess::sleep);
    }

    public void resume(Endpoint at) {
        process(at).ifPresent(SimulatedProcess::resume);
    }

    /** A polite leave: the process brings everything to its new places, and goes once it owns nothing. */
    public void leave(Endpoint at) {
        process(at).ifPresent(process -> new SimulatedDeparture(process).start());
    }

    /** The process has left: it is gone for good. */
    void gone(SimulatedProcess process) {
        if (process.alive()) {
            process.kill();
            processes.remove(process.endpoint());
            byObject.remove(process.endpoint());
            process.machine().note(List.of());
        }
    }

    // ---- what members do

    Transition step(SimulatedProcess process, NodeState state, Event event) {
        protocolSteps++;
        Transition transition = Chord.step(state, event);
        observer.stepped(process, state, transition);
        return transition;
    }

    MessageSizes sizes() {
        return sizes;
    }

    void wrote(Identifier key, Record record) {
        observer.wrote(key, record);
    }

    Optional<TraceRecorder> traces(SimulatedProcess process) {
        return observer.traces(process);
    }

    void reported(SimulatedProcess process, Fact fact) {
        observer.reported(process, fact);
    }

    /** What was told, anywhere, of writes lost on one side of a cut; see {@link SimulatedDisk#conflicts}. */
    public List<Record> conflicts() {
        return machines.values().stream()
                .flatMap(machine -> machine.disk().conflicts().stream())
                .toList();
    }

    // ---- the ring as it is

    /** The members of live processes that are in a ring. */
    public List<NodeState> members() {
        List<NodeState> found = new ArrayList<>();
        for (SimulatedProcess process : processes()) {
            process.members().stream().filter(s -> s.phase().routes()).forEach(found::add);
        }
        return found;
    }

    /** The ring as the invariants see it. */
    public List<RingInvariants.Snapshot> snapshots() {
        return members().stream()
                .map(s -> RingInvariants.Snapshot.of(s.neighborhood()))
                .toList();
    }

    /** What keeps the ring from being ideal; empty if nothing does. */
    public List<RingInvariants.Violation> notIdeal() {
        List<RingInvariants.Violation> found = new ArrayList<>(RingInvariants.ideal(snapshots(), settings.ring()));
        for (SimulatedProcess process : processes()) {
            for (NodeState state : process.members()) {
                if (!state.phase().routes()) {
                    found.add(new RingInvariants.Violation("EveryoneInTheRing", state.self() + " is " + state.phase()));
                }
            }
        }
        return found;
    }
}
