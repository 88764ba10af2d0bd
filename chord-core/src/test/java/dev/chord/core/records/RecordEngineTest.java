package dev.chord.core.records;

import static dev.chord.core.records.ManualHost.ARC;
import static dev.chord.core.records.ManualHost.KEY;
import static dev.chord.core.records.ManualHost.SECOND;
import static dev.chord.core.records.ManualHost.SECOND_HOLDER;
import static dev.chord.core.records.ManualHost.SELF;
import static dev.chord.core.records.ManualHost.THIRD_HOLDER;
import static dev.chord.core.records.ManualHost.WRITE_QUORUM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.protocol.Command;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.BeforeTry;

/**
 * What an engine says while its disk, or other holders, do not: the disk answers each batch when the test
 * lets it.
 */
class RecordEngineTest {
    private static final long HOUR = 3600 * SECOND;
    private static final List<Peer> OTHERS = List.of(SECOND_HOLDER, THIRD_HOLDER);

    private ManualHost host = new ManualHost();
    private RecordEngine engine = host.engineOfOwner();

    @BeforeTry
    void anew() {
        host = new ManualHost();
        engine = host.engineOfOwner();
    }

    private List<Write.Answer> write(String value) {
        List<Write.Answer> answers = new ArrayList<>();
        Write write = new Write(ManualHost.name(KEY, value), Optional.empty(), 0, Optional.empty());
        engine.write(List.of(write), answers::addAll);
        return answers;
    }

    private Optional<ManualHost.Sent<Question.Kept>> copyTo(Peer holder) {
        return host.asked(holder, Question.Replicate.class);
    }

    private void everybodyKeeps() {
        OTHERS.forEach(peer -> copyTo(peer).ifPresent(sent -> sent.answer(Question.Kept.KEPT)));
    }

    // ---- while the disk stalls on a write

    @Example
    void promisesAndLeasesAreAnsweredWhileAWriteWaitsForTheDisk() {
        host.disk.stall();
        List<Write.Answer> answers = write("a");
        host.giveLeases();
        assertThat(host.disk.waiting()).as("the write waits").isEqualTo(1);
        assertThat(ManualHost.serve(engine, new Question.Lease(ARC, 1)).only().agreed())
                .isTrue();
        assertThat(ManualHost.serve(engine, new Question.Promise(List.of(ARC), 0))
                        .only()
                        .claims())
                .extracting(piece -> piece.value().established())
                .containsExactly(Optional.of(ManualHost.TENURE));
        assertThat(ManualHost.serve(engine, new Question.Promise(List.of(ARC), 1))
                        .only()
                        .agreed())
                .as("an epoch that has begun")
                .isFalse();
        assertThat(ManualHost.serve(engine, new Question.Presence()).only()).isTrue();
        assertThat(answers).isEmpty();
    }

    @Example
    void aWriteThatHasWaitedForItsTurnLongerThanAnybodyAsksIsRefusedAndWrittenNowhere() {
        host.disk.stall();
        List<Write.Answer> first = write("a");
        List<Write.Answer> second = write("b");
        host.giveLeases();
        everybodyKeeps();
        host.advance(RecordLimits.DEFAULT.turn() + SECOND);
        List<Write.Answer> third = write("c");
        host.disk.goOn();
        assertThat(first).hasOnlyElementsOfType(Write.Written.class);
        assertThat(second).hasOnlyElementsOfType(Write.Refused.class);
        host.giveLeases();
        everybodyKeeps();
        host.disk.goOn();
        assertThat(third).hasOnlyElementsOfType(Write.Written.class);
    }

    @Example
    void noMoreThanABoundWaitForAKeyHoweverLongADiskStalls() {
        host.disk.stall();
        List<List<Write.Answer>> answers = new ArrayList<>();
        for (int i = 0; i < KeyQueue.MOST + 10; i++) {
            answers.add(write("w" + i));
        }
        assertThat(answers.subList(0, KeyQueue.MOST)).allMatch(List::isEmpty);
        assertThat(answers.subList(KeyQueue.MOST, answers.size()))
                .allSatisfy(one -> assertThat(one).hasOnlyElementsOfType(Write.Refused.class));
    }

    @Example
    void aPromiseIsToldWhenItIsDurableAndBindsBefore() {
        host.disk.stall();
        ManualHost.Heard<Question.Promised> promise = ManualHost.serve(engine, new Question.Promise(List.of(ARC), 5));
        assertThat(promise.silent()).isTrue();
        assertThat(ManualHost.serve(engine, new Question.Lease(ARC, 1)).only().agreed())
                .isFalse();
        Record old = ManualHost.name(KEY, "a", new Version(7, SELF.id()));
        Question.Replicate late = new Question.Replicate(Optional.empty(), List.of(old), 0, 1);
        assertThat(ManualHost.serve(engine, late).only()).isEqualTo(Question.Kept.SUPERSEDED);
        host.advance(HOUR);
        assertThat(promise.silent()).as("however long it takes").isTrue();
        host.disk.finish(Durability.DURABLE);
        assertThat(promise.only().agreed()).isTrue();
    }

    @Example
    void aPromiseThatMayBeForgottenIsToldToNobody() {
        for (Durability how : List.of(Durability.NOT_DONE, Durability.UNKNOWN)) {
            host.disk.stall();
            long epoch = 5 + how.ordinal();
            ManualHost.Heard<Question.Promised> promise =
                    ManualHost.serve(engine, new Question.Promise(List.of(ARC), epoch));
            ManualHost.Heard<Question.Word> note = ManualHost.serve(
                    engine, new Question.Note(List.of(ARC), ManualHost.tenure(epoch, 40, 50, 60), false));
            host.disk.finish(how);
            host.disk.finish(how);
            assertThat(promise.refused && promise.answers.isEmpty()).isTrue();
            assertThat(note.refused && note.answers.isEmpty()).isTrue();
        }
    }

    @Example
    void whatIsKeptForAnOwnerIsToldWhenItIsDurable() {
        Record record = ManualHost.name(KEY, "a", new Version(7, SELF.id()));
        for (Durability how : Durability.values()) {
            host.disk.stall();
            ManualHost.Heard<Question.Kept> kept =
                    ManualHost.serve(engine, new Question.Replicate(Optional.empty(), List.of(record), 0, 1));
            assertThat(kept.silent()).isTrue();
            host.disk.finish(how);
            assertThat(kept.refused).isEqualTo(how != Durability.DURABLE);
            assertThat(kept.answers).hasSize(how == Durability.DURABLE ? 1 : 0);
        }
    }

    // ---- what a write comes to

    /** What somebody who was asked to keep a write does. */
    private enum Holds {
        KEEPS,
        IS_SILENT,
        SERVES_ANOTHER,
        OWNS_IT
    }

    /**
     * How those that a write goes to answer, and when.
     *
     * @param second the holder after the owner
     * @param order in which the disk here, the second and the third answer, and time goes by
     */
    record Course(Durability here, Holds second, Holds third, List<Integer> order) {}

    @Provide
    static Arbitrary<Course> courses() {
        return Combinators.combine(
                        Arbitraries.of(Durability.class),
                        Arbitraries.of(Holds.class),
                        Arbitraries.of(Holds.class),
                        Arbitraries.shuffle(0, 1, 2, 3, 4))
                .as(Course::new);
    }

    private boolean answersCopy(Peer peer, Holds how) {
        Optional<ManualHost.Sent<Question.Kept>> sent = copyTo(peer);
        switch (how) {
            case KEEPS -> sent.ifPresent(s -> s.answer(Question.Kept.KEPT));
            case SERVES_ANOTHER -> sent.ifPresent(s -> s.answer(Question.Kept.SUPERSEDED));
            case OWNS_IT -> sent.ifPresent(s -> s.answer(Question.Kept.NOT_OWNER));
            case IS_SILENT -> sent.ifPresent(ManualHost.Sent::fail);
        }
        return sent.isPresent() && how == Holds.KEEPS;
    }

    @Property
    void aWriteIsAcknowledgedOnceTheDiskHereAndEnoughOthersHaveItDurably(@ForAll("courses") Course course) {
        host.disk.stall();
        List<Write.Answer> answers = write("a");
        host.giveLeases();
        boolean here = false;
        int others = 0;
        for (int step : course.order()) {
            switch (step) {
                case 0 -> {
                    host.disk.finish(course.here());
                    here = course.here() == Durability.DURABLE;
                }
                case 1 -> others += answersCopy(SECOND_HOLDER, course.second()) ? 1 : 0;
                case 2 -> others += answersCopy(THIRD_HOLDER, course.third()) ? 1 : 0;
                default -> host.advance(RecordLimits.DEFAULT.moment());
            }
            boolean written = answers.stream().anyMatch(a -> a instanceof Write.Written);
            if (written) {
                assertThat(here && others >= WRITE_QUORUM - 1)
                        .as("durable here: %s, on %d others", here, others)
                        .isTrue();
            }
        }
        host.advance(HOUR);
        assertThat(answers).as("once all have answered it is known").hasSize(1);
        Write.Answer answer = answers.get(0);
        assertThat(answer).as("somebody may have it").isNotInstanceOf(Write.Refused.class);
        boolean taken = List.of(course.second(), course.third()).stream()
                .allMatch(how -> how == Holds.KEEPS || how == Holds.IS_SILENT);
        if (taken) {
            assertThat(answer instanceof Write.Written).isEqualTo(here && others >= WRITE_QUORUM - 1);
        }
        if (answer instanceof Write.Written written) {
            assertThat(written.holders()).startsWith(SELF).hasSize(1 + others);
        }
    }

    @Example
    void anOwnerThatIsNotOneForAHolderAnyMoreGivesUp() {
        write("a");
        host.giveLeases();
        copyTo(SECOND_HOLDER).orElseThrow().answer(Question.Kept.SUPERSEDED);
        assertThat(host.commands).hasSize(1).first().isInstanceOf(Command.Renounce.class);
    }

    // ---- numbers

    @Example
    void theNumberOfAWriteThatTheDiskHasNotAnsweredIsNotGivenAgain() {
        host.disk.stall();
        List<Write.Answer> first = write("a");
        host.giveLeases();
        everybodyKeeps();
        host.advance(HOUR);
        List<Write.Answer> second = write("b");
        host.giveLeases();
        assertThat(host.numbered).as("the second waits for the first").hasSize(1);
        assertThat(first).isEmpty();
        host.disk.goOn();
        assertThat(first).hasSize(1).first().isInstanceOf(Write.Written.class);
        host.giveLeases();
        everybodyKeeps();
        assertThat(second).hasSize(1).first().isInstanceOf(Write.Written.class);
        assertThat(host.numbered.get(1).version())
                .isGreaterThan(host.numbered.get(0).version());
    }

    /**
     * What each holder has is told apart by its number: one that stood for two values would hide one of them
     * for good.
     */
    @Property(tries = 200)
    void noNumberStandsForTwoWrites(@ForAll List<Durability> outcomes) {
        for (int i = 0; i < outcomes.size(); i++) {
            host.disk.stall();
            List<Write.Answer> answers = write("value " + i);
            host.giveLeases();
            host.disk.finish(outcomes.get(i));
            everybodyKeeps();
            host.advance(SECOND);
            assertThat(answers).hasSize(1);
        }
        Map<Version, String> values = new TreeMap<>();
        for (Record record : host.numbered) {
            String before = values.put(record.version(), new String(record.value()));
            assertThat(before).as("what %s stood for", record.version()).isNull();
        }
    }
}
