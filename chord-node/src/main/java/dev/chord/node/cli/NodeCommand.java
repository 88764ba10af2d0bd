package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.AdminCalls;
import dev.chord.client.wire.NodeStatus;
import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Peer;
import dev.chord.node.demo.Sizes;
import dev.chord.node.gateway.Views;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chord node}: one node, from inside. */
@Command(
        name = "node",
        description = "Look at one node, or give it work.",
        mixinStandardHelpOptions = true,
        subcommands = DamagedCommand.class,
        synopsisSubcommandLabel = "VERB")
final class NodeCommand {
    private static final Duration LONG_WORK = Duration.ofHours(6);

    @ParentCommand
    ChordCommand root;

    private NodeStatus status() {
        return root.globals.admin(calls -> calls.status(root.globals.limit()));
    }

    @Command(name = "info", description = "What the node is and holds.", mixinStandardHelpOptions = true)
    int info() {
        NodeStatus status = status();
        Reply.Neighborhood at = status.members().get(0).at();
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("name", status.name());
        value.put("id", at.self().id().toHex());
        value.put("address", at.self().endpoint().toString());
        value.put("zone", at.self().zone());
        value.put("ring", status.ring());
        value.put("phase", at.phase().toString());
        value.put("members", status.members().size());
        value.put("version", status.version());
        value.put("pid", status.process().pid());
        value.put("start", at.self().incarnation());
        value.put("upSeconds", status.process().up().toSeconds());
        value.put("dataDir", status.process().dataDir());
        value.put("blocks", status.held().blocks());
        value.put("blockBytes", status.held().blockBytes());
        value.put("records", status.held().records());
        value.put("sharedFiles", status.held().sharedFiles());
        value.put("storeDegraded", status.held().degraded());
        List<List<String>> rows = value.entrySet().stream()
                .map(e -> List.of(e.getKey(), String.valueOf(e.getValue())))
                .toList();
        root.globals.output().result(value, Output.table(rows));
        return 0;
    }

    @Command(
            name = "successors",
            description = "The node's predecessor and successor list.",
            mixinStandardHelpOptions = true)
    int successors() {
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (NodeStatus.Member member : status().members()) {
            Reply.Neighborhood at = member.at();
            at.predecessor().ifPresent(p -> addPeer(table, rows, "predecessor", p));
            addPeer(table, rows, "self", at.self());
            for (int i = 0; i < at.successors().size(); i++) {
                addPeer(table, rows, "successor " + (i + 1), at.successors().get(i));
            }
        }
        root.globals.output().results("successors", rows, Map.of(), Output.table(table));
        return 0;
    }

    private static void addPeer(List<List<String>> table, List<Map<String, Object>> rows, String role, Peer peer) {
        table.add(List.of(role, peer.id().abbreviated(), peer.endpoint().toString(), peer.zone()));
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("role", role);
        row.putAll(Views.peer(peer));
        rows.add(row);
    }

    @Command(
            name = "fingers",
            description = "The node's finger table; one line for each run of equal fingers.",
            mixinStandardHelpOptions = true)
    int fingers(
            @Option(names = "--ideal", description = "beside what they should be, by a walk round the ring")
                    boolean ideal) {
        NodeStatus status = status();
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("fingers from", "start", "node", ideal ? "should be" : ""));
        List<Map<String, Object>> rows = new ArrayList<>();
        RingOracle oracle = ideal ? oracle() : null;
        for (NodeStatus.Member member : status.members()) {
            for (NodeStatus.Finger finger : member.fingers()) {
                Identifier start = finger.start();
                Peer peer = finger.peer();
                String should = oracle == null ? "" : verdict(oracle.successor(start), peer);
                table.add(List.of("2^" + finger.index(), start.abbreviated(), peer.toString(), should));
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("index", finger.index());
                row.put("start", start.toHex());
                row.putAll(Views.peer(peer));
                if (oracle != null) {
                    row.put("ideal", oracle.successor(start).id().toHex());
                }
                rows.add(row);
            }
        }
        root.globals.output().results("fingers", rows, Map.of(), Output.table(table));
        return 0;
    }

    private static String verdict(Peer should, Peer is) {
        return should.sameMember(is) ? "the same" : should.toString();
    }

    private RingOracle oracle() {
        try (Ring ring = root.globals.connect()) {
            List<Peer> up = ring.topology().members().stream()
                    .filter(m -> m.view().isPresent())
                    .map(m -> m.peer())
                    .toList();
            return new RingOracle(up, root.globals.settings().ring());
        }
    }

    @Command(name = "shared", description = "The files this node shares in place.", mixinStandardHelpOptions = true)
    int shared() {
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        root.globals.admin(calls -> calls.shared(root.globals.limit())).forEach(f -> {
            table.add(List.of(f.trouble().isEmpty() ? "ok" : f.trouble(), Sizes.of(f.size()), f.name(), f.path()));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", f.name());
            row.put("path", f.path());
            row.put("content", f.content().toHex());
            row.put("size", f.size());
            row.put("trouble", f.trouble());
            rows.add(row);
        });
        root.globals.output().results("files", rows, Map.of(), Output.table(table));
        return 0;
    }

    @Command(
            name = "receipts",
            description = "What readers said they got from this node, beside its own count; the latest first.",
            mixinStandardHelpOptions = true)
    int receipts() {
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        root.globals.admin(calls -> calls.receipts(root.globals.limit())).forEach(r -> {
            String content = r.content().toHex();
            table.add(List.of(
                    abbreviated(content),
                    Sizes.of(r.bytes()) + " in " + r.blocks() + (r.blocks() == 1 ? " block" : " blocks"),
                    r.sent() == r.bytes() ? "as sent" : "sent " + Sizes.of(r.sent()),
                    "transfer " + r.transfer()));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("content", content);
            row.put("bytes", r.bytes());
            row.put("blocks", r.blocks());
            row.put("sent", r.sent());
            row.put("transfer", r.transfer());
            rows.add(row);
        });
        root.globals.output().results("receipts", rows, Map.of(), Output.table(table));
        return 0;
    }

    @Command(
            name = "conflicts",
            description = {
                "Names that were written on both sides of a cut network: which version stays, and what the other one stood for.",
                "What was lost can be fetched by its content id for some weeks."
            },
            mixinStandardHelpOptions = true)
    int conflicts() {
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        root.globals.admin(calls -> calls.conflicts(root.globals.limit())).forEach(c -> {
            String lost = content(c.lost());
            String kept = content(c.kept());
            String noticed = c.noticed().toString();
            table.add(List.of(
                    c.name(),
                    "stays " + c.winner() + " " + abbreviated(kept),
                    "lost " + c.loser() + " " + lost,
                    noticed));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", c.name());
            row.put("winner", c.winner());
            row.put("kept", kept);
            row.put("loser", c.loser());
            row.put("lost", lost);
            row.put("noticed", noticed);
            rows.add(row);
        });
        root.globals.output().results("conflicts", rows, Map.of(), Output.table(table));
        return 0;
    }

    private static String content(Optional<Identifier> id) {
        return id.map(Identifier::toHex).orElse("deleted");
    }

    private static String abbreviated(String content) {
        return content.length() > 10 ? content.substring(0, 10) : content;
    }

    @Command(
            name = "scrub",
            description = "Read every block here from the disk, and put damaged ones aside; the ring heals them.",
            mixinStandardHelpOptions = true)
    int scrub() {
        AdminCalls.Scrubbed reply = root.globals.admin(calls -> calls.scrub(LONG_WORK));
        List<String> damaged = reply.damaged().stream().map(Identifier::toHex).toList();
        List<String> lines = new ArrayList<>();
        lines.add(reply.checked() + " blocks read, " + damaged.size() + " damaged");
        damaged.forEach(d -> lines.add("damaged  " + d));
        root.globals.output().result(Map.of("checked", reply.checked(), "damaged", damaged), lines);
        return damaged.isEmpty() ? 0 : ErrorCode.INTEGRITY.exitCode();
    }

    @Command(
            name = "drain",
            description = {
                "Bring everything kept here to enough other nodes, so that this one can be stopped for long.",
                "Nothing is dropped here, and the node stays in the ring; 'chord leave' is for good."
            },
            mixinStandardHelpOptions = true)
    int drain() {
        AdminCalls.Drained last = root.globals.admin(calls -> calls.drain(LONG_WORK));
        boolean done = last.finished() && last.failed() == 0;
        root.globals
                .output()
                .result(
                        Map.of("checked", last.checked(), "copied", last.copied(), "failed", last.failed()),
                        List.of(last.checked() + " checked, " + last.copied() + " copied, " + last.failed()
                                + " not yet in all their places"
                                + (done ? ": this node can be stopped" : ": run it again")));
        return done ? 0 : ErrorCode.UNFINISHED.exitCode();
    }

    @Command(
            name = "repair",
            description = "Read every block here, put damaged ones aside, and bring every copy to its place now.",
            mixinStandardHelpOptions = true)
    int repair() {
        AdminCalls.Repaired reply = root.globals.admin(calls -> calls.repair(LONG_WORK));
        root.globals
                .output()
                .result(
                        Map.of(
                                "checked", reply.checked(),
                                "damaged", reply.damaged(),
                                "copied", reply.copied(),
                                "dropped", reply.dropped()),
                        List.of(reply.checked() + " checked, " + reply.damaged() + " damaged, " + reply.copied()
                                + " copied, " + reply.dropped() + " dropped"));
        return 0;
    }
}
