package dev.chord.core.trace;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.RecordHost;
import dev.chord.core.ring.Peer;
import dev.chord.core.trace.Dialogue.GoOn;
import dev.chord.core.trace.RecordTrace.Call;
import dev.chord.core.trace.RecordTrace.Look;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What an engine needs, by way of a dialogue. On the engine's thread. */
public final class TracedHost implements RecordHost, RecordDisk {
    private final Dialogue dialogue;

    public TracedHost(Dialogue dialogue) {
        this.dialogue = dialogue;
    }

    @Override
    public long now() {
        return dialogue.look(Look.NOW, RecordHost::now);
    }

    @Override
    public long timeOfDay() {
        return dialogue.look(Look.TIME_OF_DAY, RecordHost::timeOfDay);
    }

    @Override
    public List<NodeState> members() {
        return dialogue.look(Look.MEMBERS, host -> List.copyOf(host.members()));
    }

    @Override
    public void after(long delay, Runnable what) {
        dialogue.call(
                Call.AFTER,
                List.of(delay),
                (call, now) -> what.run(),
                (host, answers) -> host.after(delay, () -> answers.accept(true)));
    }

    @Override
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        dialogue.call(
                Call.COMMAND,
                List.of(member, command),
                (call, outcome) -> then.accept((Outcome) outcome),
                (host, answers) -> host.command(member, command, answers::accept));
    }

    @Override
    public void taken(Identifier member, Event.ArcTaken end) {
        dialogue.call(Call.TAKEN, List.of(member, end), GoOn.NOT, (host, none) -> host.taken(member, end));
    }

    @Override
    public void numbered(Record now) {
        dialogue.call(Call.NUMBERED, List.of(now), GoOn.NOT, (host, none) -> host.numbered(now));
    }

    @Override
    public void replaced(Record before, Record now) {
        dialogue.call(Call.REPLACED, List.of(before, now), GoOn.NOT, (host, none) -> host.replaced(before, now));
    }

    @Override
    public <A> void ask(Peer peer, Question<A> question, long limit, Replies<A> replies) {
        Asked<A> asked = new Asked<>(replies);
        dialogue.call(
                Call.ASK,
                List.of(peer, question, limit),
                asked::hear,
                (host, answers) -> host.ask(peer, question, limit, asked.from(answers)));
    }

    /** One question on its way. */
    private final class Asked<A> {
        private final Replies<A> replies;
        private Runnable realMore = () -> {};

        Asked(Replies<A> replies) {
            this.replies = replies;
        }

        @SuppressWarnings("unchecked") // as it came from there
        void hear(int call, Object what) {
            if (what instanceof RecordTrace.Heard heard) {
                Runnable more = realMore;
                replies.heard(
                        (A) heard.answer(),
                        () -> dialogue.call(Call.MORE, List.of(call), GoOn.NOT, (host, none) -> more.run()));
            } else {
                replies.ended(((RecordTrace.Over) what).whole());
            }
        }

        Replies<A> from(Consumer<Object> answers) {
            return new Replies<>() {
                @Override
                public void heard(A answer, Runnable more) {
                    realMore = more;
                    answers.accept(new RecordTrace.Heard(answer));
                }

                @Override
                public void ended(boolean whole) {
                    answers.accept(new RecordTrace.Over(whole));
                }
            };
        }
    }

    // ---- the disk

    @Override
    public RecordDisk disk() {
        return this;
    }

    @Override
    public void persist(Batch batch, Consumer<Durability> then) {
        dialogue.call(
                Call.PERSIST,
                List.of(batch),
                (call, done) -> then.accept((Durability) done),
                (host, answers) -> host.disk().persist(batch, answers::accept));
    }

    @Override
    public void read(Collection<Record.Place> places, Consumer<Optional<List<Shelf>>> then) {
        List<Record.Place> order = List.copyOf(places);
        dialogue.call(
                Call.READ,
                List.of(order),
                taking(then),
                (host, answers) -> host.disk().read(order, answers::accept));
    }

    @Override
    public void changes(Arc arc, long since, Consumer<Optional<Page>> then) {
        dialogue.call(
                Call.CHANGES,
                List.of(arc, since),
                taking(then),
                (host, answers) -> host.disk().changes(arc, since, answers::accept));
    }

    @Override
    public void after(Optional<Identifier> key, Consumer<Optional<List<Record>>> then) {
        dialogue.call(
                Call.AFTER_KEY,
                List.of(key),
                taking(then),
                (host, answers) -> host.disk().after(key, answers::accept));
    }

    @Override
    public void fingerprints(Arc arc, Consumer<Optional<Fingerprints>> then) {
        dialogue.call(
                Call.FINGERPRINTS,
                List.of(arc),
                taking(then),
                (host, answers) -> host.disk().fingerprints(arc, answers::accept));
    }

    @SuppressWarnings("unchecked") // as it came from there
    private static <T> GoOn taking(Consumer<T> then) {
        return (call, found) -> then.accept((T) found);
    }
}
