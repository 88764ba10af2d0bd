package dev.chord.node.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root: only help. */
@Command(
        name = "chord",
        description = "Locate, store and fetch files on a ring of equal nodes.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        synopsisSubcommandLabel = "VERB",
        subcommands = {
            UpCommand.class,
            DemoCommand.class,
            JoinCommand.class,
            LeaveCommand.class,
            ShareCommand.class,
            UnshareCommand.class,
            PutCommand.class,
            GetCommand.class,
            CatCommand.class,
            FindCommand.class,
            ExplainCommand.class,
            LsCommand.class,
            SearchCommand.class,
            WatchCommand.class,
            SyncCommand.class,
            StatCommand.class,
            RmCommand.class,
            TraceCommand.class,
            RingCommand.class,
            NodeCommand.class,
            ConfigCommand.class,
            BenchCommand.class,
            SimCommand.class,
            CompletionCommand.class,
            VersionCommand.class
        })
final class ChordCommand implements Runnable {
    @Mixin
    Globals globals;

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do");
    }
}
