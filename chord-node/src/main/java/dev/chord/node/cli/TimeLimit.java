package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * Runs a command no longer than {@code --timeout} says, counted from the start of the process, whatever the
 * command waits for: a node, a disk, or whoever reads its output. The time of the default leaves those
 * alone that move as many bytes as there are, and that of the environment, which is meant for questions to
 * a ring, those that only compute. Commands that run until they are ended are not ended by it: there it
 * bounds each question.
 */
final class TimeLimit implements CommandLine.IExecutionStrategy {
    private static final Set<String> UNTIL_ENDED = Set.of("up", "demo", "watch", "sync");
    private static final Set<String> COMPUTING = Set.of("bench", "sim", "warm-up");
    private static final Set<String> AS_LONG_AS_IT_TAKES =
            Set.of("get", "put", "cat", "share", "join", "leave", "scrub", "repair", "drain", "give-up");

    // The system tells the start by the clock on the wall, which may have been set since, or differ for
    // this process.
    private static final long BELIEVABLE_MILLIS = 120_000;

    private final long began;

    /**
     * @param began when the process began, as {@link System#nanoTime} counts
     */
    TimeLimit(long began) {
        this.began = began;
    }

    /** When this process began, as {@link System#nanoTime} counts: the launcher's own time is part of it. */
    static long processBegan() {
        long now = System.currentTimeMillis();
        long age = ProcessHandle.current()
                .info()
                .startInstant()
                .map(start -> now - start.toEpochMilli())
                .filter(millis -> millis >= 0 && millis <= BELIEVABLE_MILLIS)
                .orElse(0L);
        return System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age);
    }

    @Override
    public int execute(ParseResult parsed) {
        Globals globals = ((ChordCommand) parsed.commandSpec().userObject()).globals;
        Duration limit;
        try {
            limit = globals.wholeTime();
        } catch (ChordException e) {
            throw failed(parsed, e);
        }
        if (!bounded(parsed)) {
            return new CommandLine.RunLast().execute(parsed);
        }
        globals.end(began + limit.toNanos());
        FutureTask<Integer> work = new FutureTask<>(() -> new CommandLine.RunLast().execute(parsed));
        Thread thread = DaemonThreads.named("chord-command").newThread(work);
        thread.start();
        try {
            return work.get(began + limit.toNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroy); // what it began ends with it
            throw late(parsed, "it was not done within " + globals.timeout, e);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw late(parsed, "interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new CommandLine.ExecutionException(
                    parsed.commandSpec().commandLine(), "unexpected: " + e.getCause(), e.getCause());
        }
    }

    private static CommandLine.ExecutionException late(ParseResult parsed, String words, Exception e) {
        return failed(
                parsed,
                new ChordException(
                        ErrorCode.DEADLINE,
                        words + ": what it was to change may have happened or not",
                        "give it longer with --timeout",
                        e));
    }

    // As if the command itself had thrown it, so that it is told in the same way.
    private static CommandLine.ExecutionException failed(ParseResult parsed, ChordException e) {
        return new CommandLine.ExecutionException(
                parsed.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
    }

    private static boolean bounded(ParseResult parsed) {
        boolean environment = System.getenv("CHORD_TIMEOUT") != null;
        boolean given = false;
        boolean untilEnded = false;
        boolean computing = false;
        boolean takesLong = false;
        List<CommandLine> named = parsed.asCommandLineList();
        if (named.size() == 1) {
            return false;
        }
        for (CommandLine line : named) {
            String name = line.getCommandName();
            boolean once = line.getCommand() instanceof SyncCommand sync && sync.once;
            untilEnded |= UNTIL_ENDED.contains(name) && !once;
            computing |= COMPUTING.contains(name);
            takesLong |= AS_LONG_AS_IT_TAKES.contains(name) || once;
            given |= line.getParseResult().hasMatchedOption("--timeout");
        }
        return !untilEnded && (given || !computing && (environment || !takesLong));
    }
}
