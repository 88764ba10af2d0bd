package dev.chord.node.cli;

import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.demo.Sizes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord ls}: the names on the ring. */
@Command(
        name = "ls",
        description = "List the names on the ring that begin with PREFIX, asking every node for its own.",
        mixinStandardHelpOptions = true)
final class LsCommand extends RingVerb {
    @Parameters(arity = "0..1", paramLabel = "PREFIX", description = "default: all")
    String prefix = "";

    @Override
    int run(Ring ring, Output out) {
        Listing listing = ring.names().list(prefix);
        List<List<String>> table = new ArrayList<>();
        for (NameEntry entry : listing.names()) {
            table.add(List.of(
                    entry.content().toHex().substring(0, 10),
                    Sizes.of(entry.size()),
                    entry.shared() ? "shared" : "stored",
                    "v" + entry.version().number(),
                    FileName.printable(entry.name())));
        }
        Map<String, Object> rest = new LinkedHashMap<>();
        rest.put("coverage", listing.coverage().fraction());
        rest.put("silent", listing.coverage().silent());
        out.results("names", listing.names().stream().map(LsCommand::row).toList(), rest, Output.table(table));
        boolean whole = listing.coverage().complete();
        String percent =
                String.format(Locale.ROOT, "%.1f %%", 100 * listing.coverage().fraction());
        out.note(listing.names().size() + " names; "
                + (whole ? "the whole ring answered" : percent + " of the ring answered"));
        if (!whole) {
            listing.coverage().silent().forEach(line -> out.note("silent: " + line));
        }
        return whole ? 0 : ErrorCode.PARTIAL.exitCode();
    }

    private static Map<String, Object> row(NameEntry entry) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", entry.name());
        row.put("content", entry.content().toHex());
        row.put("size", entry.size());
        row.put("shared", entry.shared());
        row.put("version", entry.version().number());
        return row;
    }
}
