package dev.chord.core.trace;

import dev.chord.core.records.RecordHost;
import dev.chord.core.trace.RecordTrace.Call;
import dev.chord.core.trace.RecordTrace.Look;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Stands between a record engine and what is around it, where everything is a value: one dialogue passes it
 * on and keeps it, another one plays what was kept. On the engine's thread.
 */
public interface Dialogue {
    /**
     * The engine looks at something.
     *
     * @param real how it is seen
     */
    <T> T look(Look at, Function<RecordHost, T> real);

    /**
     * The engine makes a call.
     *
     * @param goOn how the engine takes an answer
     * @param real how the call is made
     */
    void call(Call call, List<Object> with, GoOn goOn, Real real);

    /** Takes an answer to a call. */
    interface GoOn {
        /** Of calls that have none. */
        GoOn NOT = (call, what) -> {
            throw new IllegalStateException("call " + call + " has no answers, and got " + what);
        };

        void with(int call, Object what);
    }

    /** Makes a call. */
    interface Real {
        void make(RecordHost host, Consumer<Object> answers);
    }
}
