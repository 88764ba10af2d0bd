package dev.chord.node.bench;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What is resident (Linux's /proc) while nothing is going on: a process with a node, one with many, one with
 * a gRPC server and nothing else; all with the same settings of the JVM. Each is looked at when it has been
 * up for a while.
 */
public final class IdleBench {
    private static final long SETTLE_SECONDS = 20;
    private static final double MB = 1e6;
    private static final long LOOK_MILLIS = 50;

    private final int many;

    public IdleBench(int many) {
        this.many = many;
    }

    public List<Figure> run() throws IOException, InterruptedException {
        double bare = resident("echo");
        return List.of(
                new Figure("a node, MB", resident("1"), bare, "a bare gRPC server", "<= 1.3 x"),
                new Figure(
                        many + " nodes in one process, MB", resident("" + many), bare, "a bare gRPC server", "<= 3 x"));
    }

    private static double resident(String what) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-Dchord.log=OFF", "-cp", System.getProperty("java.class.path")));
        Path up = Files.createTempFile("chord-bench-", ".up");
        Files.delete(up);
        command.addAll(List.of(IdleBench.class.getName(), what, up.toString()));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            while (!Files.exists(up)) {
                if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    throw new ChordException(ErrorCode.INTERNAL, "the process to be measured did not start", "");
                }
            }
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return 1024 * Long.parseLong(line.replaceAll("\\D", "")) / MB;
                }
            }
            throw new ChordException(ErrorCode.INTERNAL, "this system does not tell what is resident", "");
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(up);
        }
    }

    /** One of the processes: leaves a file when it is up, and stays until it is ended. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments[0].equals("echo")) {
            try (Echo echo = new Echo(new byte[1024])) {
                echo.call(new byte[1024]);
                stay(arguments[1]);
            }
        } else {
            Path work = Files.createTempDirectory("chord-bench-");
            work.toFile().deleteOnExit();
            try (LocalRing ring = new LocalRing(work, Integer.parseInt(arguments[0]))) {
                ring.awaitIdeal(Duration.ofMinutes(3));
                stay(arguments[1]);
            }
        }
    }

    private static void stay(String up) throws IOException, InterruptedException {
        Files.createFile(Path.of(up));
        TimeUnit.MINUTES.sleep(10);
    }
}
