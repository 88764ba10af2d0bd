package dev.chord.node.cli;

import dev.chord.client.Listing;
import dev.chord.client.Ring;
import dev.chord.node.gateway.Views;
import java.util.List;
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
        return print(ring.names().list(prefix), out);
    }

    /** Prints names in order, and says how complete they are. */
    static int print(Listing listing, Output out) {
        if (out.json()) {
            out.results(
                    "names",
                    listing.names().stream().map(Views::name).toList(),
                    Map.of("coverage", Views.coverage(listing.coverage())),
                    List.of());
        } else {
            listing.names().forEach(entry -> out.line(Views.name(entry), SearchCommand.line(entry)));
        }
        return SearchCommand.conclude(listing.names().size(), listing.coverage(), out);
    }
}
