package dev.chord.core.trace;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.protocol.Action;
import dev.chord.core.records.Claim;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.records.RecordEngine.Refused;
import dev.chord.core.records.RecordEngine.Round;
import dev.chord.core.records.RecordHost.Sink;
import dev.chord.core.records.Records;
import dev.chord.core.records.Write;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Makes a value of each call of an engine. On the engine's thread. */
final class TracedRecords implements Records {
    private final BiConsumer<Entry, Entry.Answers> enter;

    /** @param enter takes each call, and where its answers go */
    TracedRecords(BiConsumer<Entry, Entry.Answers> enter) {
        this.enter = enter;
    }

    @SuppressWarnings("unchecked") // an answer is what the method called for
    private static <A> Entry.Answers to(Consumer<A> then) {
        return new Entry.Answers() {
            @Override
            public void answered(Object what) {
                then.accept((A) what);
            }
        };
    }

    private <A> A told(Entry question) {
        List<A> answer = new ArrayList<>(1);
        enter.accept(question, TracedRecords.<A>to(answer::add));
        return answer.get(0);
    }

    @Override
    public void write(List<Write> asked, Consumer<List<Write.Answer>> then) {
        enter.accept(new Entry.Wrote(asked), to(then));
    }

    @Override
    public void read(Record.Place place, Consumer<Write.Read> then) {
        enter.accept(new Entry.Read(place), to(then));
    }

    @Override
    public Write.NotOwner notOwner(Identifier key) {
        return told(new Entry.NotOwner(key));
    }

    @Override
    public <A> void serve(Question<A> question, Identifier meant, Sink<A> out) {
        enter.accept(new Entry.Served(question, meant), new ToSink<>(out));
    }

    @SuppressWarnings("unchecked") // an answer is what the question asked for
    private record ToSink<A>(Sink<A> out) implements Entry.Answers {
        @Override
        public void send(Object answer, Consumer<Boolean> then) {
            out.send((A) answer, then);
        }

        @Override
        public void only(Object answer) {
            out.only((A) answer);
        }

        @Override
        public void end() {
            out.end();
        }

        @Override
        public void refuse(String why) {
            out.refuse(why);
        }
    }

    @Override
    public void take(Peer member, Action.TakeArc take) {
        enter.accept(new Entry.Took(member, take), Entry.Answers.NOBODY);
    }

    @Override
    public void found(Peer founder, Consumer<Optional<Long>> then) {
        enter.accept(new Entry.Founded(founder), to(then));
    }

    @Override
    public void keepUp(Consumer<Boolean> then) {
        enter.accept(new Entry.KeptUp(), to(then));
    }

    @Override
    public void giveUp(Map<Identifier, Long> processes, Consumer<Durability> then) {
        enter.accept(new Entry.GaveUp(processes), to(then));
    }

    @Override
    public void repair(boolean leaving, long keep, Consumer<Long> progress, Consumer<Optional<Round>> then) {
        Entry.Answers answers = to(then);
        enter.accept(new Entry.Repaired(leaving, keep), new Entry.Answers() {
            @Override
            public void answered(Object round) {
                answers.answered(round);
            }

            @Override
            public void progressed(long checked) {
                progress.accept(checked);
            }
        });
    }

    @Override
    public boolean upToDate() {
        return this.<Boolean>told(new Entry.Told(Entry.Told.What.UP_TO_DATE));
    }

    @Override
    public List<Refused> refused() {
        return told(new Entry.Told(Entry.Told.What.REFUSED));
    }

    @Override
    public Map<Identifier, Long> givenUp() {
        return told(new Entry.Told(Entry.Told.What.GIVEN_UP));
    }

    @Override
    public boolean named() {
        return this.<Boolean>told(new Entry.Told(Entry.Told.What.NAMED));
    }

    @Override
    public List<ArcMap.Piece<Claim>> claims() {
        return told(new Entry.Told(Entry.Told.What.CLAIMS));
    }

    @Override
    public long epoch() {
        return this.<Long>told(new Entry.Told(Entry.Told.What.EPOCH));
    }
}
