package dev.chord.node.cli;

import dev.chord.client.Located;
import dev.chord.client.Ring;
import dev.chord.core.id.Arc;
import dev.chord.core.ring.Peer;
import dev.chord.node.demo.Sizes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord find}: who has it, and why they are named. */
@Command(
        name = "find",
        description = "Say who has a file, best source first, with reasons.",
        mixinStandardHelpOptions = true)
final class FindCommand extends RingVerb {
    @Parameters(paramLabel = "REF", description = "content id or its beginning, name, name@node")
    String ref = "";

    @Override
    int run(Ring ring, Output out) {
        Located located = ring.files().locate(ref);
        List<String> lines = new ArrayList<>();
        lines.add(located.content().toHex() + "  " + Sizes.of(located.size()) + " in " + located.chunks()
                + (located.chunks() == 1 ? " block" : " blocks")
                + located.name().map(n -> "  " + n.name()).orElse(""));
        List<List<String>> table = new ArrayList<>();
        located.sources()
                .forEach(s -> table.add(List.of(
                        s.reachable() ? "  yes" : "  no",
                        s.kind().toString().toLowerCase(Locale.ROOT),
                        s.peer().id().abbreviated(),
                        s.peer().endpoint().toString(),
                        s.reason())));
        lines.addAll(Output.table(table));
        located.arc().ifPresent(arc -> lines.add("the first block lies in arc " + arc));
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("content", located.content().toHex());
        value.put("name", located.name().map(n -> n.name()).orElse(null));
        value.put("size", located.size());
        value.put("chunks", located.chunks());
        value.put("arc", located.arc().map(FindCommand::arc).orElse(null));
        value.put("sources", located.sources().stream().map(FindCommand::row).toList());
        out.result(value, lines);
        return 0;
    }

    private static Map<String, Object> row(Located.Source source) {
        Map<String, Object> row = peer(source.peer());
        row.put("kind", source.kind().toString().toLowerCase(Locale.ROOT));
        row.put("reachable", source.reachable());
        row.put("reason", source.reason());
        return row;
    }

    static Map<String, Object> peer(Peer peer) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", peer.id().toHex());
        row.put("address", peer.endpoint().toString());
        row.put("zone", peer.zone());
        return row;
    }

    static Map<String, Object> arc(Arc arc) {
        return Map.of("from", arc.from().toHex(), "to", arc.to().toHex());
    }
}
