package dev.chord.node.cli;

import dev.chord.proto.v1.LeaveProgress;
import dev.chord.proto.v1.LeaveRequest;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
        AdminCalls.call(root.globals, Duration.ofHours(6), stub -> {
            Iterator<LeaveProgress> stages =
                    stub.leave(LeaveRequest.newBuilder().setForce(force).build());
            String last = "";
            while (stages.hasNext()) {
                LeaveProgress progress = stages.next();
                if (!progress.getStage().equals(last)) {
                    last = progress.getStage();
                    out.note(last + (progress.getTotal() > 1 ? " (" + progress.getTotal() + ")" : ""));
                }
            }
            return last;
        });
        out.result(Map.of("left", true), List.of("left the ring"));
        return 0;
    }
}
