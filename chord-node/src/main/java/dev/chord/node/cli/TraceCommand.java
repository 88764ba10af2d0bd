package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.protocol.Lookup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord trace}: a lookup, hop by hop. */
@Command(
        name = "trace",
        description = {"Look a key up and show every node that was asked, how far it is from the key, and who named it."
        },
        mixinStandardHelpOptions = true)
final class TraceCommand extends RingVerb {
    @Parameters(paramLabel = "KEY", description = "64 hex digits, or a name, whose key is looked up")
    String key = "";

    @Override
    int run(Ring ring, Output out) {
        boolean hex = key.matches("[0-9a-fA-F]{64}");
        Identifier id = hex ? Identifier.ofHex(key) : FileName.key(FileName.of(key));
        long start = System.nanoTime();
        Lookup.Result result = ring.topology().trace(id);
        double millis = (System.nanoTime() - start) / 1e6;
        List<String> lines = new ArrayList<>();
        lines.add("key " + id.toHex() + (hex ? "" : "  (of the name '" + FileName.printable(key) + "')"));
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> hops = new ArrayList<>();
        for (Lookup.Hop hop : result.route()) {
            boolean told = result.predecessor().filter(hop.peer()::equals).isPresent();
            String what = !hop.trouble().isEmpty()
                    ? hop.trouble()
                    : told ? "precedes the key: its list holds the answer" : "knows closer ones";
            String via = hop.via().equals(hop.peer())
                    ? "known here"
                    : "named by " + hop.via().id();
            table.add(
                    List.of("  " + hop.order(), "hop " + hop.depth(), hop.peer().toString(), left(hop, id), via, what));
            Map<String, Object> row = FindCommand.peer(hop.peer());
            row.put("hop", hop.depth());
            row.put("via", hop.via().id().toHex());
            row.put("trouble", hop.trouble());
            hops.add(row);
        }
        lines.addAll(Output.table(table));
        lines.add("owner " + result.chain().get(0) + ", then "
                + result.chain().stream().skip(1).map(p -> p.id().toString()).toList());
        lines.add(String.format(
                Locale.ROOT,
                "%d hops, %d nodes asked, %.1f ms",
                result.hops(),
                result.route().size(),
                millis));
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("key", id.toHex());
        value.put("hops", result.hops());
        value.put("millis", millis);
        value.put("chain", result.chain().stream().map(FindCommand::peer).toList());
        value.put("route", hops);
        out.result(value, lines);
        return 0;
    }

    private static String left(Lookup.Hop hop, Identifier key) {
        double share = IdentifierCircle.FULL.distance(hop.peer().id(), key).fraction();
        return String.format(Locale.ROOT, "%.2f %% of the circle left", 100 * share);
    }
}
