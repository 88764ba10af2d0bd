package dev.chord.sim.explore;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.placement.Ownership;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.RecordEngine;
import dev.chord.core.records.RecordHost;
import dev.chord.core.records.RecordLimits;
import dev.chord.core.records.RecordSettings;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One of the explored processes, with a record engine for each of its lives. What it has heard since the
 * beginning, in its order, says all of its state: an engine is a function of that. The ring around it is what
 * the model says: who owns what changes when a member is told to take it, and nobody finds anybody else.
 */
final class ExploredProcess implements RecordHost {
    static final int COUNT = 3;
    static final int REPLICAS = 3;

    private static final int WRITE_QUORUM = 2;
    private static final long FIRST_EPOCH = 3;
    private static final RingSettings RING = new RingSettings(new IdentifierCircle(8), 4, REPLICAS, 2, 1);
    // The one that owns the name first, the one after it and the one before it; so that the first has the
    // largest number.
    private static final long[] PLACES = {50, 10, 30};

    /** The name lies between the last process and the first. */
    static final Identifier KEY = Identifier.of(45);

    final int index;
    private final RecordWorld world;
    private final ExploredDisk disk;
    private final List<Timer> timers = new ArrayList<>();
    private RecordEngine engine;
    private NodeState state;
    private Optional<Long> taking = Optional.empty();
    private boolean up = true;
    private int life;
    private long attempts;
    private long history;
    private long outputs;

    /**
     * @param effective whether anybody still waits for it
     * @param sure whether something comes of it whatever has happened meanwhile
     */
    record Timer(long due, long number, Runnable what, BooleanSupplier effective, boolean sure) {}

    ExploredProcess(RecordWorld world, int index) {
        this.world = world;
        this.index = index;
        this.history = RecordWorld.mix(0, index);
        this.disk = new ExploredDisk(world::kept, () -> world.disk(this));
        this.state = state(view(true), new Ownership(Optional.of(arc(index)), Optional.empty(), firstEpoch()));
        disk.put(new RecordDisk.Batch(List.of(), world.claims(), FIRST_EPOCH, List.of()));
        this.engine = newEngine();
    }

    private long firstEpoch() {
        return index == 0 ? FIRST_EPOCH : 1;
    }

    private RecordEngine newEngine() {
        RecordSettings settings = new RecordSettings(world.model().agreement(), WRITE_QUORUM, RecordLimits.DEFAULT);
        long number = 10L * life + index + 1;
        return new RecordEngine(
                this,
                settings,
                new RecordEngine.Start(disk.contents().claims(), disk.contents().epoch(), number));
    }

    static Peer peer(int index) {
        Identifier id = Identifier.of(PLACES[index]);
        return new Peer(id, new Endpoint("n" + index, 1), "z", Identifier.of(500 + index), 1);
    }

    /** What a process owns in the beginning. */
    static Arc arc(int index) {
        return new Arc(peer((index + 2) % COUNT).id(), peer(index).id());
    }

    // ---- the ring as it sees it

    /** @param everybody whether it believes that the one before it is there */
    private RingView view(boolean everybody) {
        Peer next = peer((index + 1) % COUNT);
        Peer last = peer((index + 2) % COUNT);
        RingView alone = RingView.alone(peer(index), RING.successors());
        List<Peer> others = everybody ? List.of(next, last) : List.of(next);
        Peer before = everybody ? last : next;
        return alone.withSuccessors(alone.successors().rebuilt(others)).withPredecessor(Optional.of(before));
    }

    private static NodeState state(RingView view, Ownership ownership) {
        NodeState s = NodeState.settled(RING, view);
        return new NodeState(
                RING,
                s.phase(),
                view,
                ownership,
                s.notifier(),
                s.admission(),
                s.joining(),
                s.leaving(),
                s.departed(),
                s.taking(),
                s.pending(),
                s.lookups(),
                s.misses(),
                s.remembered(),
                s.gifts(),
                s.lastAsked(),
                s.lastLooked(),
                s.isolation(),
                s.reunionRest(),
                s.reunionPause(),
                s.predecessorHeard(),
                s.unsettled(),
                s.nextFinger(),
                s.nextId());
    }

    private void own(Ownership ownership) {
        state = state(state.view(), ownership);
    }

    boolean owns() {
        return up && state.ownership().answers(KEY);
    }

    boolean isTaking() {
        return taking.isPresent();
    }

    // ---- what happens to it

    boolean isUp() {
        return up;
    }

    int life() {
        return life;
    }

    /** Notes that it hears something. */
    void hears(long what) {
        history = RecordWorld.mix(RecordWorld.mix(history, what), world.now());
        outputs = 0;
    }

    /** What tells something that it says now from all else that anybody says. */
    long says() {
        return RecordWorld.mix(history, ++outputs);
    }

    long history() {
        return history;
    }

    RecordEngine engine() {
        return engine;
    }

    ExploredDisk storage() {
        return disk;
    }

    void crash(boolean diskDone) {
        disk.crash(diskDone);
        up = false;
        life++;
        taking = Optional.empty();
        timers.clear();
        hears(diskDone ? 1 : 2);
    }

    /** It comes back, and owns what nobody else can: the name it has to take over. */
    void restart() {
        up = true;
        hears(3);
        long epoch = state.ownership().epoch();
        Optional<Arc> own = index == 0 ? Optional.empty() : Optional.of(arc(index));
        state = state(view(true), new Ownership(own, Optional.empty(), epoch));
        engine = newEngine();
    }

    /**
     * It takes over the arc of the name: as the one that comes into the ring there, or for one that it
     * believes dead.
     */
    void take() {
        hears(4);
        boolean first = index == 0;
        state = state(view(first), state.ownership());
        List<Peer> sources = first ? List.of(peer(1), peer(2)) : List.of(peer(2));
        taking = Optional.of(++attempts);
        engine.take(peer(index), new Action.TakeArc(attempts, arc(0), sources));
    }

    /** It hears that there is one before it, which takes the arc itself. */
    void notice() {
        hears(5);
        state = state(view(true), state.ownership());
        taking = Optional.empty();
    }

    // ---- time

    void later(long delay, Runnable what, BooleanSupplier effective, boolean sure) {
        timers.add(new Timer(world.now() + delay, says(), what, effective, sure));
    }

    /** What it does first when time passes. */
    Optional<Timer> nextTimer() {
        timers.removeIf(t -> !t.effective().getAsBoolean());
        Optional<Timer> first = Optional.empty();
        for (Timer timer : timers) {
            if (first.isEmpty() || timer.due() < first.get().due()) {
                first = Optional.of(timer);
            }
        }
        return first;
    }

    void fire(Timer timer) {
        timers.remove(timer);
        hears(timer.number());
        timer.what().run();
    }

    // ---- what its engine needs

    @Override
    public long now() {
        return world.now();
    }

    @Override
    public long timeOfDay() {
        return world.now();
    }

    @Override
    public void after(long delay, Runnable what) {
        later(delay, what, () -> true, false);
    }

    @Override
    public List<NodeState> members() {
        return List.of(state);
    }

    @Override
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        Ownership now = state.ownership();
        if (command instanceof Command.Renounce) {
            own(new Ownership(Optional.empty(), Optional.empty(), now.epoch()));
            world.somethingHappens();
            then.accept(new Outcome.Done());
        } else if (command instanceof Command.StartGiving giving) {
            then.accept(startGiving(giving));
        } else if (command instanceof Command.StopGiving stop) {
            own(stop.given() ? now.given() : now.stopGiving());
            then.accept(new Outcome.Done());
        } else {
            then.accept(new Outcome.Declined("nobody finds anybody else here"));
        }
    }

    // As members do it.
    private Outcome startGiving(Command.StartGiving giving) {
        Ownership now = state.ownership();
        boolean unnoticed = giving.asHead()
                && state.view().predecessor().filter(giving.to()::sameMember).isEmpty();
        boolean keeps =
                state.responsibility().map(r -> r.intersects(giving.arc())).orElse(true);
        if (now.giving().isPresent() || unnoticed || keeps) {
            return new Outcome.Declined("not now");
        }
        Optional<Arc> mine = now.givable(giving.arc());
        mine.ifPresent(arc -> own(now.startGiving(giving.arc(), giving.to())));
        return new Outcome.Giving(mine, now.settled().isPresent());
    }

    @Override
    public void taken(Identifier member, Event.ArcTaken end) {
        world.somethingHappens();
        if (taking.filter(attempt -> attempt == end.attempt()).isEmpty()) {
            return;
        }
        taking = Optional.empty();
        boolean done = end.outcome() == Event.TakeOutcome.RELEASED || end.outcome() == Event.TakeOutcome.UNOWNED;
        if (done) {
            own(state.ownership().taken(new Arc(arc(0).from(), peer(index).id()), end.epoch()));
        }
    }

    @Override
    public <A> void ask(Peer peer, Question<A> question, long limit, Replies<A> replies) {
        world.ask(this, new RecordWorld.Asked<>(peer, question, limit, replies));
    }

    @Override
    public RecordDisk disk() {
        return disk;
    }

    @Override
    public void replaced(Record before, Record now) {
        // blocks are not kept here
    }
}
