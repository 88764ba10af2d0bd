package dev.chord.node.replication;

import dev.chord.client.Progress;
import dev.chord.client.error.ChordException;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.BlockStore;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.Record;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
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
    private static final Duration DRAINED = Duration.ofHours(6); // until then the drained node should have gone

    private final Peer self;
    private final NodeLoop loop;
    private final BlockStore blocks;
    private final RecordStore records;
    private final CopyMover mover;
    private final Tenures tenures;

    public Repairer(
            Peer self, NodeLoop loop, BlockStore blocks, RecordStore records, CopyMover mover, Tenures tenures) {
        this.tenures = tenures;
        this.self = self;
        this.loop = loop;
        this.blocks = blocks;
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
        return new Pass(Optional.empty(), progress).run();
    }

    /** Brings everything to the processes that will hold it once this one has gone, which keeps its copies meanwhile. */
    public synchronized Round evacuate(Progress progress) {
        return new Pass(Optional.of(self.process()), progress).run();
    }

    /** Whether a round makes sense now. */
    public boolean possible() {
        return loop.states().stream().anyMatch(s -> s.phase() == Phase.MEMBER && !s.alone());
    }

    /** One walk through everything in key order, arc by arc. */
    private final class Pass {
        private final Optional<Identifier> without;
        private final Progress progress;
        private final Map<Peer, Differences> blockDifferences = new HashMap<>();
        private final Map<Peer, Differences> recordDifferences = new HashMap<>();
        private final long all = blocks.count() + records.count();
        private Round total = Round.NOTHING;

        Pass(Optional<Identifier> without, Progress progress) {
            this.without = without;
            this.progress = progress;
        }

        Round run() {
            inArcs(blocks.settled(), Function.identity(), this::moveBlocks);
            Optional<Identifier> after = Optional.empty();
            for (List<Record> page = records.after(after, BATCH); !page.isEmpty(); page = records.after(after, BATCH)) {
                inArcs(page, Repairer::key, this::moveRecords);
                after = Optional.of(key(page.get(page.size() - 1)));
            }
            return total;
        }

        // Things in key order, in runs that belong to one arc.
        private <T> void inArcs(List<T> things, Function<T, Identifier> key, Move<T> move) {
            for (int i = 0; i < things.size(); ) {
                Optional<ArcHolders> target = target(key.apply(things.get(i)));
                int end = i + 1;
                while (end < things.size()
                        && end - i < BATCH
                        && target.isPresent()
                        && target.get().arc().contains(key.apply(things.get(end)))) {
                    end++;
                }
                List<T> run = things.subList(i, end);
                total = total.plus(target.map(t -> move.of(run, t)).orElse(new Round(run.size(), 0, 0, run.size())));
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
                    receiver,
                    peer -> new Differences(
                            arc -> Fingerprints.of(blocks.index(), arc), arc -> mover.blockFingerprints(peer, arc)));
            return batch.stream()
                    .filter(digest -> differences.in(target.arc(), digest))
                    .toList();
        }

        private Round moveRecords(List<Record> batch, ArcHolders target) {
            int replicas = loop.states().get(0).settings().replicas();
            List<Peer> holders = target.ofRecords(replicas);
            // What this node still speaks for it keeps, wherever its place in the ring has moved.
            boolean drop = without.isEmpty()
                    && target.leftover(self, holders, replicas)
                    && batch.stream()
                            .noneMatch(r -> loop.owner(key(r)).isPresent()
                                    || tenures.promises().names(key(r)));
            Set<Peer> incomplete = new LinkedHashSet<>();
            long copied = 0;
            for (Peer receiver : target.others(self, holders)) {
                try {
                    copied += mover.supplyRecords(
                            receiver,
                            differing(receiver, batch, target, drop),
                            without.isPresent() ? DRAINED : Duration.ZERO);
                } catch (ChordException e) {
                    log.debug("repair: {} gets no records now: {}", receiver, e.getMessage());
                    incomplete.add(receiver);
                }
            }
            long dropped = 0;
            if (drop && incomplete.isEmpty()) {
                dropped = RecordCoordinator.await(records.drop(CopyMover.digests(batch))) ? batch.size() : 0;
            }
            return new Round(batch.size(), copied, dropped, incomplete.isEmpty() ? 0 : batch.size());
        }

        private List<Record> differing(Peer receiver, List<Record> batch, ArcHolders target, boolean drop) {
            if (drop || without.isPresent()) {
                return batch;
            }
            Differences differences = recordDifferences.computeIfAbsent(
                    receiver,
                    peer -> new Differences(records::fingerprints, arc -> mover.recordFingerprints(peer, arc)));
            return batch.stream()
                    .filter(r -> differences.in(target.arc(), key(r)))
                    .toList();
        }
    }

    private interface Move<T> {
        Round of(List<T> run, ArcHolders target);
    }

    private static Identifier key(Record record) {
        return Identifier.ofBytes(record.getKey().toByteArray());
    }

    private Optional<Lookup.Result> lookup(Identifier key) {
        for (NodeState state : loop.states()) {
            if (state.phase().routes()) {
                Outcome outcome =
                        RecordCoordinator.await(loop.command(state.self().id(), new Command.FindSuccessor(key)));
                return outcome instanceof Outcome.LookedUp up
                                && !up.result().chain().isEmpty()
                        ? Optional.of(up.result())
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
