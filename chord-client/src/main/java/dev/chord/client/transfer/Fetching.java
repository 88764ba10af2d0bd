package dev.chord.client.transfer;

import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One transfer under way, driven by the thread that wants the file: a window of chunks in flight, each asked
 * of the source that would be done with it first. A chunk that takes much longer than others is asked of a
 * second source too, within a budget; who is first wins, and the other call is ended. What comes is hashed,
 * and if the order does not matter written, by the workers.
 */
final class Fetching {
    private static final long TURN_MILLIS = 20;
    private static final long SLOWEST_NANOS = TimeUnit.MILLISECONDS.toNanos(HedgeBudget.LATE_MILLIS);
    private static final int TIMES_LONGER = 4;
    private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final double NEWEST = 0.2;

    private final BlockClient blocks;
    private final ExecutorService workers;
    private final FlowWindow window;
    private final Duration limit;
    private final Downloader.Job job;
    private final FileManifest manifest;
    private final Sources sources;
    private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>(); // bounded by the window
    private final Map<Integer, Chunk> active = new LinkedHashMap<>();
    private final TreeSet<Integer> again = new TreeSet<>();
    private final ChunkOrder order; // for a target that wants them in order
    private final Map<Integer, Peer> deliveredBy = new TreeMap<>();
    // of any chunk: a file that changed is withdrawn while it is read
    private final List<String> bad = new ArrayList<>();
    private volatile Runnable wake = () -> {};
    private int next;
    private int hedges;
    private long typicalNanos;
    private long allowedAt = System.nanoTime();
    private long lastDelivery = System.nanoTime();

    Fetching(BlockClient blocks, ExecutorService workers, int window, Duration limit, Downloader.Job job) {
        this.blocks = blocks;
        this.workers = workers;
        this.limit = limit;
        this.job = job;
        this.manifest = job.manifest();
        this.order = new ChunkOrder(job.target());
        int chunkSize = manifest.chunks().isEmpty() ? 1 : manifest.length(0);
        this.window = new FlowWindow(window, chunkSize, Runtime.getRuntime().maxMemory(), System.nanoTime());
        this.sources = new Sources(job.zone(), System.nanoTime());
    }

    Sources sources() {
        return sources;
    }

    /** Which chunks one source delivered, in rising order. */
    List<Integer> chunksOf(Peer source) {
        return deliveredBy.entrySet().stream()
                .filter(e -> e.getValue().equals(source))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Fetches everything that the target wants, on the thread that calls. */
    void run() throws IOException {
        try {
            while (turn()) {
                Runnable event = events.poll(TURN_MILLIS, TimeUnit.MILLISECONDS);
                if (event != null) {
                    event.run();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "begin again to go on where it was", e);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RejectedExecutionException e) {
            throw Downloader.closed(e);
        } finally {
            stop();
        }
    }

    /** Does all that can be done now; whether more is to come. For a driver that does not wait. */
    boolean turn() throws IOException {
        for (Runnable event = events.poll(); event != null; event = events.poll()) {
            event.run();
        }
        job.control().check();
        if (job.control().paused()) {
            rest();
            return true;
        }
        order.hand();
        boolean more = begin() || !active.isEmpty();
        overtake();
        return more;
    }

    /** Whether {@link #turn} has to be called again even if nothing happens: calls may be late. */
    boolean waits() {
        return !active.isEmpty() || System.nanoTime() - allowedAt < 0;
    }

    /** Ends all calls; nothing is fetched any more. */
    void stop() {
        active.values().forEach(this::endCalls);
        active.clear();
        job.control().waitsFor("");
    }

    /** @param hook run whenever something has happened that a turn has to deal with; on any thread */
    void onEvent(Runnable hook) {
        wake = hook;
    }

    private void tell(Runnable event) {
        events.add(event);
        wake.run();
    }

    // Starts what fits into the window; whether anything is left to start.
    private boolean begin() throws IOException {
        while (active.size() + order.kept()
                        < Math.min(window.chunks(), job.target().ahead())
                && (!again.isEmpty() || next < manifest.chunks().size())) {
            if (System.nanoTime() - allowedAt < 0) {
                job.control().waitsFor(job.control().bytesPerSecond() > 0 ? "its limit" : "sources that are busy");
                return true;
            }
            boolean fresh = again.isEmpty();
            int index = fresh ? next++ : again.pollFirst();
            if (fresh && !job.target().wants(index)) {
                job.control().check(); // looking through what is there already may take long
                continue;
            }
            if (fresh && job.target().ordered()) {
                order.expect(index);
            }
            Chunk chunk = new Chunk(index, manifest.chunks().get(index), manifest.length(index), new Trouble(bad));
            active.put(index, chunk);
            throttle(chunk.size);
            ask(chunk);
        }
        return !again.isEmpty() || next < manifest.chunks().size() || !order.isEmpty();
    }

    private void throttle(int size) {
        long rate = job.control().bytesPerSecond();
        if (rate > 0) {
            long now = System.nanoTime();
            allowedAt = (allowedAt - now > 0 ? allowedAt : now) + (long) (1e9 * size / rate);
        }
    }

    // ---- one chunk

    private void ask(Chunk chunk) {
        if (chunk.holders.isEmpty() && chunk.lookups == 0) {
            chunk.holders = blocks.knownHolders(chunk.digest);
        }
        Optional<Peer> source = candidate(chunk);
        if (source.isPresent()) {
            call(chunk, source.get());
        } else if (chunk.lookups < 2) {
            lookUp(chunk);
        } else if (chunk.attempts.isEmpty()) {
            throw chunk.trouble.toException(chunk.digest);
        }
    }

    // Those that share the file and those that should store the chunk are equals.
    private Optional<Peer> candidate(Chunk chunk) {
        List<Peer> open = new ArrayList<>(job.providers());
        open.addAll(chunk.holders.subList(0, Math.min(job.replicas(), chunk.holders.size())));
        open.removeIf(peer -> chunk.tried.contains(peer) || !job.allowed().test(peer));
        if (open.isEmpty()) {
            // copies may be farther along while the ring changes
            return chunk.holders.stream()
                    .filter(peer -> !chunk.tried.contains(peer) && job.allowed().test(peer))
                    .findFirst();
        }
        return sources.best(open, chunk.size);
    }

    private void lookUp(Chunk chunk) {
        if (chunk.looking) {
            return;
        }
        chunk.looking = true;
        boolean fresh = chunk.lookups++ > 0;
        workers.execute(() -> {
            List<Peer> found = List.of();
            Optional<String> trouble = Optional.empty();
            try {
                found = fresh ? blocks.holdersAnew(chunk.digest, limit) : blocks.holders(chunk.digest, limit);
            } catch (ChordException e) {
                trouble = Optional.of(String.valueOf(e.getMessage()));
            }
            List<Peer> holders = found;
            Optional<String> why = trouble;
            tell(() -> {
                chunk.looking = false;
                why.ifPresent(chunk.trouble::out);
                chunk.holders = holders;
                if (active.get(chunk.index) == chunk && chunk.attempts.isEmpty()) {
                    ask(chunk);
                }
            });
        });
    }

    private void call(Chunk chunk, Peer peer) {
        chunk.tried.add(peer);
        sources.asked(peer, chunk.size);
        long began = System.nanoTime();
        BlockCall call = blocks.start(
                peer,
                new BlockClient.Wanted(chunk.digest, chunk.size, job.transfer()),
                limit,
                (ended, failure) -> ended(chunk, new Chunk.Attempt(peer, ended, began), failure));
        chunk.attempts.add(new Chunk.Attempt(peer, call, began));
    }

    // On a network thread.
    private void ended(Chunk chunk, Chunk.Attempt attempt, Optional<Throwable> failure) {
        try {
            if (failure.isPresent()) {
                tell(() -> failed(chunk, attempt, failure.get()));
            } else {
                workers.execute(() -> verify(chunk, attempt));
            }
        } catch (RejectedExecutionException e) {
            attempt.call().end();
            tell(() -> {
                throw Downloader.closed(e);
            });
        }
    }

    // On a worker.
    private void verify(Chunk chunk, Chunk.Attempt attempt) {
        Optional<ReceivedBlock> brought = attempt.call().take();
        if (brought.isEmpty()) {
            return; // nobody wants it any more
        }
        long took = System.nanoTime() - attempt.began();
        try (ReceivedBlock block = brought.get()) {
            if (!block.is(chunk.digest)) {
                tell(() -> bad(chunk, attempt));
                return;
            }
            Optional<ByteBuffer> kept = job.target().ordered() ? Optional.of(block.copy()) : Optional.empty();
            if (kept.isEmpty()) {
                job.target().chunk(chunk.index, block.data()); // twice the same if two sources deliver it
            }
            tell(() -> delivered(chunk, attempt, took, kept));
            job.target().settle();
        } catch (IOException e) {
            tell(() -> {
                throw new UncheckedIOException(e);
            });
        }
    }

    private boolean over(Chunk chunk, Chunk.Attempt attempt) {
        return active.get(chunk.index) != chunk || !chunk.attempts.remove(attempt);
    }

    private void delivered(Chunk chunk, Chunk.Attempt attempt, long took, Optional<ByteBuffer> data) {
        if (over(chunk, attempt)) {
            return;
        }
        sources.delivered(attempt.peer(), chunk.size, took);
        typicalNanos = typicalNanos == 0 ? took : (long) ((1 - NEWEST) * typicalNanos + NEWEST * took);
        deliveredBy.put(chunk.index, attempt.peer());
        long now = System.nanoTime();
        lastDelivery = now;
        window.delivered(chunk.size, took, now);
        for (Chunk.Attempt slower : chunk.attempts) {
            sources.overtaken(slower.peer(), chunk.size, now - slower.began());
            slower.call().end();
        }
        chunk.attempts.clear();
        active.remove(chunk.index);
        job.target().done(chunk.index);
        data.ifPresent(bytes -> order.came(chunk.index, bytes));
    }

    private void bad(Chunk chunk, Chunk.Attempt attempt) {
        if (!over(chunk, attempt)) {
            chunk.trouble.bad(attempt.peer() + " sent other bytes");
            sources.sentBad(attempt.peer(), chunk.size);
            askAgain(chunk);
        }
    }

    private void failed(Chunk chunk, Chunk.Attempt attempt, Throwable failure) {
        if (over(chunk, attempt)) {
            return;
        }
        ErrorCode why = blocks.blame(attempt.peer(), failure, chunk.trouble);
        sources.failed(attempt.peer(), chunk.size);
        if (why == ErrorCode.UNFINISHED && System.nanoTime() - lastDelivery < limit.toNanos()) {
            // it is busy: so nothing new is begun for a moment, and it may be asked again
            chunk.tried.remove(attempt.peer());
            allowedAt = Math.max(allowedAt, System.nanoTime() + BUSY_NANOS);
            if (chunk.attempts.isEmpty()) {
                active.remove(chunk.index);
                again.add(chunk.index);
            }
        } else {
            askAgain(chunk);
        }
    }

    private void askAgain(Chunk chunk) {
        if (chunk.attempts.isEmpty()) {
            ask(chunk);
        }
    }

    // ---- all of them

    // The oldest chunk that only one source is at gets a second one, if it is late and the budget allows.
    private void overtake() {
        long now = System.nanoTime();
        long late = Math.max(SLOWEST_NANOS, TIMES_LONGER * typicalNanos);
        Optional<Chunk> oldest = active.values().stream()
                .filter(c -> !c.attempts.isEmpty())
                .reduce((a, b) -> a.began - b.began <= 0 ? a : b);
        oldest.ifPresent(chunk -> job.control()
                .waitsFor(String.format(
                        Locale.ROOT,
                        "block %d from %s for %.1f s",
                        chunk.index,
                        chunk.attempts.get(0).peer().endpoint(),
                        (now - chunk.began) / 1e9)));
        for (Chunk chunk : active.values()) {
            boolean slow =
                    chunk.attempts.size() == 1 && now - chunk.attempts.get(0).began() > late;
            if (!slow) {
                continue;
            }
            // what one that has been overtaken still owes is no second burden on those that are quicker
            boolean known = sources.overtaken(chunk.attempts.get(0).peer());
            if (known || HedgeBudget.allows(hedges, deliveredBy.size())) {
                hedge(chunk, !known);
            }
        }
    }

    private void hedge(Chunk chunk, boolean counts) {
        Optional<Peer> other = candidate(chunk);
        if (other.isPresent()) {
            hedges += counts ? 1 : 0;
            call(chunk, other.get());
        } else if (chunk.lookups == 0) {
            lookUp(chunk); // it may be stored besides being shared
        }
    }

    // Ends all calls; what they were for is asked for again once somebody wants to go on.
    private void rest() {
        for (Chunk chunk : active.values()) {
            endCalls(chunk);
            again.add(chunk.index);
        }
        active.clear();
        job.control().waitsFor("somebody to resume it");
    }

    private void endCalls(Chunk chunk) {
        for (Chunk.Attempt attempt : chunk.attempts) {
            sources.dropped(attempt.peer(), chunk.size);
            attempt.call().end();
        }
        chunk.attempts.clear();
    }
}
