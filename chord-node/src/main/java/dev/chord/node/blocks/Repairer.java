package dev.chord.node.blocks;

import dev.chord.client.Progress;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.blocks.BlockEngine;
import dev.chord.core.blocks.BlockLimits;
import dev.chord.core.message.Phase;
import dev.chord.core.records.RecordEngine;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.records.NodeRecords;
import dev.chord.node.store.NodeStore;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Has the engines of a node bring every block and record to the processes that should hold it, and waits
 * for them.
 */
public final class Repairer {
    private static final long LOOK_MILLIS = 500;

    private final NodeLoop loop;
    private final NodeStore store;
    private final NodeBlocks blocks;
    private final NodeRecords records;

    public Repairer(NodeLoop loop, NodeStore store, NodeBlocks blocks, NodeRecords records) {
        this.loop = loop;
        this.store = store;
        this.blocks = blocks;
        this.records = records;
    }

    /**
     * What one round did.
     *
     * @param copied blocks and records given to others
     * @param dropped blocks and records let go
     * @param failed that could not be brought to all their places
     */
    public record Round(long checked, long copied, long dropped, long failed) {
        static final Round NOTHING = new Round(0, 0, 0, 0);

        Round plus(Round other) {
            return new Round(
                    checked + other.checked, copied + other.copied, dropped + other.dropped, failed + other.failed);
        }
    }

    /** Goes once through everything held here. One round at a time; {@code progress} may throw to end it. */
    public synchronized Round repair(Progress progress) {
        return round(false, progress);
    }

    /**
     * Brings everything to the processes that will hold it once this one has gone, which keeps its
     * copies meanwhile.
     */
    public synchronized Round evacuate(Progress progress) {
        return round(true, progress);
    }

    private Round round(boolean leaving, Progress progress) {
        AtomicLong checked = new AtomicLong();
        CompletableFuture<BlockEngine.Round> moved =
                blocks.call((engine, then) -> engine.repair(leaving, checked::set, then));
        BlockEngine.Round before = await(moved, 0, checked, progress);
        AtomicLong more = new AtomicLong();
        long keep = leaving ? BlockLimits.DEFAULT.drained() : 0;
        CompletableFuture<Optional<RecordEngine.Round>> round =
                records.call((engine, then) -> engine.repair(leaving, keep, more::set, then));
        Round after = await(round, before.checked(), more, progress)
                .map(r -> new Round(r.checked(), r.copied(), r.dropped(), r.failed()))
                .orElse(new Round(0, 0, 0, 1)); // one is under way: the next round tells
        return new Round(before.checked(), before.copied(), before.dropped(), before.failed()).plus(after);
    }

    // The engines go through it by themselves; whoever waits here tells how far they are, and may
    // stop waiting.
    private <T> T await(CompletableFuture<T> round, long before, AtomicLong checked, Progress progress) {
        while (true) {
            try {
                T done = round.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                tell(before + checked.get(), progress);
                return done;
            } catch (TimeoutException e) {
                tell(before + checked.get(), progress);
            } catch (ExecutionException e) {
                throw new ChordException(
                        ErrorCode.UNFINISHED, "this node does not repair now: " + e.getMessage(), "try again", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
            }
        }
    }

    private void tell(long checked, Progress progress) {
        progress.moved(
                checked,
                Math.max(checked, store.blocks().count() + store.records().count()));
    }

    /** Whether a round makes sense now. */
    public boolean possible() {
        return loop.states().stream().anyMatch(s -> s.phase() == Phase.MEMBER && !s.alone());
    }
}
