package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.blocks.BlockDisk;
import dev.chord.core.blocks.Bytes;
import dev.chord.core.blocks.Refusal;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A block store as the disk of an engine. What takes long happens on threads of its own; deletions have
 * another one, because who waits for room waits for them. All is answered on the engine's thread.
 */
public final class StoredBlocks implements BlockDisk, AutoCloseable {
    private static final int THREADS = 32;
    private static final int IDLE_SECONDS = 5;

    private final BlockStore store;
    private final Executor engine;
    private final ThreadPoolExecutor work = pool(THREADS, "chord-blocks-disk");
    private final ThreadPoolExecutor deletions = pool(1, "chord-blocks-deletions");

    /** Bytes in memory. */
    public record Data(ByteBuffer buffer) implements Bytes {
        /**
         * Those of a block that somebody sent: the engine does not look at bytes, so this does.
         *
         * @throws ChordException USAGE if the digest is not theirs
         */
        public static Data of(Identifier digest, ByteBuffer buffer) {
            if (!Identifier.sha256(buffer).equals(digest)) {
                throw new ChordException(
                        ErrorCode.USAGE,
                        "block " + digest.abbreviated() + " does not have the digest it is sent under",
                        "");
            }
            return new Data(buffer);
        }

        @Override
        public int size() {
            return buffer.remaining();
        }
    }

    /** What a disk says of a block that it does not take. */
    public record DiskRefusal(ChordException why) implements Refusal {}

    StoredBlocks(BlockStore store, Executor engine) {
        this.store = store;
        this.engine = engine;
    }

    private static ThreadPoolExecutor pool(int threads, String name) {
        ThreadFactory factory = DaemonThreads.named(name);
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** The bytes of a block that the engine hands on. */
    public static ByteBuffer data(Bytes bytes) {
        return ((Data) bytes).buffer().duplicate();
    }

    /** Why a block was not taken, as callers hear it. */
    public static ChordException why(Refusal refusal) {
        return refusal instanceof DiskRefusal disk
                ? disk.why()
                : new ChordException(
                        ErrorCode.NO_SPACE,
                        "there is no room for all who store now: this upload was let go of",
                        "try again, or add nodes");
    }

    @Override
    public List<Found> all() {
        return store.all();
    }

    @Override
    public boolean has(Identifier digest) {
        return store.has(digest);
    }

    @Override
    public void write(Identifier digest, Bytes bytes, Precedence by, Consumer<Optional<Refusal>> then) {
        later(
                work,
                () -> store.write(digest, data(bytes), by),
                failure -> then.accept(Optional.of(refusal(failure))),
                why -> then.accept(why.map(DiskRefusal::new)));
    }

    @Override
    public void check(Identifier digest, Consumer<Boolean> then) {
        later(work, () -> CompletableFuture.completedFuture(store.intact(digest)), failure -> then.accept(false), then);
    }

    @Override
    public void read(Identifier digest, Consumer<Optional<Bytes>> then) {
        later(
                work,
                () -> CompletableFuture.completedFuture(store.get(digest)),
                failure -> then.accept(Optional.empty()),
                found -> then.accept(found.map(Data::new)));
    }

    @Override
    public void delete(Identifier digest, Consumer<Boolean> then) {
        later(deletions, () -> store.delete(digest), failure -> then.accept(false), then);
    }

    @Override
    public void wish(Map<Identifier, Integer> copies, Consumer<Boolean> then) {
        later(
                Runnable::run,
                () -> store.wishes().set(Map.copyOf(copies)),
                failure -> then.accept(false),
                done -> then.accept(true));
    }

    @Override
    public void condemned(Collection<Identifier> now, Collection<Identifier> noMore) {
        store.condemned().change(List.copyOf(now), List.copyOf(noMore));
    }

    private static Refusal refusal(Throwable failure) {
        return new DiskRefusal(
                failure instanceof ChordException chord
                        ? chord
                        : new ChordException(
                                ErrorCode.INTERNAL, "storing failed: " + failure, "see the node's log", failure));
    }

    private <T> void later(
            Executor where, Supplier<CompletableFuture<T>> what, Consumer<Throwable> failed, Consumer<T> then) {
        try {
            where.execute(() -> {
                CompletableFuture<T> done;
                try {
                    done = what.get();
                } catch (RuntimeException | Error e) {
                    done = CompletableFuture.failedFuture(e);
                }
                done.whenComplete((value, failure) -> tell(() -> {
                    if (failure == null) {
                        then.accept(value);
                    } else {
                        failed.accept(failure);
                    }
                }));
            });
        } catch (RejectedExecutionException e) {
            tell(() -> failed.accept(new ChordException(ErrorCode.UNFINISHED, "the node is stopping", "try again")));
        }
    }

    private void tell(Runnable answer) {
        try {
            engine.execute(answer);
        } catch (RejectedExecutionException e) {
            return; // stopping: nobody waits for it any more
        }
    }

    @Override
    public void close() {
        work.shutdownNow();
        deletions.shutdownNow();
    }
}
