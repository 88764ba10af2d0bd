package dev.chord.node.blocks;

import dev.chord.client.Progress;
import dev.chord.client.error.Await;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Differences;
import dev.chord.core.records.RecordEngine;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.records.NodeRecords;
import dev.chord.node.store.BlockStore;
import dev.chord.node.store.NodeStore;
import dev.chord.node.store.RecordStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every block and record this process holds to the processes that should hold it. Every holder supplies the others, so
 * one good copy is enough to heal the rest; a leftover goes only after each holder has confirmed its copy. Holders that have the
 * same find out by a fingerprint of each arc and say no more.
 */
public final class Repairer {
    private static final Logger log = LoggerFactory.getLogger(Repairer.class);
    private static final int BATCH = 500;
    private static final long LOOK_MILLIS = 500;
    private static final Duration LIMIT = Duration.ofSeconds(3);
    private static final Duration DRAINED = Duration.ofHours(6); // until then the drained node should have gone

    private final Peer self;
    private final NodeLoop loop;
    private final BlockStore blocks;
    private final RecordStore store;
    private final NodeRecords records;
    private final CopyMover mover;

    public Repairer(Peer self, NodeLoop loop, NodeStore store, NodeRecords records, CopyMover mover) {
        this.self = self;
        this.loop = loop;
        this.blocks = store.blocks();
        this.store = store.records();
        this.records = records;
        this.mover = mover;
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
        Round moved = new Pass(Optional.empty(), progress).run();
        return moved.plus(recordRound(false, progress));
    }

    /** Brings everything to the processes that will hold it once this one has gone, which keeps its copies meanwhile. */
    public synchronized Round evacuate(Progress progress) {
        Round moved = new Pass(Optional.of(self.process()), progress).run();
        return moved.plus(recordRound(true, progress));
    }

    // The engine goes through the records by itself; whoever waits here tells how far it is, and may stop waiting.
    private Round recordRound(boolean leaving, Progress progress) {
        long keep = leaving ? TimeUnit.NANOSECONDS.toMicros(DRAINED.toNanos()) : 0;
        AtomicLong checked = new AtomicLong();
        CompletableFuture<Optional<RecordEngine.Round>> round =
                records.call((engine, then) -> engine.repair(leaving, keep, checked::set, then));
        while (true) {
            try {
                return round.get(LOOK_MILLIS, TimeUnit.MILLISECONDS)
                        .map(r -> new Round(r.checked(), r.copied(), r.dropped(), r.failed()))
                        .orElse(new Round(0, 0, 0, 1)); // one is under way: the next round tells
            } catch (TimeoutException e) {
                progress.moved(checked.get(), Math.max(checked.get(), all()));
            } catch (ExecutionException e) {
                throw new ChordException(
                        ErrorCode.UNFINISHED, "records are not repaired now: " + e.getMessage(), "", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
            }
        }
    }

    private long all() {
        return blocks.count() + store.count();
    }

    private record At(Peer peer, Arc arc) {}

    /** Whether a round makes sense now. */
    public boolean possible() {
        return loop.states().stream().anyMatch(s -> s.phase() == Phase.MEMBER && !s.alone());
    }

    /** One walk through everything in key order, arc by arc. */
    private final class Pass {
        private final Optional<Identifier> without;
        private final Progress progress;
        private final Map<At, Differences> blockDifferences = new HashMap<>();
        private final long all = all();
        private Round total = Round.NOTHING;

        Pass(Optional<Identifier> without, Progress progress) {
            this.without = without;
            this.progress = progress;
        }

        Round run() {
            inArcs(blocks.settled());
            return total;
        }

        // In key order, in runs that belong to one arc.
        private void inArcs(List<Identifier> digests) {
            for (int i = 0; i < digests.size(); ) {
                Optional<ArcHolders> target = target(digests.get(i));
                int end = i + 1;
                while (end < digests.size()
                        && end - i < BATCH
                        && target.isPresent()
                        && target.get().arc().contains(digests.get(end))) {
                    end++;
                }
                List<Identifier> run = digests.subList(i, end);
                total = total.plus(target.map(t -> moveBlocks(run, t)).orElse(new Round(run.size(), 0, 0, run.size())));
                progress.moved(total.checked(), all);
                i = end;
            }
        }

        private Optional<ArcHolders> target(Identifier key) {
            Optional<Lookup.Result> found = lookup(key);
            if (found.isEmpty() || found.get().arc().isEmpty()) {
                return Optional.empty();
            }
            List<Peer> chain = found.get().chain().stream()
                    .filter(p -> without.map(w -> !w.equals(p.process())).orElse(true))
                    .toList();
            return Optional.of(new ArcHolders(found.get().arc().get(), chain));
        }

        private Round moveBlocks(List<Identifier> run, ArcHolders target) {
            Round round = Round.NOTHING;
            Map<Integer, List<Identifier>> byCopies = new HashMap<>();
            for (Identifier digest : run) {
                byCopies.computeIfAbsent(blocks.copies(digest), copies -> new ArrayList<>())
                        .add(digest);
            }
            for (Map.Entry<Integer, List<Identifier>> same : byCopies.entrySet()) {
                round = round.plus(moveBlocks(same.getValue(), target, same.getKey()));
            }
            return round;
        }

        private Round moveBlocks(List<Identifier> batch, ArcHolders target, int copies) {
            boolean drop = without.isEmpty() && target.leftover(self, target.ofBlocks(copies), copies);
            Set<Identifier> incomplete = new TreeSet<>();
            long copied = 0;
            for (Peer receiver : target.others(self, target.ofBlocks(copies))) {
                try {
                    copied += mover.supplyBlocks(
                            receiver,
                            lacking(receiver, batch, target, drop),
                            without.isPresent() ? DRAINED : Duration.ZERO,
                            incomplete);
                } catch (ChordException e) {
                    log.debug("repair: {} gets nothing now: {}", receiver, e.getMessage());
                    incomplete.addAll(batch);
                }
            }
            long dropped = 0;
            if (drop) {
                for (Identifier digest : batch) {
                    if (!incomplete.contains(digest) && !blocks.kept(digest)) {
                        blocks.delete(digest);
                        dropped++;
                    }
                }
            }
            return new Round(batch.size(), copied, dropped, incomplete.size());
        }

        // Where something is to be let go a fingerprint does not count: each copy is asked for by name. So it
        // is where this node is to go: the others are told to keep what they have.
        private List<Identifier> lacking(Peer receiver, List<Identifier> batch, ArcHolders target, boolean drop) {
            if (drop || without.isPresent()) {
                return batch;
            }
            Differences differences = blockDifferences.computeIfAbsent(
                    new At(receiver, target.arc()),
                    at -> new Differences(
                            Fingerprints.of(blocks.index(), at.arc()), mover.blockFingerprints(at.peer(), at.arc())));
            return batch.stream().filter(differences::in).toList();
        }
    }

    private Optional<Lookup.Result> lookup(Identifier key) {
        for (NodeState state : loop.states()) {
            if (state.phase().routes()) {
                Outcome outcome = Await.of(
                        loop.command(state.self().id(), new Command.FindSuccessor(key)), LIMIT, "this node's ring");
                return outcome instanceof Outcome.LookedUp up
                                && !up.result().chain().isEmpty()
                        ? Optional.of(up.result())
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
