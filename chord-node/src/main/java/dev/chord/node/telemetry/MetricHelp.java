package dev.chord.node.telemetry;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.Map;

/**
 * What each metric means, in one place: a metric without help is one that nobody can read, and Prometheus
 * says so.
 */
final class MetricHelp implements MeterFilter {
    private static final Map<String, String> HELP = Map.ofEntries(
            Map.entry("chord.blocks.refused", "blocks not sent, for their reader did not read"),
            Map.entry("chord.faults", "faults that a loop, a round or a handler has outlived, by place"),
            Map.entry("chord.mailbox.queued", "messages that wait for the loop of the node"),
            Map.entry("chord.providers.probes", "times a provider was asked whether it is still there"),
            Map.entry("chord.records.offered", "records that other nodes offered to this one"),
            Map.entry("chord.repair.bytes", "bytes copied to repair what had too few copies"),
            Map.entry("chord.ring.changes", "changes of the ring as this node saw them, by kind"),
            Map.entry("chord.ring.owned.fraction", "the part of the ring that this node answers for"),
            Map.entry("chord.ring.table.members", "members in the table of all members, once it is complete"),
            Map.entry("chord.rpc", "calls of other nodes and clients, by method and outcome"),
            Map.entry("chord.rpc.refused", "calls turned away before they were served, by reason"),
            Map.entry("chord.store.blocks", "blocks on the disk of this node"),
            Map.entry("chord.store.bytes", "bytes of blocks on the disk of this node"),
            Map.entry("chord.store.corrupt.blocks", "blocks with other bytes than their digest says, put aside"),
            Map.entry("chord.transfer.bytes", "bytes of blocks that came in and went out"),
            Map.entry("chord.wire.refused", "messages refused for what they said, by service and reason"));

    static boolean knows(String name) {
        return HELP.containsKey(name);
    }

    @Override
    public Meter.Id map(Meter.Id id) {
        String help = HELP.get(id.getName());
        return help == null || id.getDescription() != null
                ? id
                : new Meter.Id(id.getName(), Tags.of(id.getTags()), id.getBaseUnit(), help, id.getType());
    }
}
