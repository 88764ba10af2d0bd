package dev.chord.sim.explore;

import dev.chord.core.check.RecordInvariants;
import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.records.Claim;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.RecordHost;
import dev.chord.core.records.Tenure;
import dev.chord.core.ring.Peer;
import dev.chord.sim.explore.RecordModel.Bound;
import dev.chord.sim.explore.RecordMove.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Three processes, what is on its way between them and what their clients do: one run of an exploration, move
 * by move.
 */
final class RecordWorld {
    private final RecordModel model;
    private final List<ExploredProcess> processes = new ArrayList<>();
    private final ExploredClients clients;
    private final RecordInvariants.Versions versions = new RecordInvariants.Versions();
    private final Set<Long> kept = new HashSet<>();
    private final Deque<Message> sent = new ArrayDeque<>();
    private final List<Message> late = new ArrayList<>();
    private OptionalInt cutOff = OptionalInt.empty();
    private final Map<Bound, Integer> used = new EnumMap<>(Bound.class);
    private long now = 1_000_000_000;
    private long happened;
    private Optional<Violation> violation = Optional.empty();

    /** A question to somebody. */
    record Asked<A>(Peer to, Question<A> question, long limit, RecordHost.Replies<A> replies) {}

    /**
     * Something on its way.
     *
     * @param id tells it from everything else that is ever on its way
     * @param from a process; {@link ExploredClients#NOBODY}: a client
     * @param there whether there is anybody it can get to
     */
    record Message(long id, int from, int to, String what, BooleanSupplier there, Runnable arrive) {}

    RecordWorld(RecordModel model) {
        this.model = model;
        for (int i = 0; i < ExploredProcess.COUNT; i++) {
            processes.add(new ExploredProcess(this, i));
        }
        this.clients = new ExploredClients(this);
    }

    static long mix(long state, long with) {
        long mixed = (state ^ with) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
        return mixed ^ mixed >>> 29;
    }

    RecordModel model() {
        return model;
    }

    long now() {
        return now;
    }

    ExploredProcess process(int index) {
        return processes.get(index);
    }

    /** Who owned what before anything happened had been agreed on. */
    Optional<RecordDisk.Claims> claims() {
        if (!model.agreement()) {
            return Optional.empty();
        }
        List<ArcMap.Piece<Claim>> pieces = IntStream.range(0, ExploredProcess.COUNT)
                .mapToObj(i -> new ArcMap.Piece<>(
                        ExploredProcess.arc(i),
                        Claim.NONE.establish(new Tenure(
                                1,
                                IntStream.range(0, ExploredProcess.COUNT)
                                        .mapToObj(j -> ExploredProcess.peer((i + j) % ExploredProcess.COUNT))
                                        .toList()))))
                .toList();
        return Optional.of(new RecordDisk.Claims(pieces, Map.of()));
    }

    // ---- judging

    void judge(Optional<Violation> found) {
        violation = violation.or(() -> found);
    }

    void kept(Record record) {
        kept.add(record.digest().operation());
        judge(versions.seen(record));
    }

    /** The writes that any disk has ever kept. */
    Set<Long> kept() {
        return kept;
    }

    /** All that the disks have of the name. */
    List<Record> copies() {
        return processes.stream()
                .flatMap(p -> p.storage().contents().get(ExploredProcess.KEY).stream())
                .toList();
    }

    // ---- messages

    void somethingHappens() {
        happened++;
    }

    void send(Message message) {
        happened++;
        sent.add(message);
    }

    /** A process has given its disk a batch. */
    void disk(ExploredProcess process) {
        int life = process.life();
        long id = process.says();
        send(new Message(id, process.index, process.index, "disk", () -> process.life() == life, () -> {
            process.hears(id);
            process.storage().finish();
        }));
    }

    <A> void ask(ExploredProcess from, Asked<A> asked) {
        ExploredProcess to = processes.stream()
                .filter(p -> ExploredProcess.peer(p.index)
                        .endpoint()
                        .equals(asked.to().endpoint()))
                .findFirst()
                .orElseThrow();
        Exchange<A> exchange = new Exchange<>(from, to, asked);
        from.later(asked.limit(), exchange::giveUp, () -> !exchange.ended, true);
        long id = from.says();
        String what = asked.question().getClass().getSimpleName();
        send(new Message(id, from.index, to.index, what, to::isUp, () -> {
            to.hears(id);
            to.engine().serve(asked.question(), asked.to().process(), exchange);
        }));
    }

    /** A question under way, and where its answers go. */
    private final class Exchange<A> implements RecordHost.Sink<A> {
        private final ExploredProcess from;
        private final ExploredProcess to;
        private final Asked<A> asked;
        private final int life;
        private final int served;
        private final Deque<A> answers = new ArrayDeque<>();
        private boolean ended;

        Exchange(ExploredProcess from, ExploredProcess to, Asked<A> asked) {
            this.from = from;
            this.to = to;
            this.asked = asked;
            this.life = from.life();
            this.served = to.life();
        }

        @Override
        public void send(A answer, Consumer<Boolean> then) {
            answers.add(answer);
            then.accept(true);
        }

        @Override
        public void end() {
            back(() -> hear());
        }

        @Override
        public void refuse(String why) {
            back(() -> asked.replies().ended(false));
        }

        private void back(Runnable what) {
            long id = to.says();
            String name = "answer to " + asked.question().getClass().getSimpleName();
            RecordWorld.this.send(
                    new Message(id, to.index, from.index, name, () -> from.life() == life && !ended, () -> {
                        ended = true;
                        from.hears(id);
                        what.run();
                    }));
        }

        private void hear() {
            if (answers.isEmpty()) {
                asked.replies().ended(true);
            } else {
                asked.replies().heard(answers.remove(), this::hear);
            }
        }

        private void giveUp() {
            ended = true;
            asked.replies().ended(false);
        }
    }

    private boolean passes(Message message) {
        boolean crosses = message.from() != message.to()
                && cutOff.isPresent()
                && (message.from() == cutOff.getAsInt() || message.to() == cutOff.getAsInt());
        return !crosses && message.there().getAsBoolean();
    }

    // What cannot arrive is lost.
    private void lose() {
        sent.removeIf(m -> !passes(m));
        late.removeIf(m -> !passes(m));
    }

    // ---- moves

    private int used(Bound what) {
        return used.getOrDefault(what, 0);
    }

    boolean mayHappen(Bound what) {
        return used(what) < model.most(what);
    }

    void happens(Bound what) {
        used.put(what, used(what) + 1);
    }

    List<RecordMove> moves() {
        List<RecordMove> moves = new ArrayList<>();
        if (!sent.isEmpty()) {
            moves.add(RecordMove.of(Kind.DELIVER));
        } else if (nextTimer().isPresent() || clients.waits()) {
            moves.add(RecordMove.of(Kind.WAIT));
        }
        clients.moves(moves);
        troubles(moves);
        if (!sent.isEmpty() && mayHappen(Bound.LATE)) {
            moves.add(RecordMove.of(Kind.DELAY));
        }
        for (int i = 0; i < late.size(); i++) {
            moves.add(new RecordMove(Kind.ARRIVE, i, 0));
        }
        return moves;
    }

    private void troubles(List<RecordMove> moves) {
        for (ExploredProcess p : processes) {
            if (!p.isUp()) {
                moves.add(new RecordMove(Kind.RESTART, p.index, 0));
            } else if (mayHappen(Bound.CRASHES)) {
                moves.add(new RecordMove(Kind.CRASH, p.index, 0));
                if (!p.storage().isIdle()) {
                    moves.add(new RecordMove(Kind.CRASH, p.index, 1));
                }
            }
            if (mayHappen(Bound.TAKES) && mayTake(p)) {
                moves.add(new RecordMove(Kind.TAKE, p.index, 0));
            }
            if (cutOff.isEmpty() && mayHappen(Bound.CUTS)) {
                moves.add(new RecordMove(Kind.CUT, p.index, 0));
            }
        }
        if (cutOff.isPresent()) {
            moves.add(RecordMove.of(Kind.HEAL));
        }
    }

    // Where holders do not agree only what is dead may be taken from.
    private boolean mayTake(ExploredProcess p) {
        boolean free = p.isUp() && !p.owns() && !p.isTaking();
        boolean dead = model.agreement() || !processes.get(0).isUp();
        return free && (p.index == 0 || p.index == 1 && dead);
    }

    void make(RecordMove move) {
        switch (move.kind()) {
            case DELIVER -> sent.remove().arrive().run();
            case DELAY -> {
                happens(Bound.LATE);
                late.add(sent.remove());
            }
            case ARRIVE -> late.remove(move.who()).arrive().run();
            case WAIT -> pass();
            case BEGIN -> clients.begin(move.who(), move.with());
            case AGAIN -> clients.again(move.who(), move.with());
            case CRASH -> {
                happens(Bound.CRASHES);
                processes.get(move.who()).crash(move.with() == 1);
            }
            case RESTART -> processes.get(move.who()).restart();
            case CUT -> {
                happens(Bound.CUTS);
                cutOff = OptionalInt.of(move.who());
            }
            case HEAL -> cutOff = OptionalInt.empty();
            case TAKE -> {
                happens(Bound.TAKES);
                if (move.who() == 0 && processes.get(1).isUp()) {
                    processes.get(1).notice();
                }
                processes.get(move.who()).take();
            }
        }
        lose();
    }

    /** Judges what there is now. */
    Optional<Violation> judged() {
        clients.judge();
        return violation;
    }

    /** What a move is, before it is made. */
    String told(RecordMove move) {
        return switch (move.kind()) {
            case DELIVER, DELAY -> move.kind() + " " + told(sent.getFirst());
            case ARRIVE -> move.kind() + " " + told(late.get(move.who()));
            case WAIT, HEAL -> move.kind().toString();
            case BEGIN, AGAIN -> move.kind() + " " + clients.told(move.who()) + " at n" + move.with();
            default -> move.kind() + " n" + move.who() + (move.with() == 1 ? ", its disk has done all" : "");
        };
    }

    private static String told(Message message) {
        return message.what() + " from " + (message.from() < 0 ? "a client" : "n" + message.from()) + " to n"
                + message.to();
    }

    // ---- time

    private record Due(ExploredProcess process, ExploredProcess.Timer timer) {}

    private Optional<Due> nextTimer() {
        Optional<Due> first = Optional.empty();
        for (ExploredProcess p : processes) {
            Optional<ExploredProcess.Timer> next = p.isUp() ? p.nextTimer() : Optional.empty();
            if (next.isPresent()
                    && (first.isEmpty()
                            || next.get().due() < first.get().timer().due())) {
                first = Optional.of(new Due(p, next.get()));
            }
        }
        return first;
    }

    // Until anything comes of it.
    private void pass() {
        long before = happened;
        for (Optional<Due> due = nextTimer(); due.isPresent() && happened == before; due = nextTimer()) {
            ExploredProcess.Timer timer = due.get().timer();
            now = Math.max(now, timer.due());
            happened += timer.sure() ? 1 : 0;
            due.get().process().fire(timer);
        }
        if (happened == before) {
            clients.giveUp();
        }
    }

    // ---- what state this is

    long digest() {
        long digest = mix(mix(clients.history(), now), cutOff.orElse(ExploredProcess.COUNT));
        for (Bound bound : Bound.values()) {
            digest = mix(digest, used(bound));
        }
        for (ExploredProcess p : processes) {
            digest = mix(digest, p.history());
        }
        for (Message message : sent) {
            digest = mix(digest, message.id());
        }
        long unordered = 0;
        for (Message message : late) {
            unordered += mix(7, message.id());
        }
        return mix(digest, unordered) & Long.MAX_VALUE;
    }
}
