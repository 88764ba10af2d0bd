package dev.chord.sim.burn;

import dev.chord.core.check.BlockInvariants;
import dev.chord.core.check.BlockInvariants.Named;
import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.id.Identifier;
import dev.chord.core.records.Record;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Judges the blocks of a run, by what lies on the disks of all processes in the end. */
final class BlockJudge {
    /**
     * What it judges; of worlds in which holders do not agree on who they are only where a plan asks for it:
     * a seed of an earlier client broke it there, and it has not been found out why.
     */
    static final String NAMED_BLOCKS = "NamedBlocksExist";

    private final SimulatedRing ring;

    BlockJudge(SimulatedRing ring) {
        this.ring = ring;
    }

    /** What does not hold. */
    Optional<Violation> end() {
        Map<Identifier, Record> newest = new TreeMap<>();
        for (SimulatedProcess process : ring.processes()) {
            process.store()
                    .all()
                    .forEach((key, record) ->
                            newest.merge(key, record, (a, b) -> a.version().newerThan(b.version()) ? a : b));
        }
        List<Named> names = newest.values().stream()
                .map(record -> new Named(record.key(), ring.files().blocks(record)))
                .toList();
        return BlockInvariants.namedBlocksExist(
                names, ring.processes().stream().map(p -> p.store().blocks()).toList());
    }
}
