package dev.chord.sim.replay;

import dev.chord.core.records.RecordEngine;
import dev.chord.core.records.RecordHost;
import dev.chord.core.records.Records;
import dev.chord.core.trace.Dialogue;
import dev.chord.core.trace.Entry;
import dev.chord.core.trace.RecordTrace;
import dev.chord.core.trace.RecordTrace.Called;
import dev.chord.core.trace.RecordTrace.Input;
import dev.chord.core.trace.RecordTrace.Item;
import dev.chord.core.trace.TracedAnswers;
import dev.chord.core.trace.TracedHost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Runs a record engine once more, a fresh one, on the inputs of a trace, and compares what it does with what
 * was done then. Everything has to come in the same order: a look or an output that was not there then, or is
 * not there now, is a difference too.
 */
public final class RecordReplay {
    private final RecordTrace trace;
    private final Consumer<Called> heard;
    private final Script script = new Script();
    private final Map<Integer, Dialogue.GoOn> waiting = new HashMap<>(); // by the place of the call
    private int next;
    private int latest = RecordTrace.NOWHERE; // the input that came last
    private long inputs;
    private long outputs;

    private Optional<Records> engine = Optional.empty();

    private RecordReplay(RecordTrace trace, Consumer<Called> heard) {
        this.trace = trace;
        this.heard = heard;
    }

    /**
     * How a replay went.
     *
     * @param inputs played
     * @param outputs that were the same
     * @param difference the first one; there it ended
     */
    public record Result(long inputs, long outputs, Optional<Difference> difference) {}

    /**
     * Where the engine did something else.
     *
     * @param at the place in the trace
     * @param input the place of the input that came last; {@link RecordTrace#NOWHERE}: the engine was being
     *     made
     * @param then what is in the trace; empty: nothing more
     * @param now what came instead; empty: nothing
     */
    public record Difference(int at, int input, Optional<Item> then, Optional<Item> now) {
        @Override
        public String toString() {
            return "item " + at + ", after input " + input + ": then " + text(then) + ", now " + text(now);
        }

        private static String text(Optional<Item> item) {
            return item.map(Item::toString).orElse("nothing");
        }
    }

    /** Replays a trace, to its end or to the first difference. */
    public static Result of(RecordTrace trace) {
        return of(trace, output -> {});
    }

    /** The same with each output as it is made now, which is the same as then. */
    public static Result of(RecordTrace trace, Consumer<Called> heard) {
        RecordReplay replay = new RecordReplay(trace, heard);
        Optional<Difference> difference = Optional.empty();
        try {
            replay.play();
        } catch (Differs e) {
            difference = Optional.of(e.difference);
        }
        return new Result(replay.inputs, replay.outputs, difference);
    }

    /** Ends a replay, through whatever the engine is doing. */
    private static final class Differs extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient Difference difference;

        Differs(Difference difference) {
            super(difference.toString());
            this.difference = difference;
        }
    }

    /** What failed then fails again. */
    private static final class FailedThen extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String what;

        FailedThen(String what) {
            super(what);
            this.what = what;
        }
    }

    private void play() {
        engine = Optional.of(new RecordEngine(new TracedHost(script), trace.settings(), trace.start()));
        playWithin(RecordTrace.NOWHERE);
        if (next < trace.items().size()) {
            throw differs(Optional.empty());
        }
    }

    private Optional<Item> upcoming() {
        List<Item> items = trace.items();
        return next < items.size() ? Optional.of(items.get(next)) : Optional.empty();
    }

    private Differs differs(Optional<Item> now) {
        return new Differs(new Difference(next, latest, upcoming(), now));
    }

    private void playWithin(int call) {
        while (upcoming()
                .filter(item -> item instanceof Input in && in.within() == call)
                .isPresent()) {
            Input input = (Input) trace.items().get(next);
            latest = next++;
            inputs++;
            turn(latest, input);
        }
    }

    // What fails is an output; whether it came through to the engine around it is in the trace.
    private void turn(int at, Input input) {
        try {
            if (input instanceof RecordTrace.Entered entered) {
                entered.entry().run(engine.orElseThrow(), new TracedAnswers(script, at, Entry.Answers.NOBODY));
            } else {
                RecordTrace.Answered answered = (RecordTrace.Answered) input;
                Objects.requireNonNull(waiting.get(answered.call()), "an answer to what was not asked")
                        .with(answered.call(), answered.what());
            }
        } catch (Differs e) {
            throw e;
        } catch (RuntimeException | Error e) {
            String what =
                    e instanceof FailedThen then ? then.what : e.getClass().getName();
            script.output(new Called(RecordTrace.Call.THREW, List.of(what)));
        }
    }

    /** Says what the trace says. */
    private final class Script implements Dialogue {
        @Override
        @SuppressWarnings("unchecked") // as it was seen then
        public <T> T look(RecordTrace.Look at, Function<RecordHost, T> real) {
            if (upcoming().orElse(null) instanceof RecordTrace.Looked looked && looked.at() == at) {
                next++;
                return (T) looked.seen();
            }
            throw differs(Optional.of(new RecordTrace.Looked(at, "?")));
        }

        int output(Called now) {
            if (!upcoming().equals(Optional.of(now))) {
                throw differs(Optional.of(now));
            }
            outputs++;
            heard.accept(now);
            return next++;
        }

        @Override
        public void call(RecordTrace.Call call, List<Object> with, GoOn goOn, Real real) {
            int at = output(new Called(call, with));
            waiting.put(at, goOn);
            playWithin(at);
            if (upcoming().orElse(null) instanceof RecordTrace.Failed failed && failed.call() == at) {
                next++;
                throw new FailedThen(failed.what());
            }
        }
    }
}
