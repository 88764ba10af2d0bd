package dev.chord.node.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code chord completion}: for bash and zsh. */
@Command(
        name = "completion",
        description = "Print a completion script: source <(chord completion)",
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.out.print(AutoComplete.bash("chord", Cli.commandLine()));
        System.out.flush();
        return 0;
    }
}
