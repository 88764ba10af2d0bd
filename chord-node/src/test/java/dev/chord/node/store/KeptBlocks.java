package dev.chord.node.store;

import dev.chord.client.wire.Await;
import dev.chord.core.blocks.Arrival;
import dev.chord.core.blocks.BlockDisk;
import dev.chord.core.blocks.BlockEngine;
import dev.chord.core.blocks.BlockHost;
import dev.chord.core.blocks.BlockLimits;
import dev.chord.core.blocks.BlockQuestion;
import dev.chord.core.blocks.BlockSettings;
import dev.chord.core.blocks.Kept;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** A store and the engine whose disk it is, in no ring; each call waits for its answer. */
public final class KeptBlocks implements BlockHost, AutoCloseable {
    public static final Duration LEASE = Duration.ofHours(10);
    public static final Duration GRACE = Duration.ofHours(3);

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final LongSupplier clock;
    private final ThreadPoolExecutor thread =
            new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread made = new Thread(task, "kept-blocks");
                made.setDaemon(true);
                return made;
            });
    private final StoredBlocks disk;
    private final BlockEngine engine;

    public KeptBlocks(BlockStore store) {
        this(store, LEASE, () -> System.nanoTime() / 1000);
    }

    /** @param clock microseconds since anything */
    KeptBlocks(BlockStore store, Duration lease, LongSupplier clock) {
        this.clock = clock;
        thread.allowCoreThreadTimeOut(true);
        disk = store.disk(thread);
        engine = new BlockEngine(
                this,
                new BlockSettings(3, Long.MAX_VALUE, BlockLimits.DEFAULT.withLeases(micros(lease), micros(GRACE))));
        store.onGone(digest -> thread.execute(() -> engine.lost(digest)));
        store.onShortage((bytes, by) -> this.<Boolean>call(then -> engine.makeRoom(bytes, by, then)));
    }

    private static long micros(Duration time) {
        return time.toNanos() / 1000;
    }

    private <T> T call(Consumer<Consumer<T>> what) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        thread.execute(() -> what.accept(answer::complete));
        return Await.REAL.of(answer, LIMIT, "the engine of the test");
    }

    private <A> A ask(BlockQuestion<A> question) {
        return this.<Optional<A>>call(then -> engine.serve(question, then)).orElseThrow();
    }

    /** Returns whether it was here before. */
    public boolean put(Identifier digest, ByteBuffer data, int copies) {
        return put(digest, data, copies, OptionalLong.empty(), Precedence.FIRST);
    }

    boolean put(Identifier digest, ByteBuffer data, Precedence upload) {
        return put(digest, data, 0, OptionalLong.empty(), upload);
    }

    boolean copy(Identifier digest, ByteBuffer data, Duration lease) {
        return put(digest, data, 0, OptionalLong.of(micros(lease)), Precedence.FIRST);
    }

    private boolean put(Identifier digest, ByteBuffer data, int copies, OptionalLong lease, Precedence upload) {
        Kept kept = ask(new BlockQuestion.Store(
                new Arrival(digest, StoredBlocks.Data.of(digest, data.duplicate()), copies, lease, upload)));
        kept.refused().ifPresent(why -> {
            throw StoredBlocks.why(why);
        });
        return kept.known();
    }

    Set<Identifier> renew(Collection<Identifier> digests, int copies) {
        return confirm(Identifier.ZERO, digests, copies);
    }

    /** Returns those that are here. */
    Set<Identifier> confirm(Identifier upload, Collection<Identifier> digests, int copies) {
        List<Identifier> here = new ArrayList<>(digests);
        List<Integer> lacking = ask(new BlockQuestion.Renew(List.copyOf(digests), copies, false, upload));
        lacking.stream().sorted((a, b) -> b - a).forEach(place -> here.remove((int) place));
        return new TreeSet<>(here);
    }

    void condemn(Collection<Identifier> digests) {
        ask(new BlockQuestion.Renew(List.copyOf(digests), 0, true, Identifier.ZERO));
    }

    int release(Identifier upload) {
        return ask(new BlockQuestion.Release(upload));
    }

    int reclaim(Duration elapsed) {
        return this.<Integer>call(then -> engine.reclaim(micros(elapsed), then));
    }

    Duration leaseLeft(Identifier digest) {
        return Duration.ofNanos(1000 * this.<Long>call(then -> then.accept(engine.leaseLeft(digest))));
    }

    int copies(Identifier digest) {
        return this.<Integer>call(then -> then.accept(engine.copies(digest)));
    }

    // ---- what the engine needs: no ring

    @Override
    public long now() {
        return clock.getAsLong();
    }

    @Override
    public void after(long delay, Runnable what) {
        thread.execute(what);
    }

    @Override
    public List<NodeState> members() {
        return List.of();
    }

    @Override
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        then.accept(new Outcome.Declined("no ring"));
    }

    @Override
    public <A> void ask(Peer peer, BlockQuestion<A> question, long limit, Consumer<Optional<A>> then) {
        then.accept(Optional.empty());
    }

    @Override
    public BlockDisk disk() {
        return disk;
    }

    @Override
    public void names(Arc arc, String after, Consumer<Optional<List<Name>>> then) {
        then.accept(Optional.of(List.of()));
    }

    @Override
    public void chunks(Identifier content, Consumer<Optional<List<Identifier>>> then) {
        then.accept(Optional.empty());
    }

    @Override
    public void close() {
        thread.shutdown();
        disk.close();
    }
}
