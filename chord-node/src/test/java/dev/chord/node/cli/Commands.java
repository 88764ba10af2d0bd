package dev.chord.node.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
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

    /** The same with something to read. */
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
