package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/** The command line: parses, runs, and turns every failure into one clear line, a hint and an exit code. */
public final class Cli {
    private static final List<Class<?>> VERBS = List.of(
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
            VersionCommand.class,
            WarmUpCommand.class);

    private Cli() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    /** Runs one command line and returns its exit code. */
    public static int run(String... args) {
        return commandLine(args).execute(args);
    }

    // Reading what all verbs take by reflection costs more than most of them do: only those that are named are read.
    static CommandLine commandLine(String... words) {
        CommandLine line = new CommandLine(new ChordCommand());
        List<String> named = List.of(words);
        boolean all = named.contains("completion") || VERBS.stream().noneMatch(v -> named.contains(name(v)));
        for (Class<?> verb : VERBS) {
            if (all || named.contains(name(verb))) {
                line.addSubcommand(verb);
            }
        }
        CommandLine up = line.getSubcommands().get("up");
        if (up != null) {
            UpCommand.addConfigOptions(up.getCommandSpec());
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler(Cli::failed);
        line.setParameterExceptionHandler((e, args) -> {
            e.getCommandLine().getErr().println("chord: " + e.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(
                    e, e.getCommandLine().getErr());
            e.getCommandLine().getErr().println("hint: chord " + verb(e.getCommandLine()) + "--help");
            return ErrorCode.USAGE.exitCode();
        });
        return line;
    }

    private static String name(Class<?> verb) {
        return Objects.requireNonNull(verb.getAnnotation(Command.class)).name();
    }

    private static String verb(CommandLine line) {
        String name = line.getCommandSpec().qualifiedName(" ");
        return name.startsWith("chord ") ? name.substring("chord ".length()) + " " : "";
    }

    private static int failed(Exception failure, CommandLine line, ParseResult parsed) {
        ChordException e = failure instanceof ChordException chord ? chord : internal(failure);
        Globals globals = ((ChordCommand) root(line).getCommandSpec().userObject()).globals;
        if (globals.format != Globals.Format.TEXT) {
            Map<String, Object> error = Map.of(
                    "code", e.code().name(),
                    "exit", e.code().exitCode(),
                    "message", String.valueOf(e.getMessage()),
                    "hint", e.hint(),
                    "retryable", e.code().retryable());
            line.getErr().println(Output.json(Map.of("error", error)));
        } else {
            line.getErr().println("chord: " + e.getMessage());
            if (!e.hint().isEmpty()) {
                line.getErr().println("hint: " + e.hint());
            }
        }
        if (globals.verbose) {
            failure.printStackTrace(line.getErr());
        }
        line.getErr().flush();
        return e.code().exitCode();
    }

    private static CommandLine root(CommandLine line) {
        CommandLine at = line;
        while (at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }

    private static ChordException internal(Exception e) {
        return new ChordException(ErrorCode.INTERNAL, "unexpected: " + e, "run again with -v and report it", e);
    }
}
