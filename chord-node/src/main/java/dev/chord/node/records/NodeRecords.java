package dev.chord.node.records;

import dev.chord.client.error.ChordException;
import dev.chord.client.wire.Await;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.RecordEngine;
import dev.chord.core.records.RecordHost;
import dev.chord.core.records.RecordSettings;
import dev.chord.core.records.Records;
import dev.chord.core.ring.Peer;
import dev.chord.core.trace.TraceRecorder;
import dev.chord.node.loop.EngineThread;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.NodeStore;
import dev.chord.node.store.StoredRecords;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Hosts the record engine of a node: one thread on which all of it happens, the clocks of the machine, the
 * ring as the node's loop publishes it, the network and the database. Others hand their questions over to
 * that thread; none of them waits for a lock.
 */
public final class NodeRecords implements RecordHost, AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final NodeLoop loop;
    private final Asking asking;
    private final Hearers hearers;
    private final Clock clock = Clock.systemUTC();
    private final RecordSettings settings;
    private final EngineThread thread;
    private final StoredRecords disk;
    private final Records engine;

    /**
     * Who hears of what happens, on the engine's thread.
     *
     * @param replaced told of names that stand for something else now
     * @param faults told of whatever is thrown there; the thread goes on
     * @param recorder keeps a trace, if one is wanted
     */
    public record Hearers(
            BiConsumer<Record, Record> replaced, Consumer<Throwable> faults, Optional<TraceRecorder> recorder) {}

    public NodeRecords(NodeLoop loop, NodeStore store, RecordSettings settings, Asking asking, Hearers hearers) {
        this.loop = loop;
        this.settings = settings;
        this.asking = asking;
        this.hearers = hearers;
        this.thread = new EngineThread("chord-records", hearers.faults());
        this.disk = store.recordDisk(thread);
        RecordEngine.Start start = new RecordEngine.Start(
                store.claims().load(), store.records().epoch(), new SecureRandom().nextLong() | 1);
        this.engine = hearers.recorder()
                .map(recorder -> recorder.open(this, settings, start))
                .orElseGet(() -> new RecordEngine(this, settings, start));
    }

    // ---- what others hand over

    /**
     * Lets the engine do something soon.
     *
     * @throws ChordException UNFINISHED at once if too much is waiting, or the node is stopping
     */
    public void hand(Consumer<Records> what) {
        thread.hand(() -> what.accept(engine));
    }

    /** The same with an answer: completed on the engine's thread, or exceptionally if the node stops. */
    public <T> CompletableFuture<T> call(BiConsumer<Records, Consumer<T>> what) {
        return thread.call(then -> what.accept(engine, then));
    }

    /** Asks the engine something that it knows, and waits for it. */
    public <T> T get(Function<Records, T> what) {
        return Await.REAL.of(
                this.<T>call((records, then) -> then.accept(what.apply(records))), LIMIT, "this node's records");
    }

    /** Whether the holders of an arc agree on who they are. */
    public boolean agreement() {
        return settings.agreement();
    }

    /** Whether everything that is owned here is kept by those that should keep it. */
    public boolean upToDate() {
        return get(Records::upToDate);
    }

    /** Takes over an arc and tells the member how it went. */
    public void take(Peer member, Action.TakeArc take) {
        if (!thread.accepts(() -> engine.take(member, take))) {
            taken(member.id(), new Event.ArcTaken(take.attempt(), Event.TakeOutcome.FAILED, 0));
        }
    }

    /** See {@link Records#keepUp}. */
    public void keepUp() {
        thread.accepts(() -> engine.keepUp(all -> {}));
    }

    // ---- what the engine needs

    @Override
    public long now() {
        return System.nanoTime() / 1000;
    }

    @Override
    public long timeOfDay() {
        return clock.millis() * 1000;
    }

    @Override
    public void after(long delay, Runnable what) {
        thread.after(delay, what);
    }

    @Override
    public List<NodeState> members() {
        return loop.states();
    }

    @Override
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        loop.command(member, command).whenComplete((outcome, failure) -> {
            Outcome end = failure == null ? outcome : new Outcome.Declined(String.valueOf(failure.getMessage()));
            thread.accepts(() -> then.accept(end));
        });
    }

    @Override
    public void taken(Identifier member, Event.ArcTaken end) {
        loop.arcTaken(member, end);
    }

    @Override
    public <A> void ask(Peer peer, Question<A> question, long limit, Replies<A> replies) {
        asking.ask(peer, question, Duration.ofNanos(limit * 1000), new Replies<A>() {
            @Override
            public void heard(A answer, Runnable more) {
                thread.accepts(() -> replies.heard(answer, more));
            }

            @Override
            public void ended(boolean whole) {
                thread.accepts(() -> replies.ended(whole));
            }
        });
    }

    @Override
    public RecordDisk disk() {
        return disk;
    }

    @Override
    public void replaced(Record before, Record now) {
        thread.guarded(() -> hearers.replaced().accept(before, now));
    }

    @Override
    public void close() {
        thread.close();
        disk.close();
    }
}
