package dev.chord.node.cli;

import dev.chord.client.Reference;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Lookup;
import dev.chord.node.gateway.Views;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
        Identifier id = Reference.key(key);
        boolean hex = Reference.of(key).isWholeId();
        long start = System.nanoTime();
        Lookup.Result result = ring.topology().trace(id);
        double millis = (System.nanoTime() - start) / 1e6;
        List<String> lines = new ArrayList<>();
        lines.add("key " + id.toHex()
                + (hex ? "" : "  (of the name '" + FileName.printable(Reference.named(key)) + "')"));
        List<List<String>> table = new ArrayList<>();
        for (Lookup.Hop hop : result.route()) {
            String via = hop.via().equals(hop.peer())
                    ? "known here"
                    : "named by " + hop.via().id();
            table.add(List.of(
                    "  " + hop.order(),
                    "hop " + hop.depth(),
                    hop.peer().toString(),
                    String.format(Locale.ROOT, "%.2f %% of the circle left", 100 * Views.left(result, hop)),
                    via,
                    Views.reason(result, hop)));
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
        out.result(Views.route(result, millis), lines);
        return 0;
    }
}
