package dev.chord.client.transfer;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.GetBlockReply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads of single blocks, as manifests are, each from the first of several peers that sends it right. One
 * that is late is not waited for: the next is asked too, within {@link HedgeBudget}, and whoever was
 * overtaken is asked last for a while. Thread-safe.
 */
final class BlockRace {
    private static final int MOST_SLOW = 1024;
    private static final int AT_ONCE = 3;
    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    private final Cache<Peer, Boolean> slow = CacheBuilder.newBuilder()
            .maximumSize(MOST_SLOW)
            .expireAfterWrite(REMEMBERED)
            .build();
    private final AtomicLong hedges = new AtomicLong();
    private final AtomicLong done = new AtomicLong();

    /** How peers are asked for the block. */
    interface Asking {
        /** Within which one answers, or is not waited for any more. */
        Duration limit();

        /** Asks one. */
        ListenableFuture<GetBlockReply> ask(Peer peer);

        /** Notes why one did not deliver. */
        void blame(Peer peer, Throwable why);
    }

    /**
     * The block, from one of these.
     *
     * @param sources in order, each asked once at most; those that were slow come last
     * @param tried takes those that were asked
     * @return empty if none of them has it as it should be
     */
    Optional<BlockClient.Fetched> run(Identifier digest, List<Peer> sources, Collection<Peer> tried, Asking asking) {
        Run run = new Run(digest, tried, asking);
        sources.stream().filter(p -> !tried.contains(p)).distinct().forEach(p -> {
            if (slow.getIfPresent(p) == null) {
                run.open.add(p);
            }
        });
        sources.stream()
                .filter(p -> !tried.contains(p) && !run.open.contains(p))
                .distinct()
                .forEach(run.open::add);
        return run.go();
    }

    /** One of them, driven by the thread that wants the block. */
    private final class Run {
        private final Identifier digest;
        private final Collection<Peer> tried;
        private final Asking asking;
        private final Deque<Peer> open = new ArrayDeque<>();
        private final Map<Peer, ListenableFuture<GetBlockReply>> calls = new HashMap<>();
        private final Map<Peer, Long> began = new HashMap<>();
        private final BlockingQueue<Peer> ended = new LinkedBlockingQueue<>(); // as many as are asked

        Run(Identifier digest, Collection<Peer> tried, Asking asking) {
            this.digest = digest;
            this.tried = tried;
            this.asking = asking;
        }

        Optional<BlockClient.Fetched> go() {
            try {
                while (!calls.isEmpty() || !open.isEmpty()) {
                    if (calls.isEmpty()) {
                        next();
                    }
                    Peer peer = ended.poll(HedgeBudget.LATE_MILLIS, TimeUnit.MILLISECONDS);
                    if (peer != null) {
                        Optional<BlockClient.Fetched> fetched = outcome(peer);
                        if (fetched.isPresent()) {
                            done.incrementAndGet();
                            calls.keySet().forEach(p -> slow.put(p, true));
                            return fetched;
                        }
                    } else {
                        endLate();
                        if (mayHedge()) {
                            next();
                        }
                    }
                }
                return Optional.empty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
            } finally {
                calls.values().forEach(c -> c.cancel(false));
            }
        }

        // A question that waits to go together with others has no deadline of its own yet.
        private void endLate() {
            long now = System.nanoTime();
            began.forEach((peer, then) -> {
                ListenableFuture<GetBlockReply> call = calls.get(peer);
                if (call != null && now - then > asking.limit().toNanos()) {
                    call.cancel(false);
                }
            });
        }

        private boolean mayHedge() {
            if (open.isEmpty() || calls.size() >= AT_ONCE) {
                return false;
            }
            boolean allowed = HedgeBudget.allows(hedges.get(), done.get());
            if (allowed) {
                hedges.incrementAndGet();
            }
            return allowed;
        }

        private void next() {
            Peer peer = open.remove();
            tried.add(peer);
            ListenableFuture<GetBlockReply> call = asking.ask(peer);
            calls.put(peer, call);
            began.put(peer, System.nanoTime());
            call.addListener(() -> ended.add(peer), MoreExecutors.directExecutor());
        }

        private Optional<BlockClient.Fetched> outcome(Peer peer) {
            try {
                GetBlockReply reply = Objects.requireNonNull(calls.remove(peer)).get();
                ByteBuffer data = WireCodec.view(reply.getData());
                if (Identifier.sha256(data).equals(digest)) {
                    return Optional.of(new BlockClient.Fetched(data, peer, reply.getShared()));
                }
                asking.blame(peer, new ChordException(ErrorCode.INTEGRITY, peer + " sent other bytes", ""));
            } catch (ExecutionException e) {
                asking.blame(peer, Objects.requireNonNullElse(e.getCause(), e));
            } catch (CancellationException e) {
                asking.blame(peer, new ChordException(ErrorCode.DEADLINE, peer + " did not answer in time", "", e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
            }
            return Optional.empty();
        }
    }
}
