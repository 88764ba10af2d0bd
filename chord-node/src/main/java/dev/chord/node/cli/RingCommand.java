package dev.chord.node.cli;

import dev.chord.client.Holders;
import dev.chord.client.Ring;
import dev.chord.client.RingWatch;
import dev.chord.client.Topology;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.gateway.RingHealth;
import dev.chord.node.gateway.RingPicture;
import dev.chord.node.gateway.Views;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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
                        Views.state(member),
                        member.peer().id().abbreviated(),
                        member.peer().endpoint().toString(),
                        member.peer().zone(),
                        owns,
                        list));
                rows.add(Views.member(member));
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
            List<Holders.Refused> refused = ring.holders().refused(members);
            List<String> found = RingHealth.findings(members, refused, settings());
            Map<String, Object> value = new LinkedHashMap<>();
            value.put("members", members.size());
            value.put("violations", found);
            List<String> lines = new ArrayList<>(found);
            lines.add(
                    found.isEmpty()
                            ? members.size() + " members, one ordered ring, every list and arc as it should be"
                            : found.size() + " findings; a ring that has just changed heals within seconds");
            if (refused.stream().anyMatch(arc -> !arc.missing().isEmpty())) {
                lines.add("if those that are waited for are gone for good: 'chord ring give-up'");
            }
            root.globals.output().result(value, lines);
            return found.isEmpty() ? 0 : ErrorCode.UNHEALTHY.exitCode();
        }
    }

    @Command(
            name = "give-up",
            description = {
                "Say of processes that they are gone for good, so that nobody waits for them any more.",
                "Names that only they kept are lost, and they must not be started again with the same data directory.",
                "'chord ring check' names those that are waited for; where others are missing too, names stay refused."
            },
            mixinStandardHelpOptions = true)
    int giveUp(
            @Parameters(
                            paramLabel = "PROCESS",
                            arity = "1..*",
                            description = "HOST:PORT, or the process as named there")
                    List<String> processes) {
        try (Ring ring = root.globals.connect()) {
            Holders.Outcome outcome = ring.holders().giveUp(processes);
            Map<String, Object> value = new LinkedHashMap<>();
            value.put(
                    "givenUp",
                    outcome.processes().stream().map(p -> p.process().toHex()).toList());
            value.put("told", outcome.told().stream().map(Peer::toString).toList());
            value.put(
                    "untold",
                    outcome.untold().keySet().stream().map(Peer::toString).toList());
            List<String> lines = new ArrayList<>();
            outcome.processes()
                    .forEach(p -> lines.add("given up: " + p.endpoint() + " (process "
                            + p.process().toHex().substring(0, 16) + ")"));
            lines.add(outcome.told().size() + " processes told");
            outcome.untold().forEach((peer, why) -> lines.add("not told: " + peer + ": " + why));
            root.globals.output().result(value, lines);
            return outcome.told().isEmpty() ? ErrorCode.UNREACHABLE.exitCode() : 0;
        }
    }

    @Command(
            name = "picture",
            description = "Draw the ring as SVG: members at their identifiers, clockwise from the top, and their arcs.",
            mixinStandardHelpOptions = true)
    int picture(
            @Option(
                            names = {"-o", "--output"},
                            paramLabel = "FILE",
                            description = "default: standard output")
                    Optional<Path> file)
            throws IOException {
        try (Ring ring = root.globals.connect()) {
            String svg = RingPicture.of(ring.topology().members());
            if (file.isPresent()) {
                Files.writeString(file.get(), svg);
                root.globals.output().note("wrote " + file.get());
            } else {
                System.out.print(svg);
                System.out.flush();
            }
            return 0;
        }
    }

    @Command(
            name = "watch",
            description = "Show who comes, goes, and changes, as it is noticed, until Ctrl-C.",
            mixinStandardHelpOptions = true)
    int watch() throws InterruptedException {
        try (Ring ring = root.globals.connect()) {
            Output out = root.globals.output();
            CountDownLatch readerGone = new CountDownLatch(1);
            try (RingWatch watch = ring.topology().watch(event -> {
                show(event, out);
                if (out.broken()) {
                    readerGone.countDown(); // the other end of the pipe
                }
            })) {
                out.note("watching the ring");
                readerGone.await();
            }
            return 0;
        }
    }

    private static void show(RingWatch.Event event, Output out) {
        String kind = event.kind().name().toLowerCase(Locale.ROOT);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("number", event.id());
        value.put("event", kind);
        value.putAll(Views.memberAndNeighbours(event.member()));
        String owns = event.member()
                .view()
                .flatMap(Reply.Neighborhood::owned)
                .map(arc -> String.format(Locale.ROOT, "  owns %.1f %%", 100 * arc.share()))
                .orElse("");
        out.line(value, event.id() + "  " + kind + "  " + event.member().peer() + owns);
    }

    private RingSettings settings() {
        NodeConfig config = root.globals.settings();
        int successors = config.number(ConfigKey.RING_SUCCESSORS);
        return new RingSettings(IdentifierCircle.FULL, successors, 1, 2, 3);
    }
}
