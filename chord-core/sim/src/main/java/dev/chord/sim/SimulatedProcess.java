package dev.chord.sim;

import dev.chord.core.blocks.BlockEngine;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.placement.Ownership;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.protocol.Table;
import dev.chord.core.protocol.Transition;
import dev.chord.core.records.RecordEngine;
import dev.chord.core.records.Records;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingView;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * One life of a process: hosts members, carries out their actions over the simulated network, and lets their
 * timers fire. A restart is a new object at the same endpoint with the store of the old one.
 */
public final class SimulatedProcess implements EventQueue.Subject {
    private static final Consumer<Reply> NOBODY = reply -> {};

    private final SimulatedRing ring;
    private final Endpoint endpoint;
    private final SimulatedMachine machine;
    private Optional<Records> records = Optional.empty();
    private Optional<BlockEngine> blocks = Optional.empty();
    private boolean keptUp;
    private long passes;
    private NodeState[] members = {};
    private final Map<Long, Consumer<Outcome>> commands = new HashMap<>();
    private final Deque<Runnable> backlog = new ArrayDeque<>();
    private final long born;
    private boolean alive = true;
    private boolean paused;
    private long nextCommand = 1;
    private long bytesSent;

    SimulatedProcess(SimulatedRing ring, Endpoint endpoint, SimulatedMachine machine) {
        this.ring = ring;
        this.endpoint = endpoint;
        this.machine = machine;
        this.born = machine.clock().forward();
        this.keptUp = !ring.settings().quorum();
    }

    public SimulatedRing ring() {
        return ring;
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    public SimulatedDisk store() {
        return machine.disk();
    }

    public SimulatedMachine machine() {
        return machine;
    }

    /** Its records; made when they are first asked for: large rings without any need no room for them. */
    public Records records() {
        if (records.isEmpty()) {
            RecordEngine.Start start = new RecordEngine.Start(store().claims(), store().epoch(), store().nextLife());
            SimulatedRecordHost host = new SimulatedRecordHost(this);
            records = Optional.of(ring.traces(this)
                    .map(recorder -> recorder.open(host, ring.settings().records(), start))
                    .orElseGet(() -> new RecordEngine(host, ring.settings().records(), start)));
        }
        return records.get();
    }

    /** Its blocks; made when somebody first asks for them. */
    public BlockEngine blocks() {
        if (blocks.isEmpty()) {
            blocks = Optional.of(new BlockEngine(
                    new SimulatedBlockHost(this), ring.settings().blocks()));
        }
        return blocks.get();
    }

    /** How often this process has brought everything it holds to where it should be. */
    public long passes() {
        return passes;
    }

    private void repair() {
        repair(false, 0, complete -> passes += complete && keptUp ? 1 : 0);
    }

    /**
     * Brings everything to its places.
     *
     * @param leaving whether this process will be gone
     * @param keep for how long the others are to keep what they get of it
     */
    void repair(boolean leaving, long keep, Consumer<Boolean> then) {
        Consumer<Boolean> afterBlocks = moved -> records()
                .repair(
                        leaving,
                        keep,
                        checked -> {},
                        round -> then.accept(
                                moved && round.filter(r -> r.failed() == 0).isPresent()));
        if (ring.files().isEmpty()) {
            afterBlocks.accept(true);
        } else {
            blocks().repair(leaving, checked -> {}, round -> afterBlocks.accept(round.failed() == 0));
        }
    }

    /** The states of its members. */
    public List<NodeState> members() {
        return Collections.unmodifiableList(Arrays.asList(members));
    }

    public Optional<NodeState> member(Identifier id) {
        int index = indexOf(id);
        return index < 0 ? Optional.empty() : Optional.of(members[index]);
    }

    /** Its only, or first, member. */
    public NodeState first() {
        return members[0];
    }

    public boolean alive() {
        return alive;
    }

    /** Alive and not paused. */
    public boolean running() {
        return alive && !paused;
    }

    /** Bytes of ring messages and answers it has sent, since {@link SimulatedRing#measure}. */
    public long bytesSent() {
        return bytesSent;
    }

    void host(NodeState state) {
        members = Arrays.copyOf(members, members.length + 1);
        members[members.length - 1] = state;
    }

    void startTimers() {
        var timers = ring.settings().timers();
        timers.routines().forEach(this::again);
        if (timers.repair() > 0) {
            repairAgain(timers.repair());
            renewAgain();
        }
    }

    // Owners of names speak for what these need; there is nothing to speak for where no file was ever put.
    private void renewAgain() {
        ring.simulation().after(SimulationSettings.RENEWAL, () -> {
            if (alive) {
                run(() -> {
                    if (!ring.files().isEmpty()) {
                        blocks().round(gone -> {});
                    }
                });
                renewAgain();
            }
        });
    }

    private void again(SimulationSettings.Routine routine) {
        SplittableRandom random = ring.timerStream();
        Delay period = routine.period();
        List<List<Event.Timer>> rounds = routine.rounds();
        ring.simulation().after(period.draw(random), new EventQueue.Foreseen() {
            private int round;

            @Override
            public EventQueue.Subject subject() {
                return SimulatedProcess.this;
            }

            @Override
            public void run() {
                if (!alive) {
                    return;
                }
                List<Event.Timer> timers = rounds.get(round++ % rounds.size());
                if (paused) {
                    backlog.add(() -> tickAll(timers));
                } else {
                    tickAll(timers);
                }
                ring.simulation().after(period.draw(random), this);
            }
        });
    }

    /** Looks at what a step of its first member looks at. */
    @Override
    public int look(int pass) {
        if (members.length == 0) {
            return 0;
        }
        NodeState state = members[0];
        if (pass == 0) {
            return state.phase().ordinal() + (int) state.nextId();
        }
        RingView view = state.view();
        Ownership ownership = state.ownership();
        Table<Long, ?> pending = state.pending();
        if (pass == 1) {
            return pending.size() + (view.predecessor().isPresent() ? 1 : 0) + (int) ownership.epoch();
        }
        return view.successors().entries().size()
                + (int) view.self().weight()
                + (ownership.settled().isPresent() ? 1 : 0);
    }

    private void tickAll(List<Event.Timer> timers) {
        for (int t = 0; t < timers.size(); t++) {
            Event.Timer timer = timers.get(t);
            Event.Tick tick = new Event.Tick(timer);
            for (int i = 0; i < members.length; i++) {
                step(i, tick, NOBODY);
            }
            if (timer == Event.Timer.STABILIZE && ring.settings().quorum()) {
                records().keepUp(done -> keptUp = done);
            }
        }
    }

    private void repairAgain(long period) {
        long jitter = ring.timerStream().nextLong(period / 2 + 1);
        ring.simulation().after(period * 3 / 4 + jitter, () -> {
            if (alive) {
                run(this::repair);
                repairAgain(period);
            }
        });
    }

    /** Runs something now; once it goes on, if it is paused; never, if it is dead. */
    public void run(Runnable what) {
        if (alive && paused) {
            backlog.add(what);
        } else if (alive) {
            what.run();
        }
    }

    /** What this process takes for the time since it was started: no two clocks go at the same rate. */
    long clock() {
        return machine.clock().forward() - born;
    }

    /** Runs something after a time by this process's clock. */
    void after(long delay, Runnable what) {
        ring.simulation().after(machine.clock().virtual(delay), () -> run(what));
    }

    void kill() {
        alive = false;
        machine.clock().wake();
        backlog.clear();
    }

    void pause() {
        paused = true;
    }

    void sleep() {
        paused = true;
        machine.clock().sleep();
    }

    void resume() {
        paused = false;
        machine.clock().wake();
        while (alive && !paused && !backlog.isEmpty()) {
            backlog.poll().run();
        }
    }

    /** Gives a member a command. */
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        long id = nextCommand++;
        commands.put(id, then);
        deliver(member, new Event.Asked(id, command));
    }

    void deliver(Identifier member, Event event) {
        int index = indexOf(member);
        if (index >= 0) {
            step(index, event, NOBODY);
        }
    }

    private int indexOf(Identifier id) {
        for (int i = 0; i < members.length; i++) {
            if (members[i].self().id().equals(id)) {
                return i;
            }
        }
        return -1;
    }

    /** A ring request comes in for a member, or for the process, from a member or a stranger. */
    public void receive(
            Optional<Identifier> target,
            Optional<Peer> from,
            Request request,
            Consumer<Reply> answer,
            Runnable unknown) {
        int index = target.isPresent() ? indexOf(target.get()) : speaker();
        if (index < 0 || members.length == 0) {
            unknown.run();
        } else {
            step(index, new Event.Received(0, from, request), answer);
        }
    }

    // Who answers when the process is meant: one that is in the ring, if there is any.
    private int speaker() {
        for (int i = 0; i < members.length; i++) {
            if (members[i].phase().routes()) {
                return i;
            }
        }
        return 0;
    }

    private void step(int index, Event event, Consumer<Reply> asking) {
        NodeState before = members[index];
        Transition transition = ring.step(this, before, event);
        members[index] = transition.state();
        Peer self = transition.state().self();
        List<Action> actions = transition.actions();
        for (int i = 0; i < actions.size(); i++) {
            act(self, actions.get(i), asking);
        }
    }

    private void act(Peer self, Action action, Consumer<Reply> asking) {
        if (action instanceof Action.Send send) {
            bytesSent += ring.sizes().of(send.request());
            Call.start(this, send.to(), new RingExchange(this, self, send));
        } else if (action instanceof Action.Respond respond) {
            bytesSent += ring.sizes().of(respond.reply());
            asking.accept(respond.reply());
        } else if (action instanceof Action.Finish finish) {
            Consumer<Outcome> then = commands.remove(finish.commandId());
            if (then != null) {
                then.accept(finish.outcome());
            }
        } else if (action instanceof Action.TakeArc take) {
            records().take(self, take);
        } else if (action instanceof Action.Report report) {
            ring.reported(this, report.fact());
        }
    }

    /** A ring message and its answer. */
    private record RingExchange(SimulatedProcess sender, Peer from, Action.Send send) implements Call.Exchange<Reply> {
        @Override
        public void serve(SimulatedProcess at, Call<Reply> call) {
            at.receive(send.target(), Optional.of(from), send.request(), call::answer, call::unknownMember);
        }

        @Override
        public void answered(Reply answer) {
            sender.deliver(from.id(), new Event.Answered(send.requestId(), answer));
        }

        @Override
        public void failed(Event.Failure failure) {
            sender.deliver(from.id(), new Event.Failed(send.requestId(), failure));
        }
    }

    @Override
    public String toString() {
        return endpoint.toString();
    }
}
