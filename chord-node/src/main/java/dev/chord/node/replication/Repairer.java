package dev.chord.node.replication;

import dev.chord.client.error.ChordException;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.placement.Placement;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.BlockStore;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.Record;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every block and record this process holds to the processes that should hold it. Every holder supplies the others, so
 * one good copy is enough to heal the rest; a leftover goes only after each holder has confirmed its copy.
 */
public final class Repairer {
    private static final Logger log = LoggerFactory.getLogger(Repairer.class);
    private static final int BATCH = 500;

    private final Peer self;
    private final NodeLoop loop;
    private final BlockStore blocks;
    private final RecordStore records;
    private final CopyMover mover;

    public Repairer(Peer self, NodeLoop loop, BlockStore blocks, RecordStore records, CopyMover mover) {
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

    /** Hears how far a round is. */
    public interface Watcher {
        void checked(long done, long total);
    }

    /** Goes once through everything held here. One round at a time. */
    public synchronized Round repair() {
        return pass(Optional.empty(), (done, total) -> {});
    }

    /** Brings everything to the processes that will hold it once this one has gone, which keeps its copies meanwhile. */
    public synchronized Round evacuate(Watcher watcher) {
        return pass(Optional.of(self.process()), watcher);
    }

    private Round pass(Optional<Identifier> without, Watcher watcher) {
        Round total = Round.NOTHING;
        List<Identifier> digests = blocks.digests();
        long all = digests.size() + records.count();
        for (int i = 0; i < digests.size(); ) {
            Optional<Target> target = target(digests.get(i), without);
            int end = i + 1;
            while (end < digests.size()
                    && end - i < BATCH
                    && target.isPresent()
                    && target.get().arc().contains(digests.get(end))) {
                end++;
            }
            List<Identifier> batch = digests.subList(i, end);
            total = total.plus(target.map(t -> moveBlocks(batch, t)).orElse(new Round(end - i, 0, 0, end - i)));
            watcher.checked(total.checked(), all);
            i = end;
        }
        Optional<Identifier> after = Optional.empty();
        for (List<Record> page = records.after(after, BATCH); !page.isEmpty(); page = records.after(after, BATCH)) {
            total = total.plus(recordPage(page, without));
            watcher.checked(total.checked(), all);
            after = Optional.of(key(page.get(page.size() - 1)));
        }
        return total;
    }

    private Round recordPage(List<Record> page, Optional<Identifier> without) {
        Round total = Round.NOTHING;
        for (int i = 0; i < page.size(); ) {
            Optional<Target> target = target(key(page.get(i)), without);
            int end = i + 1;
            while (end < page.size() && target.isPresent() && target.get().arc().contains(key(page.get(end)))) {
                end++;
            }
            List<Record> batch = page.subList(i, end);
            total = total.plus(target.map(t -> moveRecords(batch, t)).orElse(new Round(end - i, 0, 0, end - i)));
            i = end;
        }
        return total;
    }

    private static Identifier key(Record record) {
        return Identifier.ofBytes(record.getKey().toByteArray());
    }

    /** For all keys of an arc: whom to supply, and whether the copy here may go then. */
    private record Target(Arc arc, List<Peer> receivers, boolean drop) {}

    private Optional<Target> target(Identifier key, Optional<Identifier> without) {
        Optional<Lookup.Result> found = lookup(key);
        if (found.isEmpty() || found.get().arc().isEmpty()) {
            return Optional.empty();
        }
        List<Peer> chain = found.get().chain().stream()
                .filter(p -> without.map(w -> !w.equals(p.process())).orElse(true))
                .toList();
        int replicas = loop.states().get(0).settings().replicas();
        List<Peer> holders = Placement.holders(chain, replicas);
        List<Peer> others = holders.stream()
                .filter(p -> !p.process().equals(self.process()))
                .toList();
        Arc arc = found.get().arc().get();
        // A ring that looks smaller than it has to be is no reason to let anything go.
        boolean drop = without.isEmpty() && !Placement.isHolder(self.process(), holders) && holders.size() == replicas;
        return Optional.of(new Target(arc, others, drop));
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

    private Round moveBlocks(List<Identifier> batch, Target target) {
        Set<Identifier> incomplete = new TreeSet<>();
        long copied = 0;
        for (Peer receiver : target.receivers()) {
            try {
                copied += mover.supplyBlocks(receiver, batch, incomplete);
            } catch (ChordException e) {
                log.debug("repair: {} gets nothing now: {}", receiver, e.getMessage());
                incomplete.addAll(batch);
            }
        }
        long dropped = 0;
        if (target.drop()) {
            for (Identifier digest : batch) {
                if (!incomplete.contains(digest)) {
                    blocks.delete(digest);
                    dropped++;
                }
            }
        }
        return new Round(batch.size(), copied, dropped, incomplete.size());
    }

    private Round moveRecords(List<Record> batch, Target target) {
        Set<Integer> incomplete = new LinkedHashSet<>();
        long copied = 0;
        for (Peer receiver : target.receivers()) {
            try {
                copied += mover.supplyRecords(receiver, batch);
            } catch (ChordException e) {
                log.debug("repair: {} gets no records now: {}", receiver, e.getMessage());
                incomplete.add(0);
            }
        }
        long dropped = 0;
        // What this node still speaks for it keeps, wherever its place in the ring has moved.
        boolean owned = batch.stream().anyMatch(r -> loop.owner(key(r)).isPresent());
        if (target.drop() && incomplete.isEmpty() && !owned) {
            RecordCoordinator.await(records.drop(CopyMover.digests(batch)));
            dropped = batch.size();
        }
        return new Round(batch.size(), copied, dropped, incomplete.isEmpty() ? 0 : batch.size());
    }

    /** Reads every block, so that damaged copies are found and put aside. Returns how many were. */
    public long scrub() {
        long before = blocks.damagedCount();
        for (Identifier digest : blocks.digests()) {
            try {
                blocks.get(digest);
            } catch (ChordException e) {
                log.debug("scrub: {}", e.getMessage());
            }
        }
        return blocks.damagedCount() - before;
    }

    /** Whether a round makes sense now. */
    public boolean possible() {
        return loop.states().stream().anyMatch(s -> s.phase() == Phase.MEMBER && !s.alone());
    }
}
