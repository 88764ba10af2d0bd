package dev.chord.node.cli;

import dev.chord.core.ring.Endpoint;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Commands of the command line, run in this process. */
final class Commands {
    record Result(int exit, String out, String err) {}

    private Commands() {}

    /** What came of a command of whose output not all need be text. */
    record Piped(int exit, byte[] out, String err) {}

    static Result run(String... arguments) {
        Piped done = piped(new byte[0], arguments);
        return new Result(done.exit, new String(done.out, StandardCharsets.UTF_8), done.err);
    }

    /** A command as a process of its own, which asks a node unless it says otherwise. */
    static ProcessBuilder process(Endpoint node, String... arguments) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Cli.class.getName()));
        words.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put("CHORD_NODE", node.toString());
        builder.environment().remove("CHORD_TIMEOUT");
        return builder;
    }

    /** Runs a command that reads something. */
    static Piped piped(byte[] input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        InputStream oldIn = System.in;
        PrintStream oldOut = System.out;
        PrintStream oldErr = System.err;
        System.setIn(new ByteArrayInputStream(input));
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            CommandLine line = Cli.commandLine(arguments);
            line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
            line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
            int exit = line.execute(arguments);
            return new Piped(exit, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setIn(oldIn);
            System.setOut(oldOut);
            System.setErr(oldErr);
        }
    }
}
