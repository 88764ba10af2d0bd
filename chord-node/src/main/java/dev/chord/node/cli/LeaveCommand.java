package dev.chord.node.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chord leave}: a node hands over and goes. */
@Command(
        name = "leave",
        description = "Let the running node hand over what it holds and leave; its process ends.",
        mixinStandardHelpOptions = true)
final class LeaveCommand implements Callable<Integer> {
    @ParentCommand
    ChordCommand root;

    @Option(names = "--force", description = "leave even if fewer copies than configured remain")
    boolean force;

    @Override
    public Integer call() {
        Output out = root.globals.output();
        AtomicReference<String> last = new AtomicReference<>("");
        root.globals.admin(calls -> {
            calls.leave(force, Duration.ofHours(6), stage -> {
                if (!last.getAndSet(stage.name()).equals(stage.name())) {
                    out.note(stage.name() + (stage.total() > 1 ? " (" + stage.total() + ")" : ""));
                }
            });
            return 0;
        });
        out.result(Map.of("left", true), List.of("left the ring"));
        return 0;
    }
}
