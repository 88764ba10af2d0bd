package dev.chord.node.cli;

import dev.chord.client.wire.AdminCalls;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code chord unshare}: withdraw now. */
@Command(
        name = "unshare",
        description = "Stop sharing: withdraw a file, or a directory of them, from the ring at once.",
        mixinStandardHelpOptions = true)
final class UnshareCommand implements Callable<Integer> {
    @ParentCommand
    ChordCommand root;

    @Parameters(paramLabel = "REF", description = "name, path or content id of what this node shares")
    String ref = "";

    @Override
    public Integer call() {
        AdminCalls.Withdrawal done = root.globals.admin(calls -> calls.unshare(ref, root.globals.limit()));
        List<String> names = done.names();
        List<String> untold = done.untold();
        root.globals
                .output()
                .result(
                        Map.of("withdrawn", names, "untold", untold),
                        names.stream()
                                .map(n -> "withdrawn  " + n
                                        + (untold.contains(n) ? "  (the ring hears of it when it answers)" : ""))
                                .toList());
        return 0;
    }
}
