package dev.chord.sim.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.records.Question;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.trace.RecordTrace;
import dev.chord.core.trace.RecordTrace.Answered;
import dev.chord.core.trace.RecordTrace.Called;
import dev.chord.core.trace.RecordTrace.Input;
import dev.chord.core.trace.RecordTrace.Item;
import dev.chord.core.trace.Redaction;
import dev.chord.core.trace.TraceRecorder;
import dev.chord.sim.burn.BurnPlan;
import dev.chord.sim.burn.BurnRun;
import dev.chord.traced.TraceBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a record engine did once it does again. */
class RecordReplayTest {
    private static final int SEEDS = Integer.getInteger("chord.replay.seeds", 3);
    private static final Redaction REDACTION = new Redaction("not told".getBytes(StandardCharsets.UTF_8));

    // Of every life of every process.
    private static List<RecordTrace> traces(BurnPlan plan, TraceRecorder.Bounds bounds) {
        List<TraceRecorder> recorders = new ArrayList<>();
        BurnRun.Report report = BurnRun.of(plan, line -> {}, process -> {
            TraceRecorder recorder = new TraceRecorder(bounds, Optional.empty());
            recorders.add(recorder);
            return Optional.of(recorder);
        });
        assertThat(report.failure()).isEmpty();
        return recorders.stream().map(TraceRecorder::trace).toList();
    }

    private static BurnPlan plan(long seed) {
        BurnPlan plan = BurnPlan.draw(seed, BurnPlan.Size.DEFAULT);
        return seed % 3 == 0 ? plan : plan.withQuorum();
    }

    private static RecordReplay.Result same(RecordTrace trace, Consumer<Called> heard) {
        RecordReplay.Result result = RecordReplay.of(trace, heard);
        assertThat(result.difference()).isEmpty();
        assertThat(result.inputs()).isEqualTo(trace.inputs());
        assertThat(result.outputs()).isEqualTo(trace.outputs());
        return result;
    }

    // The bytes are the same in each JVM, however its maps are ordered: another one prints the same digest
    // for the seeds.
    @Test
    void everyLifeOfEveryProcessOfABurnIsLivedAgain() {
        TraceBytes then = new TraceBytes();
        TraceBytes now = new TraceBytes();
        long lives = 0;
        long inputs = 0;
        long outputs = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            for (RecordTrace trace : traces(plan(seed), TraceRecorder.Bounds.DEFAULT)) {
                trace.items().stream().filter(Called.class::isInstance).forEach(then::add);
                RecordReplay.Result result = same(trace, now::add);
                same(trace.redacted(REDACTION), output -> {});
                lives++;
                inputs += result.inputs();
                outputs += result.outputs();
            }
        }
        System.out.printf(
                "replay: %d lives of processes in %d burns, %d inputs, %d outputs of %d bytes, SHA-256 %s; different 0%n",
                lives, SEEDS, inputs, outputs, now.count(), now.digest().toHex());
        assertThat(now.digest()).as("byte for byte").isEqualTo(then.digest());
        assertThat(outputs).isGreaterThan(1000L * SEEDS);
    }

    @Test
    void aTraceWithoutRoomForAllEndsBetweenTwoInputsAndIsReplayedUpToThere() {
        for (int room = 40; room < 2000; room = room * 5 + 1) {
            List<RecordTrace> traces = traces(plan(1), new TraceRecorder.Bounds(room, Long.MAX_VALUE));
            assertThat(traces).anyMatch(trace -> !trace.whole());
            for (RecordTrace trace : traces) {
                assertThat(trace.items().size()).isBetween(1, room);
                same(trace, output -> {});
            }
        }
    }

    // ---- what is not the same is found

    private static RecordTrace longest() {
        return traces(plan(2), TraceRecorder.Bounds.DEFAULT).stream()
                .max((a, b) -> Integer.compare(a.items().size(), b.items().size()))
                .orElseThrow();
    }

    private static int find(RecordTrace trace, Predicate<Item> wanted) {
        int size = trace.items().size();
        return IntStream.range(size / 2, size + size / 2)
                .map(at -> at % size) // rather late than early
                .filter(at -> wanted.test(trace.items().get(at)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the trace has none"));
    }

    private static RecordTrace with(RecordTrace trace, int at, List<Item> instead) {
        List<Item> items = new ArrayList<>(trace.items());
        items.subList(at, at + 1).clear();
        items.addAll(at, instead);
        return new RecordTrace(trace.settings(), trace.start(), items, trace.whole());
    }

    private static RecordReplay.Difference difference(RecordTrace trace) {
        return RecordReplay.of(trace).difference().orElseThrow(() -> new AssertionError("no difference was found"));
    }

    @Test
    void anAnswerOfTheDiskThatIsAnotherIsFoundAndNamed() {
        RecordTrace trace = longest();
        int at = find(
                trace,
                item -> item instanceof Answered answered
                        && answered.what() == Durability.DURABLE
                        && leadsToAnAnswer(trace, answered));
        Answered answered = (Answered) trace.items().get(at);
        Answered other = new Answered(answered.within(), answered.call(), Durability.NOT_DONE);
        RecordReplay.Difference found = difference(with(trace, at, List.of(other)));
        assertThat(found.at()).isGreaterThan(at);
        assertThat(found.then()).isNotEqualTo(found.now());
        assertThat(found.toString()).contains("item " + found.at(), "KEPT", "the disk does not keep records now");
    }

    // A copy that is kept for somebody else is told at once.
    private static boolean leadsToAnAnswer(RecordTrace trace, Answered answered) {
        Item after = trace.items().get(trace.items().indexOf(answered) + 1);
        return after instanceof Called called
                && called.call() == RecordTrace.Call.SENT_ONLY
                && called.with().get(1) == Question.Kept.KEPT;
    }

    @Test
    void anInputThatIsMissingIsFound() {
        RecordTrace trace = longest();
        int output = find(trace, item -> item instanceof Called);
        int at = output - 1;
        while (!(trace.items().get(at) instanceof Input)) {
            at--;
        }
        RecordReplay.Difference found = difference(with(trace, at, List.of()));
        assertThat(found.at()).isEqualTo(at);
        assertThat(found.now()).as("nothing ran").isEmpty();
    }

    // An answer that comes too late for anybody to wait for it may be any: it leads to nothing.
    @Test
    void nearlyEveryAnswerThatIsAnotherIsFound() {
        RecordTrace trace = longest();
        int changed = 0;
        int found = 0;
        for (int at = trace.items().size() / 2; at < trace.items().size() && changed < 60; at += 7) {
            Optional<Object> other =
                    trace.items().get(at) instanceof Answered answered ? another(answered.what()) : Optional.empty();
            if (other.isPresent()) {
                Answered answered = (Answered) trace.items().get(at);
                Item instead = new Answered(answered.within(), answered.call(), other.get());
                int place = at;
                Optional<RecordReplay.Difference> difference =
                        RecordReplay.of(with(trace, at, List.of(instead))).difference();
                difference.ifPresent(d -> assertThat(d.at()).isGreaterThan(place));
                changed++;
                found += difference.isPresent() ? 1 : 0;
            }
        }
        System.out.printf("replay: of %d answers that were changed in a trace %d were found%n", changed, found);
        assertThat(found).isGreaterThan(changed * 3 / 4);
    }

    private static Optional<Object> another(Object answer) {
        if (answer instanceof Durability) {
            return Optional.of(answer == Durability.DURABLE ? Durability.UNKNOWN : Durability.DURABLE);
        } else if (answer instanceof RecordTrace.Over over) {
            return Optional.of(new RecordTrace.Over(!over.whole()));
        }
        return answer instanceof Optional<?> some && some.isPresent()
                ? Optional.of(Optional.empty())
                : Optional.empty();
    }
}
