package dev.chord.node.cli;

import dev.chord.client.Coverage;
import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.demo.Sizes;
import dev.chord.node.gateway.Views;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chord search}: names in the whole ring. */
@Command(
        name = "search",
        description = {
            "Find names in the whole ring.",
            "A PATTERN with * ? or [..] has to fit the whole name; any other is looked for inside it, whatever its case.",
            "Says which parts of the ring did not answer; then the exit code is 4."
        },
        mixinStandardHelpOptions = true)
final class SearchCommand extends RingVerb {
    @Parameters(paramLabel = "PATTERN", description = "for example 'reports/*.pdf', or thesis")
    String pattern = "";

    @Option(names = "--prefix", description = "the PATTERN is what the names begin with")
    boolean prefix;

    @Override
    int run(Ring ring, Output out) {
        Listing listing = prefix ? ring.names().list(pattern) : ring.names().search(pattern);
        out.results(
                "names",
                listing.names().stream().map(Views::name).toList(),
                Map.of("coverage", Views.coverage(listing.coverage())),
                Output.table(rows(listing.names())));
        return conclude(listing, out);
    }

    /** Names as they are listed. */
    static List<List<String>> rows(List<NameEntry> names) {
        List<List<String>> table = new ArrayList<>();
        for (NameEntry entry : names) {
            table.add(List.of(
                    entry.content().toHex().substring(0, 10),
                    Sizes.of(entry.size()),
                    entry.shared() ? "shared" : "stored",
                    "v" + entry.version().number(),
                    FileName.printable(entry.name())));
        }
        return table;
    }

    /** Says how complete a list is; the exit code to end with. */
    static int conclude(Listing listing, Output out) {
        Coverage coverage = listing.coverage();
        String answered = coverage.complete()
                ? "the whole ring answered"
                : String.format(Locale.ROOT, "%.1f %% of the ring answered", 100 * coverage.fraction());
        out.note(listing.names().size() + " names; " + answered);
        if (!coverage.complete()) {
            coverage.missing().forEach(arc -> out.note("missing: the keys in " + arc));
            coverage.silent().forEach(line -> out.note("silent: " + line));
        }
        return coverage.complete() ? 0 : ErrorCode.PARTIAL.exitCode();
    }
}
