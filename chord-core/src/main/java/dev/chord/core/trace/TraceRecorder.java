package dev.chord.core.trace;

import dev.chord.core.records.Record;
import dev.chord.core.records.RecordEngine;
import dev.chord.core.records.RecordHost;
import dev.chord.core.records.RecordSettings;
import dev.chord.core.records.Records;
import dev.chord.core.trace.RecordTrace.Call;
import dev.chord.core.trace.RecordTrace.Item;
import dev.chord.core.trace.RecordTrace.Look;
import dev.chord.core.trace.RecordTrace.Looked;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * Keeps a trace of one engine, in memory, from its making until the room for it is used up: the beginning
 * cannot be let go, for nothing can be replayed without it. What it keeps ends where the engine is not
 * running. On the engine's thread.
 */
public final class TraceRecorder {
    // What things take, about.
    private static final int ITEM = 48;
    private static final int STATE = 2048;
    private static final int RECORD = 160;

    private final Bounds bounds;
    private final Optional<Redaction> redaction;
    private final List<Item> items = new ArrayList<>();
    private final Map<Look, Looked> last = new EnumMap<>(Look.class);
    private Optional<Opened> opened = Optional.empty();
    private int within = RecordTrace.NOWHERE;
    private long bytes;
    private int markedItems;
    private long markedBytes;
    private boolean full;

    private record Opened(RecordSettings settings, RecordEngine.Start start) {}

    /**
     * How much is kept.
     *
     * @param items inputs, outputs and what the engine looked at
     * @param bytes of memory, about
     */
    public record Bounds(int items, long bytes) {
        /** Minutes of a busy node. */
        public static final Bounds DEFAULT = new Bounds(10_000_000, 1L << 30);
    }

    /** @param redaction of what is kept; what the engine does is not changed by it */
    public TraceRecorder(Bounds bounds, Optional<Redaction> redaction) {
        this.bounds = bounds;
        this.redaction = redaction;
    }

    /**
     * Makes an engine and keeps all that passes between it and what is around it.
     *
     * @throws IllegalStateException if it has made one before
     */
    public Records open(RecordHost host, RecordSettings settings, RecordEngine.Start start) {
        if (opened.isPresent()) {
            throw new IllegalStateException("a recorder is for one engine: make another one");
        }
        opened = Optional.of(new Opened(settings, start));
        Recording recording = new Recording(host);
        RecordEngine engine = new RecordEngine(new TracedHost(recording), settings, start);
        return new TracedRecords((entry, answers) -> recording.enter(engine, entry, answers));
    }

    /**
     * What has been kept so far.
     *
     * @throws IllegalStateException if no engine has been made
     */
    public RecordTrace trace() {
        Opened of = opened.orElseThrow(() -> new IllegalStateException("nothing was recorded: no engine was made"));
        return new RecordTrace(of.settings(), of.start(), items, !full);
    }

    /** How much memory that takes, about. */
    public long bytes() {
        return bytes;
    }

    // Returns its place, or nowhere if there is no room.
    private int add(Item item) {
        if (full) {
            return RecordTrace.NOWHERE;
        }
        if (items.size() >= bounds.items() || bytes >= bounds.bytes()) {
            full = true;
            items.subList(markedItems, items.size()).clear();
            bytes = markedBytes;
            last.clear();
            return RecordTrace.NOWHERE;
        }
        Size size = new Size();
        Contents.item(item, size);
        bytes += ITEM + size.bytes;
        items.add(redaction.map(r -> r.item(item)).orElse(item));
        return items.size() - 1;
    }

    private void mark() {
        if (!full) {
            markedItems = items.size();
            markedBytes = bytes;
        }
    }

    /** Of what users wrote. */
    private static final class Size implements Contents.Change {
        private long bytes;

        @Override
        public Record record(Record record) {
            bytes += RECORD
                    + record.value().length
                    + (long) Long.BYTES * record.operations().size();
            label(record.label());
            return record;
        }

        @Override
        public String label(String label) {
            bytes += label.length();
            return label;
        }
    }

    private final class Recording implements Dialogue {
        private final RecordHost host;

        Recording(RecordHost host) {
            this.host = host;
        }

        @Override
        public <T> T look(Look at, Function<RecordHost, T> real) {
            T seen = real.apply(host);
            Looked before = last.get(at);
            if (before != null && isSame(before.seen(), seen)) {
                add(before);
            } else {
                Looked now = new Looked(at, seen);
                last.put(at, now);
                add(now);
                bytes += !full && seen instanceof List<?> members ? (long) STATE * members.size() : 0;
            }
            return seen;
        }

        // States are compared by the object: one that has not changed is the same one.
        private static boolean isSame(Object before, Object now) {
            if (!(before instanceof List<?> old && now instanceof List<?> members)) {
                return before.equals(now);
            }
            boolean same = old.size() == members.size();
            for (int i = 0; same && i < old.size(); i++) {
                same = old.get(i) == members.get(i);
            }
            return same;
        }

        @Override
        public void call(Call call, List<Object> with, GoOn goOn, Real real) {
            int at = add(new RecordTrace.Called(call, with));
            int before = within;
            within = at;
            try {
                real.make(host, what -> run(new RecordTrace.Answered(within, at, what), input -> goOn.with(at, what)));
            } catch (RuntimeException | Error e) {
                add(new RecordTrace.Failed(at, e.getClass().getName()));
                throw e;
            } finally {
                within = before;
            }
        }

        void enter(Records engine, Entry entry, Entry.Answers answers) {
            run(new RecordTrace.Entered(within, entry), at -> entry.run(engine, new TracedAnswers(this, at, answers)));
        }

        private void run(RecordTrace.Input input, IntConsumer turn) {
            if (input.within() == RecordTrace.NOWHERE) {
                mark();
            }
            int at = add(input);
            try {
                turn.accept(at);
            } catch (RuntimeException | Error e) {
                add(new RecordTrace.Called(Call.THREW, List.of(e.getClass().getName())));
                throw e;
            }
        }
    }
}
