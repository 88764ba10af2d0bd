package dev.chord.node.cli;

import dev.chord.client.Listing;
import dev.chord.client.Ring;
import dev.chord.node.gateway.Views;
import java.util.LinkedHashMap;
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
        Map<String, Object> rest = new LinkedHashMap<>();
        rest.put("coverage", listing.coverage().fraction());
        rest.put("silent", listing.coverage().silent());
        out.results(
                "names",
                listing.names().stream().map(Views::name).toList(),
                rest,
                Output.table(SearchCommand.rows(listing.names())));
        return SearchCommand.conclude(listing, out);
    }
}
