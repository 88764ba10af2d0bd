package dev.chord.node.cli;

import dev.chord.client.Located;
import dev.chord.client.Ring;
import dev.chord.node.demo.Sizes;
import dev.chord.node.gateway.Views;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord find}: who has it, and why they are named. */
@Command(
        name = "find",
        description = "Say who has a file, best source first, with reasons.",
        mixinStandardHelpOptions = true)
final class FindCommand extends RingVerb {
    @Parameters(paramLabel = "REF", description = "content id or its beginning, name, name@node; id: and name: force")
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
        out.result(Views.located(located), lines);
        return 0;
    }
}
