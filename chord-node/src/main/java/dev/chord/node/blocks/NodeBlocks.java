package dev.chord.node.blocks;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.chord.client.error.ChordException;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.Await;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.blocks.Arrival;
import dev.chord.core.blocks.BlockDisk;
import dev.chord.core.blocks.BlockEngine;
import dev.chord.core.blocks.BlockHost;
import dev.chord.core.blocks.BlockQuestion;
import dev.chord.core.blocks.BlockSettings;
import dev.chord.core.blocks.Kept;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Record;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.EngineThread;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.NodeStore;
import dev.chord.node.store.StoredBlocks;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hosts the block engine of a node: one thread on which all of it happens, the clock of the machine, the ring
 * as the node's loop publishes it, the network and the store. Others hand their questions over to that
 * thread; none of them waits for a lock.
 */
public final class NodeBlocks implements BlockHost, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeBlocks.class);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final NodeLoop loop;
    private final NodeStore store;
    private final AskingBlocks asking;
    private final LongConsumer supplied;
    private final EngineThread thread;
    private final ExecutorService reading =
            Executors.newFixedThreadPool(2, DaemonThreads.named("chord-blocks-reading"));
    private final NameValues names;
    private final StoredBlocks disk;
    private final BlockEngine engine;

    /**
     * Who hears of what happens, on the engine's thread.
     *
     * @param supplied told how many bytes were sent to somebody who lacked them
     * @param faults told of whatever is thrown there; the thread goes on
     */
    public record Hearers(LongConsumer supplied, Consumer<Throwable> faults) {}

    /**
     * Starts the engine with what is in the store.
     *
     * @param client reads what lists the blocks of a file, where it is not here
     */
    public NodeBlocks(
            NodeLoop loop,
            NodeStore store,
            BlockSettings settings,
            AskingBlocks asking,
            BlockClient client,
            Hearers hearers) {
        this.loop = loop;
        this.store = store;
        this.asking = asking;
        this.supplied = hearers.supplied();
        this.thread = new EngineThread("chord-blocks", hearers.faults());
        this.names = new NameValues(store, client);
        this.disk = store.blocks().disk(thread);
        this.engine = new BlockEngine(this, settings);
        store.blocks().onGone(digest -> thread.accepts(() -> engine.lost(digest)));
        store.blocks().onShortage(this::makeRoom);
    }

    // ---- what others hand over

    /**
     * Lets the engine do something soon; completed on its thread, or exceptionally if it is too busy
     * or stops.
     */
    public <T> CompletableFuture<T> call(BiConsumer<BlockEngine, Consumer<T>> what) {
        return thread.call(then -> what.accept(engine, then));
    }

    // Called by who claims room, on a thread of its own.
    private boolean makeRoom(long bytes, Precedence by) {
        try {
            return Await.REAL.of(
                    this.<Boolean>call((blocks, then) -> blocks.makeRoom(bytes, by, then)),
                    LIMIT,
                    "this node's blocks");
        } catch (ChordException e) {
            return false;
        }
    }

    /** Keeps a block here and on others; see {@link BlockEngine#put}. */
    public CompletableFuture<BlockEngine.Stored> put(Arrival block, List<Peer> candidates) {
        return call((blocks, then) -> blocks.put(block, candidates, then));
    }

    /** Answers a question; empty: it cannot be answered now. */
    public <A> CompletableFuture<Optional<A>> serve(BlockQuestion<A> question) {
        return call((blocks, then) -> blocks.serve(question, then));
    }

    /** A block that is damaged here was found elsewhere. */
    public void heal(Identifier digest, ByteBuffer good) {
        Await.REAL
                .of(
                        this.<Kept>call((blocks, then) -> blocks.heal(digest, new StoredBlocks.Data(good), then)),
                        LIMIT,
                        "this node's blocks")
                .refused()
                .ifPresent(why -> {
                    throw StoredBlocks.why(why);
                });
    }

    /** A name that is owned here stands for something else now, or may. */
    public void replaced(Record before, Record now) {
        tell(now.label(), need(before), need(now));
        thread.accepts(() -> engine.settle(() -> {}));
    }

    private void tell(String name, Optional<Need> before, Optional<Need> now) {
        thread.accepts(() -> engine.replaced(name, before, now));
    }

    private static Optional<Need> need(Record record) {
        return record.deleted() ? Optional.empty() : NameValues.need(UnsafeByteOperations.unsafeWrap(record.value()));
    }

    /** Names whose time has come are treated as removed. */
    public void expire() {
        for (dev.chord.proto.v1.Record record : store.records().expiredNames()) {
            ByteString value = record.getValue();
            if (loop.owner(WireCodec.in(record.getKey())).isPresent()) {
                tell(record.getLabel(), NameValues.need(value), Optional.empty());
            }
        }
        thread.accepts(() -> engine.settle(() -> {}));
        store.records().purge();
    }

    /**
     * Says for every name of this node which blocks it needs, and lets go of what nobody needs; completes
     * when it is done.
     */
    public CompletableFuture<Integer> round() {
        CompletableFuture<Integer> gone = call(BlockEngine::round);
        gone.thenAccept(number -> {
            if (number > 0) {
                log.info("{} blocks went that no name needs any more", number);
            }
        });
        return gone;
    }

    /** How many blocks went because nobody needed them any more, since the start. */
    public long reclaimed() {
        return Await.REAL.of(
                this.<Long>call((blocks, then) -> then.accept(blocks.reclaimed())), LIMIT, "this node's blocks");
    }

    // ---- what the engine needs

    @Override
    public long now() {
        return System.nanoTime() / 1000;
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
    public <A> void ask(Peer peer, BlockQuestion<A> question, long limit, Consumer<Optional<A>> then) {
        asking.ask(peer, question, Duration.ofNanos(limit * 1000), answer -> thread.accepts(() -> then.accept(answer)));
    }

    @Override
    public BlockDisk disk() {
        return disk;
    }

    @Override
    public void names(Arc arc, String after, Consumer<Optional<List<Name>>> then) {
        read(() -> Optional.of(names.page(arc, after)), then);
    }

    @Override
    public void chunks(Identifier content, Consumer<Optional<List<Identifier>>> then) {
        read(() -> names.chunks(content), then);
    }

    private <T> void read(Supplier<Optional<T>> what, Consumer<Optional<T>> then) {
        try {
            reading.execute(() -> {
                Optional<T> found;
                try {
                    found = what.get();
                } catch (RuntimeException e) {
                    log.debug("what names need cannot be read now: {}", e.getMessage());
                    found = Optional.empty();
                }
                Optional<T> answer = found;
                thread.accepts(() -> then.accept(answer));
            });
        } catch (RejectedExecutionException e) {
            return; // stopping: nobody waits for it any more
        }
    }

    @Override
    public void supplied(long bytes) {
        supplied.accept(bytes);
    }

    @Override
    public void close() {
        reading.shutdownNow();
        thread.close();
        disk.close();
    }
}
