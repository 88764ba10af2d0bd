package dev.chord.core.trace;

import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Action;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordHost;
import dev.chord.core.records.Records;
import dev.chord.core.records.Write;
import dev.chord.core.ring.Peer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A call of an engine's methods as a value: see {@link Records}. */
public sealed interface Entry {
    /** Makes the call. */
    void run(Records engine, Answers out);

    /** Where the answers go. */
    interface Answers extends RecordHost.Sink<Object> {
        /** Nobody listens. */
        Answers NOBODY = new Answers() {};

        default void answered(Object what) {}

        default void progressed(long checked) {}

        @Override
        default void send(Object answer, Consumer<Boolean> then) {}

        @Override
        default void end() {}

        @Override
        default void refuse(String why) {}
    }

    record Wrote(List<Write> asked) implements Entry {
        public Wrote {
            asked = List.copyOf(asked);
        }

        @Override
        public void run(Records engine, Answers out) {
            engine.write(asked, out::answered);
        }
    }

    record Read(Record.Place place) implements Entry {
        @Override
        public void run(Records engine, Answers out) {
            engine.read(place, out::answered);
        }
    }

    record Served(Question<?> question, Identifier meant) implements Entry {
        @Override
        @SuppressWarnings("unchecked") // the sink takes any answer
        public void run(Records engine, Answers out) {
            engine.serve((Question<Object>) question, meant, out);
        }
    }

    record Took(Peer member, Action.TakeArc take) implements Entry {
        @Override
        public void run(Records engine, Answers out) {
            engine.take(member, take);
        }
    }

    record Founded(Peer founder) implements Entry {
        @Override
        public void run(Records engine, Answers out) {
            engine.found(founder, out::answered);
        }
    }

    record KeptUp() implements Entry {
        @Override
        public void run(Records engine, Answers out) {
            engine.keepUp(out::answered);
        }
    }

    record GaveUp(Map<Identifier, Long> processes) implements Entry {
        public GaveUp {
            processes = Collections.unmodifiableMap(new TreeMap<>(processes));
        }

        @Override
        public void run(Records engine, Answers out) {
            engine.giveUp(processes, out::answered);
        }
    }

    record Repaired(boolean leaving, long keep) implements Entry {
        @Override
        public void run(Records engine, Answers out) {
            engine.repair(leaving, keep, out::progressed, out::answered);
        }
    }

    record NotOwner(Identifier key) implements Entry {
        @Override
        public void run(Records engine, Answers out) {
            out.answered(engine.notOwner(key));
        }
    }

    /** A question about what the engine knows. */
    record Told(What what) implements Entry {
        /** What it is asked for. */
        public enum What {
            UP_TO_DATE,
            REFUSED,
            GIVEN_UP,
            NAMED,
            CLAIMS,
            EPOCH
        }

        @Override
        public void run(Records engine, Answers out) {
            out.answered(
                    switch (what) {
                        case UP_TO_DATE -> engine.upToDate();
                        case REFUSED -> engine.refused();
                        case GIVEN_UP -> engine.givenUp();
                        case NAMED -> engine.named();
                        case CLAIMS -> engine.claims();
                        case EPOCH -> engine.epoch();
                    });
        }
    }
}
