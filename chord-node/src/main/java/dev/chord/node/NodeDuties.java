package dev.chord.node;

import dev.chord.client.Progress;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.blocks.Departure;
import dev.chord.node.blocks.Repairer;
import dev.chord.node.rpc.AdminServer;
import java.time.Duration;
import java.util.List;

/** What whoever is on this machine asks of the node as a whole. Thread-safe. */
record NodeDuties(ChordNode node) implements AdminServer.Duties {
    @Override
    public String version() {
        return ChordNode.version();
    }

    @Override
    public void join(List<Endpoint> seeds, Duration limit) {
        node.membership().joinAll(seeds, limit);
    }

    @Override
    public void leave(boolean force, Departure.Watcher watcher) {
        node.leave(force, watcher);
        node.closeSoon();
    }

    @Override
    public List<Identifier> scrub() {
        return node.upkeep().scrub();
    }

    @Override
    public Repairer.Round repair() {
        return node.upkeep().repair();
    }

    @Override
    public Repairer.Round drain(Progress progress) {
        return node.upkeep().drain(progress);
    }
}
