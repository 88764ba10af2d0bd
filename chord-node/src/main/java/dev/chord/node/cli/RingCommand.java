package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.Topology;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.RingSettings;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.sim.RingInvariants;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code chord ring}: the ring as a whole. */
@Command(
        name = "ring",
        description = "Look at the ring as a whole.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB")
final class RingCommand {
    @ParentCommand
    ChordCommand root;

    /** Two letters: up or down; normal, joining, leaving, isolated. */
    private static String state(Topology.Member member) {
        return member.view()
                .map(at -> switch (at.phase()) {
                    case MEMBER -> "UN";
                    case LEAVING -> "UL";
                    case JOINING -> "UJ";
                    case ISOLATED -> "UI";
                    case OUTSIDE, LEFT -> "UO";
                })
                .orElse("DN");
    }

    @Command(
            name = "status",
            aliases = "members",
            description = {
                "List the members in ring order.",
                "U up, D down; N normal, J joining, L leaving, I isolated, O out of the ring."
            },
            mixinStandardHelpOptions = true)
    int status() {
        try (Ring ring = root.globals.connect()) {
            List<Topology.Member> members = ring.topology().members();
            List<List<String>> table = new ArrayList<>();
            table.add(List.of("", "id", "address", "zone", "owns", "successors"));
            List<Map<String, Object>> rows = new ArrayList<>();
            for (Topology.Member member : members) {
                String owns = member.view()
                        .flatMap(Reply.Neighborhood::owned)
                        .map(arc -> String.format(Locale.ROOT, "%5.1f %%", 100 * arc.share()))
                        .orElse("-");
                String list =
                        member.view().map(at -> at.successors().size() + "").orElse(member.trouble());
                table.add(List.of(
                        state(member),
                        member.peer().id().abbreviated(),
                        member.peer().endpoint().toString(),
                        member.peer().zone(),
                        owns,
                        list));
                Map<String, Object> row = FindCommand.peer(member.peer());
                row.put("state", state(member));
                row.put(
                        "owns",
                        member.view()
                                .flatMap(Reply.Neighborhood::owned)
                                .map(FindCommand::arc)
                                .orElse(null));
                rows.add(row);
            }
            long up = members.stream().filter(m -> m.view().isPresent()).count();
            Output out = root.globals.output();
            int successors = root.globals.settings().ring().successors();
            boolean bootstrap = up <= successors;
            Map<String, Object> rest = Map.of("up", up, "down", members.size() - up, "bootstrap", bootstrap);
            out.results("members", rows, rest, Output.table(table));
            String small = bootstrap ? "; a small ring: the proof of correctness asks for " + (successors + 1) : "";
            out.note(up + " up, " + (members.size() - up) + " down" + small);
            return 0;
        }
    }

    @Command(
            name = "check",
            description = "Check the ring's invariants over a snapshot of all members; exit 13 if one does not hold.",
            mixinStandardHelpOptions = true)
    int check() {
        try (Ring ring = root.globals.connect()) {
            List<Topology.Member> members = ring.topology().members();
            List<RingInvariants.Snapshot> snapshots = new ArrayList<>();
            List<String> found = new ArrayList<>();
            for (Topology.Member member : members) {
                if (member.view().isPresent() && member.view().get().phase() == Phase.MEMBER) {
                    snapshots.add(RingInvariants.Snapshot.of(member.view().get()));
                } else {
                    found.add("EveryMemberUp: " + member.peer() + " is " + state(member) + " " + member.trouble());
                }
            }
            RingInvariants.safety(snapshots).forEach(v -> found.add(v.toString()));
            RingInvariants.ideal(snapshots, settings()).forEach(v -> found.add(v.toString()));
            Map<String, Object> value = new LinkedHashMap<>();
            value.put("members", snapshots.size());
            value.put("violations", found);
            List<String> lines = new ArrayList<>(found);
            lines.add(
                    found.isEmpty()
                            ? snapshots.size() + " members, one ordered ring, every list and arc as it should be"
                            : found.size() + " findings; a ring that has just changed heals within seconds");
            root.globals.output().result(value, lines);
            return found.isEmpty() ? 0 : ErrorCode.UNHEALTHY.exitCode();
        }
    }

    private RingSettings settings() {
        NodeConfig config = root.globals.settings();
        int successors = config.number(ConfigKey.RING_SUCCESSORS, 2, 64);
        return new RingSettings(IdentifierCircle.FULL, successors, 1, 2, 3);
    }
}
