package dev.chord.node.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code chord join}: a lone node joins others. */
@Command(
        name = "join",
        description = "Let the running node, a ring of its own so far, join another ring.",
        mixinStandardHelpOptions = true)
final class JoinCommand implements Callable<Integer> {
    @ParentCommand
    ChordCommand root;

    @Parameters(arity = "1..*", paramLabel = "HOST:PORT", description = "nodes of the ring to join")
    List<String> seeds = List.of();

    @Override
    public Integer call() {
        Duration limit = root.globals.limit().plusSeconds(15);
        String id = root.globals.admin(calls -> calls.join(seeds, limit)).id().toHex();
        root.globals.output().result(Map.of("id", id), List.of("joined as " + id.substring(0, 10)));
        return 0;
    }
}
