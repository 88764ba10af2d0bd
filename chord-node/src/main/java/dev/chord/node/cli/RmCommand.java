package dev.chord.node.cli;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord rm}: remove a name. */
@Command(
        name = "rm",
        description = {
            "Remove a name from the ring.",
            "What it stood for can still be fetched by its content id: its blocks stay, as other names may need them."
        },
        mixinStandardHelpOptions = true)
final class RmCommand extends RingVerb {
    @Parameters(paramLabel = "REF", description = "the name, or a content id that one name stands for; name:NAME is the name in any case")
    String ref = "";

    @Override
    int run(Ring ring, Output out) {
        NameEntry old = ring.files().remove(ref);
        out.result(
                Map.of("removed", old.name(), "content", old.content().toHex()),
                List.of("removed  " + FileName.printable(old.name()) + "  (was "
                        + old.content().toHex() + ")"));
        return 0;
    }
}
