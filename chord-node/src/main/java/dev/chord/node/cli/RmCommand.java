package dev.chord.node.cli;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
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
    @Parameters(
            paramLabel = "REF",
            description = "the name, or a content id that one name stands for; name:NAME is the name in any case")
    String ref = "";

    @Override
    int run(Ring ring, Output out) {
        NameEntry old;
        try {
            old = ring.files().remove(ref);
        } catch (ChordException e) {
            int removed = e.code() == ErrorCode.NOT_FOUND || e.code() == ErrorCode.USAGE ? damaged() : 0;
            if (removed == 0) {
                throw e;
            }
            out.result(
                    Map.of("removed", ref, "damaged", removed),
                    List.of("removed  " + ref + "  (a record on this node's disk that was shown to nobody)"));
            return 0;
        }
        out.result(
                Map.of("removed", old.name(), "content", old.content().toHex()),
                List.of("removed  " + FileName.printable(old.name()) + "  (was "
                        + old.content().toHex() + ")"));
        return 0;
    }

    // What is no name cannot be on the ring, but may be on the disk of the node that is asked, which alone is
    // told of it.
    private int damaged() {
        try {
            return DamagedCommand.removed(root.globals, ref);
        } catch (ChordException e) {
            return 0; // not a node of this machine
        }
    }
}
