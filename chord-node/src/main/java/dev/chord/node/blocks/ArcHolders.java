package dev.chord.node.blocks;

import dev.chord.core.id.Arc;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Peer;
import java.util.List;

/**
 * Who should hold what lies in an arc.
 *
 * @param chain the arc's owner and the members after it
 */
record ArcHolders(Arc arc, List<Peer> chain) {
    List<Peer> ofBlocks(int copies) {
        return Placement.spread(chain, copies);
    }

    List<Peer> others(Peer self, List<Peer> holders) {
        return holders.stream().filter(p -> !p.process().equals(self.process())).toList();
    }

    /** Whether the copy here is one too many. A ring that looks smaller than it has to be is no reason to let anything go. */
    boolean leftover(Peer self, List<Peer> holders, int wanted) {
        return !Placement.isHolder(self.process(), holders) && holders.size() == wanted;
    }
}
