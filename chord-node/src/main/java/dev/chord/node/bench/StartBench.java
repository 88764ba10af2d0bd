package dev.chord.node.bench;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.store.DataDirectory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long it takes until a node is ready, and a command has answered, as processes started from this
 * program's launcher.
 */
public final class StartBench {
    private static final long LIMIT_SECONDS = 30;

    private final String launcher;
    private final int rounds;

    /** @param launcher the script that starts this program */
    public StartBench(String launcher, int rounds) {
        this.launcher = launcher;
        this.rounds = rounds;
    }

    public List<Figure> run() throws IOException, InterruptedException {
        List<Double> ready = new ArrayList<>();
        List<Double> commands = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        Path work = Files.createTempDirectory("chord-bench-");
        try (Echo echo = new Echo(new byte[1024])) {
            for (int round = 0; round < rounds; round++) {
                Path data = work.resolve("node-" + round);
                long start = System.nanoTime();
                Process node = start(
                        launcher,
                        "up",
                        "--bind",
                        "127.0.0.1:0",
                        "--http",
                        "127.0.0.1:0",
                        "--data-dir",
                        data.toString());
                try {
                    String address = awaitReady(node, data);
                    ready.add((System.nanoTime() - start) / 1e9);
                    for (int i = 0; i < 3; i++) {
                        commands.add(seconds(launcher, "ls", "--node", address));
                        bare.add(seconds(bareCall(echo.port())));
                    }
                } finally {
                    node.destroy();
                    node.waitFor();
                }
            }
        } finally {
            TransferBench.delete(work);
        }
        double call = Figure.median(bare);
        String what = "a bare gRPC client's first call";
        return List.of(
                new Figure("node ready, s", Figure.median(ready), call, what, "<= 1.0 s"),
                new Figure("command answered, s", Figure.median(commands), call, what, "<= 0.35 s"));
    }

    // With the options this process has, the class archive among them.
    private static String[] bareCall(int port) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Echo.class.getName(), "" + port));
        return command.toArray(String[]::new);
    }

    private static Process start(String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static double seconds(String... command) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = start(command);
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new ChordException(ErrorCode.INTERNAL, List.of(command) + " failed", "run it by hand");
        }
        return (System.nanoTime() - start) / 1e9;
    }

    // A node leaves its address when it listens, and answers as a member a moment later.
    private static String awaitReady(Process node, Path data) throws IOException, InterruptedException {
        Path file = DataDirectory.addressFile(data);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (System.nanoTime() < end && node.isAlive()) {
            if (Files.exists(file) && Files.size(file) > 0) {
                return Files.readString(file).strip();
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        throw new ChordException(ErrorCode.INTERNAL, "the node did not start", "run it by hand");
    }
}
