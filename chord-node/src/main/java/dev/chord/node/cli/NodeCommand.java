package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Peer;
import dev.chord.node.demo.Sizes;
import dev.chord.node.gateway.Views;
import dev.chord.proto.v1.DrainProgress;
import dev.chord.proto.v1.DrainRequest;
import dev.chord.proto.v1.Finger;
import dev.chord.proto.v1.GetStatusReply;
import dev.chord.proto.v1.GetStatusRequest;
import dev.chord.proto.v1.ListConflictsRequest;
import dev.chord.proto.v1.ListReceiptsRequest;
import dev.chord.proto.v1.ListSharedRequest;
import dev.chord.proto.v1.MemberStatus;
import dev.chord.proto.v1.RepairReply;
import dev.chord.proto.v1.RepairRequest;
import dev.chord.proto.v1.ScrubReply;
import dev.chord.proto.v1.ScrubRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    private GetStatusReply status() {
        return AdminCalls.call(
                root.globals, root.globals.limit(), stub -> stub.getStatus(GetStatusRequest.getDefaultInstance()));
    }

    @Command(name = "info", description = "What the node is and holds.", mixinStandardHelpOptions = true)
    int info() {
        GetStatusReply status = status();
        Reply.Neighborhood at = RingCodec.in(status.getMembers(0).getNeighborhood());
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("name", status.getNodeName());
        value.put("id", at.self().id().toHex());
        value.put("address", at.self().endpoint().toString());
        value.put("zone", at.self().zone());
        value.put("ring", status.getRingName());
        value.put("phase", at.phase().toString());
        value.put("members", status.getMembersCount());
        value.put("version", status.getVersion());
        value.put("pid", status.getProcessId());
        value.put("start", at.self().incarnation());
        value.put("upSeconds", status.getUptimeMillis() / 1000);
        value.put("dataDir", status.getDataDir());
        value.put("blocks", status.getBlocks());
        value.put("blockBytes", status.getBlockBytes());
        value.put("records", status.getRecords());
        value.put("sharedFiles", status.getSharedFiles());
        value.put("storeDegraded", status.getDegraded());
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
        for (MemberStatus member : status().getMembersList()) {
            Reply.Neighborhood at = RingCodec.in(member.getNeighborhood());
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
        GetStatusReply status = status();
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("fingers from", "start", "node", ideal ? "should be" : ""));
        List<Map<String, Object>> rows = new ArrayList<>();
        RingOracle oracle = ideal ? oracle() : null;
        for (MemberStatus member : status.getMembersList()) {
            for (Finger finger : member.getFingersList()) {
                Identifier start = WireCodec.in(finger.getStart());
                Peer peer = WireCodec.in(finger.getPeer());
                String should = oracle == null ? "" : verdict(oracle.successor(start), peer);
                table.add(List.of("2^" + finger.getIndex(), start.abbreviated(), peer.toString(), should));
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("index", finger.getIndex());
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
        AdminCalls.call(
                        root.globals,
                        root.globals.limit(),
                        stub -> stub.listShared(ListSharedRequest.getDefaultInstance()))
                .getFilesList()
                .forEach(f -> {
                    table.add(List.of(
                            f.getTrouble().isEmpty() ? "ok" : f.getTrouble(),
                            Sizes.of(f.getSize()),
                            f.getName(),
                            f.getPath()));
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("name", f.getName());
                    row.put("path", f.getPath());
                    row.put("content", WireCodec.in(f.getContent()).toHex());
                    row.put("size", f.getSize());
                    row.put("trouble", f.getTrouble());
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
        AdminCalls.call(
                        root.globals,
                        root.globals.limit(),
                        stub -> stub.listReceipts(ListReceiptsRequest.getDefaultInstance()))
                .getReceiptsList()
                .forEach(r -> {
                    String content = WireCodec.in(r.getContent()).toHex();
                    table.add(List.of(
                            abbreviated(content),
                            Sizes.of(r.getBytes()) + " in " + r.getBlocks()
                                    + (r.getBlocks() == 1 ? " block" : " blocks"),
                            r.getSent() == r.getBytes() ? "as sent" : "sent " + Sizes.of(r.getSent()),
                            "transfer " + r.getTransfer()));
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("content", content);
                    row.put("bytes", r.getBytes());
                    row.put("blocks", r.getBlocks());
                    row.put("sent", r.getSent());
                    row.put("transfer", r.getTransfer());
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
        AdminCalls.call(
                        root.globals,
                        root.globals.limit(),
                        stub -> stub.listConflicts(ListConflictsRequest.getDefaultInstance()))
                .getConflictsList()
                .forEach(c -> {
                    String lost = c.getLost().isEmpty()
                            ? "deleted"
                            : WireCodec.in(c.getLost()).toHex();
                    String kept = c.getKept().isEmpty()
                            ? "deleted"
                            : WireCodec.in(c.getKept()).toHex();
                    String noticed = Instant.ofEpochMilli(c.getNoticedMillis()).toString();
                    table.add(List.of(
                            c.getName(),
                            "stays " + c.getWinner() + " " + abbreviated(kept),
                            "lost " + c.getLoser() + " " + lost,
                            noticed));
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("name", c.getName());
                    row.put("winner", c.getWinner());
                    row.put("kept", kept);
                    row.put("loser", c.getLoser());
                    row.put("lost", lost);
                    row.put("noticed", noticed);
                    rows.add(row);
                });
        root.globals.output().results("conflicts", rows, Map.of(), Output.table(table));
        return 0;
    }

    private static String abbreviated(String content) {
        return content.length() > 10 ? content.substring(0, 10) : content;
    }

    @Command(
            name = "scrub",
            description = "Read every block here from the disk, and put damaged ones aside; the ring heals them.",
            mixinStandardHelpOptions = true)
    int scrub() {
        ScrubReply reply =
                AdminCalls.call(root.globals, LONG_WORK, stub -> stub.scrub(ScrubRequest.getDefaultInstance()));
        List<String> damaged = reply.getDamagedList().stream()
                .map(d -> WireCodec.in(d).toHex())
                .toList();
        List<String> lines = new ArrayList<>();
        lines.add(reply.getChecked() + " blocks read, " + damaged.size() + " damaged");
        damaged.forEach(d -> lines.add("damaged  " + d));
        root.globals.output().result(Map.of("checked", reply.getChecked(), "damaged", damaged), lines);
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
        DrainProgress last = AdminCalls.call(root.globals, LONG_WORK, stub -> {
            DrainProgress now = DrainProgress.getDefaultInstance();
            Iterator<DrainProgress> steps = stub.drain(DrainRequest.getDefaultInstance());
            while (steps.hasNext()) {
                now = steps.next();
            }
            return now;
        });
        boolean done = last.getFinished() && last.getFailed() == 0;
        root.globals
                .output()
                .result(
                        Map.of("checked", last.getDone(), "copied", last.getCopied(), "failed", last.getFailed()),
                        List.of(last.getDone() + " checked, " + last.getCopied() + " copied, " + last.getFailed()
                                + " not yet in all their places"
                                + (done ? ": this node can be stopped" : ": run it again")));
        return done ? 0 : ErrorCode.UNFINISHED.exitCode();
    }

    @Command(
            name = "repair",
            description = "Read every block here, put damaged ones aside, and bring every copy to its place now.",
            mixinStandardHelpOptions = true)
    int repair() {
        RepairReply reply =
                AdminCalls.call(root.globals, LONG_WORK, stub -> stub.repair(RepairRequest.getDefaultInstance()));
        root.globals
                .output()
                .result(
                        Map.of(
                                "checked", reply.getChecked(),
                                "damaged", reply.getDamaged(),
                                "copied", reply.getCopied(),
                                "dropped", reply.getDropped()),
                        List.of(reply.getChecked() + " checked, " + reply.getDamaged() + " damaged, "
                                + reply.getCopied() + " copied, " + reply.getDropped() + " dropped"));
        return 0;
    }
}
