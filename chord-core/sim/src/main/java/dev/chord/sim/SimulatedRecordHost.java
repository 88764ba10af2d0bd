package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.RecordHost;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a record engine needs, out of a simulated process: its clock, its members, the network and its disk.
 */
final class SimulatedRecordHost implements RecordHost {
    private final SimulatedProcess process;
    private final RecordDisk disk;

    SimulatedRecordHost(SimulatedProcess process) {
        this.process = process;
        this.disk = process.store().open(process::run);
    }

    @Override
    public long now() {
        return process.clock();
    }

    @Override
    public long timeOfDay() {
        return process.machine().clock().timeOfDay();
    }

    @Override
    public void after(long delay, Runnable what) {
        process.after(delay, what);
    }

    @Override
    public List<NodeState> members() {
        return process.members();
    }

    @Override
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        process.command(member, command, then);
    }

    @Override
    public void taken(Identifier member, Event.ArcTaken end) {
        process.deliver(member, end);
    }

    @Override
    public RecordDisk disk() {
        return disk;
    }

    @Override
    public void numbered(Record now) {
        process.ring().wrote(now.key(), now);
    }

    @Override
    public void replaced(Record before, Record now) {
        if (!process.ring().files().isEmpty()) {
            SimulatedFiles files = process.ring().files();
            process.blocks().replaced(now.key().toHex(), files.need(before), files.need(now));
            process.blocks().settle(() -> {});
        }
    }

    @Override
    public <A> void ask(Peer peer, Question<A> question, long limit, Replies<A> replies) {
        Call.Exchange<List<A>> exchange = new Call.Exchange<>() {
            @Override
            public void serve(SimulatedProcess at, Call<List<A>> call) {
                call.watch();
                at.records().serve(question, peer.process(), new Collected<>(at, call));
            }

            @Override
            public void answered(List<A> answers) {
                hear(new ArrayDeque<>(answers), replies);
            }

            @Override
            public void failed(Event.Failure failure) {
                replies.ended(false);
            }
        };
        Call.once(process, peer.endpoint(), exchange, limit);
    }

    private static <A> void hear(Deque<A> answers, Replies<A> replies) {
        if (answers.isEmpty()) {
            replies.ended(true);
        } else {
            replies.heard(answers.remove(), () -> hear(answers, replies));
        }
    }

    /** The answers to one question, which go back together. */
    private static final class Collected<A> implements Sink<A> {
        private final SimulatedProcess at;
        private final Call<List<A>> call;
        private final List<A> answers = new ArrayList<>();

        Collected(SimulatedProcess at, Call<List<A>> call) {
            this.at = at;
            this.call = call;
        }

        @Override
        public void send(A answer, Consumer<Boolean> then) {
            answers.add(answer);
            then.accept(at.alive());
        }

        @Override
        public void end() {
            call.answer(answers);
        }

        @Override
        public void refuse(String why) {
            call.decline(new Event.Failure(why, false));
        }
    }
}
