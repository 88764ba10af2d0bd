package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.error.WriteFailure;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.core.bounds.Disarmed;
import dev.chord.node.Surroundings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** The command line: parses, runs, and turns every failure into one clear line, a hint and an exit code. */
public final class Cli {
    // Named here as well as there: asking each class for its annotation costs a command more than its own
    // work. Kept in order.
    private static final Map<String, Class<?>> VERBS = verbs();

    private static Map<String, Class<?>> verbs() {
        Map<String, Class<?>> verbs = new LinkedHashMap<>();
        verbs.put("up", UpCommand.class);
        verbs.put("demo", DemoCommand.class);
        verbs.put("join", JoinCommand.class);
        verbs.put("leave", LeaveCommand.class);
        verbs.put("share", ShareCommand.class);
        verbs.put("unshare", UnshareCommand.class);
        verbs.put("put", PutCommand.class);
        verbs.put("get", GetCommand.class);
        verbs.put("cat", CatCommand.class);
        verbs.put("find", FindCommand.class);
        verbs.put("explain", ExplainCommand.class);
        verbs.put("ls", LsCommand.class);
        verbs.put("search", SearchCommand.class);
        verbs.put("watch", WatchCommand.class);
        verbs.put("sync", SyncCommand.class);
        verbs.put("stat", StatCommand.class);
        verbs.put("rm", RmCommand.class);
        verbs.put("trace", TraceCommand.class);
        verbs.put("ring", RingCommand.class);
        verbs.put("node", NodeCommand.class);
        verbs.put("config", ConfigCommand.class);
        verbs.put("bench", BenchCommand.class);
        verbs.put("sim", SimCommand.class);
        verbs.put("completion", CompletionCommand.class);
        verbs.put("version", VersionCommand.class);
        verbs.put("warm-up", WarmUpCommand.class);
        return verbs;
    }

    private Cli() {}

    public static void main(String[] args) {
        long began = TimeLimit.processBegan();
        try {
            Surroundings.requireUnicodeNames();
        } catch (ChordException e) {
            System.err.println("chord: " + e.getMessage() + System.lineSeparator() + "hint: " + e.hint());
            System.exit(e.code().exitCode());
        }
        ResultStream.install();
        CommandLine line = commandLine(args).setExecutionStrategy(new TimeLimit(began));
        System.exit(written(line, line.execute(args)));
    }

    /**
     * Runs one command line in this process, whose standard output is not its own, and returns its exit code.
     */
    public static int run(String... args) {
        return commandLine(args).execute(args);
    }

    // What was printed and not written is a failure of the command, whatever else became of it.
    private static int written(CommandLine line, int exit) {
        Optional<IOException> failure = ResultStream.failure();
        if (failure.isEmpty()) {
            return exit;
        }
        Optional<ChordException> told = ResultStream.told(failure.get());
        told.ifPresent(e -> report(e, line));
        return told.map(e -> e.code().exitCode()).orElse(ResultStream.NO_READER);
    }

    // Reading what all verbs take by reflection costs more than most of them do: only those that are named
    // are read.
    static CommandLine commandLine(String... words) {
        CommandLine line = new CommandLine(new ChordCommand());
        List<String> named = List.of(words);
        boolean all = named.contains("completion") || Collections.disjoint(VERBS.keySet(), named);
        for (Map.Entry<String, Class<?>> verb : VERBS.entrySet()) {
            if (all || named.contains(verb.getKey())) {
                line.addSubcommand(verb.getKey(), verb.getValue());
            }
        }
        CommandLine up = line.getSubcommands().get("up");
        if (up != null) {
            UpCommand.addConfigOptions(up.getCommandSpec());
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExpandAtFiles(false); // names may begin with any character
        line.setExecutionStrategy(new TimeLimit(System.nanoTime()));
        line.setExecutionExceptionHandler(new Failed());
        line.setParameterExceptionHandler(new Misunderstood());
        return line;
    }

    private static String verb(CommandLine line) {
        String name = line.getCommandSpec().qualifiedName(" ");
        return name.startsWith("chord ") ? name.substring("chord ".length()) + " " : "";
    }

    // Classes rather than lambdas: picocli's are too old for the archive the launcher makes, once a lambda
    // has touched them.

    /** What becomes of a command line that cannot be understood. */
    private static final class Misunderstood implements CommandLine.IParameterExceptionHandler {
        @Override
        public int handleParseException(CommandLine.ParameterException e, String[] args) {
            e.getCommandLine().getErr().println(Disarmed.lines("chord: " + e.getMessage()));
            CommandLine.UnmatchedArgumentException.printSuggestions(
                    e, e.getCommandLine().getErr());
            e.getCommandLine().getErr().println("hint: chord " + verb(e.getCommandLine()) + "--help");
            return ErrorCode.USAGE.exitCode();
        }
    }

    /** What becomes of a command that failed. */
    private static final class Failed implements CommandLine.IExecutionExceptionHandler {
        @Override
        public int handleExecutionException(Exception failure, CommandLine line, ParseResult parsed) {
            ChordException e = failure instanceof ChordException chord ? chord : internal(failure);
            if (ResultStream.failure().isPresent()) {
                return e.code().exitCode(); // told at the end, once, whatever has come of it here
            }
            if (e.code() == ErrorCode.INTERNAL && e.getCause() instanceof IOException cause) {
                if (WriteFailure.of(cause) == WriteFailure.NO_READER) {
                    return ResultStream.NO_READER; // a pipe that the user named as the target
                }
            }
            report(e, line);
            if (globals(line).verbose) {
                StringWriter trace = new StringWriter();
                failure.printStackTrace(new PrintWriter(trace));
                line.getErr().println(Disarmed.lines(trace.toString()));
                line.getErr().flush();
            }
            return e.code().exitCode();
        }
    }

    private static Globals globals(CommandLine line) {
        return ((ChordCommand) root(line).getCommandSpec().userObject()).globals;
    }

    private static void report(ChordException e, CommandLine line) {
        if (GiveBack.begun()) {
            return; // it ended because it was told to
        }
        if (globals(line).format != Globals.Format.TEXT) {
            Map<String, Object> error = Map.of(
                    "code", e.code().name(),
                    "exit", e.code().exitCode(),
                    "message", String.valueOf(e.getMessage()),
                    "hint", e.hint(),
                    "retryable", e.code().retryable());
            line.getErr().println(Output.json(Map.of("error", error)));
        } else {
            line.getErr().println(Disarmed.line("chord: " + e.getMessage()));
            if (!e.hint().isEmpty()) {
                line.getErr().println(Disarmed.line("hint: " + e.hint()));
            }
        }
        line.getErr().flush();
    }

    private static CommandLine root(CommandLine line) {
        CommandLine at = line;
        while (at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }

    private static ChordException internal(Exception e) {
        IOException io = e instanceof IOException direct
                ? direct
                : e instanceof UncheckedIOException wrapped ? wrapped.getCause() : null;
        if (io != null && WriteFailure.of(io) == WriteFailure.NO_ROOM) {
            return new ChordException(ErrorCode.NO_SPACE, "no space left: " + io.getMessage(), "free some", io);
        }
        if (e instanceof MalformedMessageException) {
            return new ChordException(
                    ErrorCode.INCOMPATIBLE, "a node answered " + e.getMessage(), "compare versions", e);
        }
        return new ChordException(ErrorCode.INTERNAL, "unexpected: " + e, "run again with -v and report it", e);
    }
}
