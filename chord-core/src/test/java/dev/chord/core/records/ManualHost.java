package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.RecordDisk.Claims;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import dev.chord.core.version.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A process at 30 whose clocks stand still, whose questions nobody answers and whose disk may stall, until a
 * test moves them. It follows 20 on the circle and owns the keys between; those at 40 and 50 keep them too.
 */
final class ManualHost implements RecordHost {
    static final long SECOND = 1_000_000;
    static final int WRITE_QUORUM = 2;
    static final Peer SELF = peer(30);
    static final Peer SECOND_HOLDER = peer(40);
    static final Peer THIRD_HOLDER = peer(50);
    static final Arc ARC = new Arc(Identifier.of(20), SELF.id());
    static final Identifier KEY = Identifier.of(25);
    static final Tenure TENURE = new Tenure(1, List.of(SELF, SECOND_HOLDER, THIRD_HOLDER));

    private static final RingSettings RING = new RingSettings(new IdentifierCircle(8), 4, 3, 2, 1);

    final ManualDisk disk = new ManualDisk();
    final List<Record> numbered = new ArrayList<>();
    final List<Command> commands = new ArrayList<>();
    private final List<Consumer<Outcome>> outcomes = new ArrayList<>();
    private final List<Sent<?>> sent = new ArrayList<>();
    private final List<Timer> timers = new ArrayList<>();
    private final NodeState state;
    private long now = 1000 * SECOND;
    private long timeOfDay = 5000 * SECOND;

    private record Timer(long at, Runnable what) {}

    ManualHost() {
        RingView alone = RingView.alone(SELF, RING.successors());
        List<Peer> successors = List.of(SECOND_HOLDER, THIRD_HOLDER, peer(60), peer(20));
        this.state = NodeState.settled(
                RING,
                alone.withSuccessors(alone.successors().rebuilt(successors)).withPredecessor(Optional.of(peer(20))));
    }

    /** A member, of the process whose number is greater by 500. */
    static Peer peer(long id) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(500 + id), 1);
    }

    static Tenure tenure(long epoch, long... holders) {
        return new Tenure(
                epoch, Arrays.stream(holders).mapToObj(ManualHost::peer).toList());
    }

    static Record name(Identifier key, String value) {
        return name(key, value, Version.NONE);
    }

    static Record name(Identifier key, String value, Version version) {
        return new Record(key, Record.NAME, "n", version, false, value.getBytes(), 0, List.of());
    }

    static Record.Id idOf(Identifier key) {
        return name(key, "").id();
    }

    static RecordSettings settings(boolean agreement) {
        return new RecordSettings(agreement, WRITE_QUORUM, RecordLimits.DEFAULT);
    }

    /** The engine of a process that starts with what its disk has. */
    RecordEngine engine(boolean agreement) {
        return new RecordEngine(this, settings(agreement), new RecordEngine.Start(disk.claims(), disk.epoch(), now));
    }

    /** The same, where the holders of the process's arc have agreed on who they are. */
    RecordEngine engineOfOwner() {
        Claims claims = new Claims(List.of(new ArcMap.Piece<>(ARC, Claim.NONE.establish(TENURE))), Map.of());
        disk.put(new RecordDisk.Batch(List.of(), Optional.of(claims), TENURE.epoch(), List.of()));
        return engine(true);
    }

    // ---- the time

    /** Lets time go by on both clocks; what is due happens, in its order. */
    void advance(long time) {
        long until = now + time;
        for (Optional<Timer> due = due(until); due.isPresent(); due = due(until)) {
            timers.remove(due.get());
            forward(Math.max(0, due.get().at - now));
            due.get().what.run();
        }
        forward(until - now);
    }

    private void forward(long time) {
        now += time;
        timeOfDay += time;
    }

    private Optional<Timer> due(long until) {
        return timers.stream().filter(t -> t.at <= until).min(Comparator.comparingLong(Timer::at));
    }

    /** Changes the time of day alone: the machine slept, or somebody set its clock. */
    void jump(long time) {
        timeOfDay += time;
    }

    // ---- what was asked of others

    /** A question on its way. */
    final class Sent<A> {
        private final Peer to;
        private final Question<A> question;
        private final Replies<A> replies;

        private Sent(Peer to, Question<A> question, Replies<A> replies) {
            this.to = to;
            this.question = question;
            this.replies = replies;
        }

        Question<A> question() {
            return question;
        }

        void answer(A answer) {
            if (sent.remove(this)) {
                replies.heard(answer, () -> {});
                replies.ended(true);
            }
        }

        /** No answer comes. */
        void fail() {
            if (sent.remove(this)) {
                replies.ended(false);
            }
        }
    }

    /** The first question of a kind to somebody that has had no answer yet. */
    @SuppressWarnings("unchecked") // a question of this type is sent with answers of its type
    <A> Optional<Sent<A>> asked(Peer to, Class<? extends Question<A>> type) {
        return sent.stream()
                .filter(s -> s.to.equals(to) && type.isInstance(s.question))
                .map(s -> (Sent<A>) s)
                .findFirst();
    }

    /** Answers every question for a lease: the holder still serves the tenure. */
    void giveLeases() {
        for (Peer holder : List.of(SECOND_HOLDER, THIRD_HOLDER)) {
            asked(holder, Question.Lease.class).ifPresent(s -> s.answer(new Question.Word(true, List.of())));
        }
    }

    // ---- what the engine needs

    @Override
    public long now() {
        return now;
    }

    @Override
    public long timeOfDay() {
        return timeOfDay;
    }

    @Override
    public void after(long delay, Runnable what) {
        timers.add(new Timer(now + delay, what));
    }

    @Override
    public List<NodeState> members() {
        return List.of(state);
    }

    @Override
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        commands.add(command);
        outcomes.add(then);
    }

    /** Ends the last command: these come at the point that was looked up, and after it. */
    void found(Peer... chain) {
        Command.FindSuccessor last = (Command.FindSuccessor) commands.get(commands.size() - 1);
        Lookup.Result result = new Lookup.Result(last.key(), Optional.empty(), List.of(chain), List.of());
        outcomes.get(commands.size() - 1).accept(new Outcome.LookedUp(result));
    }

    @Override
    public void taken(Identifier member, Event.ArcTaken end) {
        throw new AssertionError("nothing is taken over here");
    }

    @Override
    public <A> void ask(Peer peer, Question<A> question, long limit, Replies<A> replies) {
        Sent<A> one = new Sent<>(peer, question, replies);
        sent.add(one);
        after(limit, one::fail);
    }

    @Override
    public RecordDisk disk() {
        return disk;
    }

    @Override
    public void numbered(Record now) {
        numbered.add(now);
    }

    @Override
    public void replaced(Record before, Record now) {
        // blocks are not kept here
    }

    /** Where the answer to a question of another process goes. */
    static final class Heard<A> implements Sink<A> {
        final List<A> answers = new ArrayList<>();
        boolean refused;
        boolean ended;

        @Override
        public void send(A answer, Consumer<Boolean> then) {
            answers.add(answer);
            then.accept(true);
        }

        @Override
        public void end() {
            ended = true;
        }

        @Override
        public void refuse(String why) {
            refused = true;
        }

        boolean silent() {
            return answers.isEmpty() && !refused && !ended;
        }

        A only() {
            if (answers.size() != 1 || !ended) {
                throw new AssertionError("not one answer: " + answers + (refused ? ", refused" : ""));
            }
            return answers.get(0);
        }
    }

    /** What an engine answers to a question of another process that means this one. */
    static <A> Heard<A> serve(RecordEngine engine, Question<A> question) {
        return serve(engine, question, SELF.process());
    }

    static <A> Heard<A> serve(RecordEngine engine, Question<A> question, Identifier meant) {
        Heard<A> heard = new Heard<>();
        engine.serve(question, meant, heard);
        return heard;
    }
}
