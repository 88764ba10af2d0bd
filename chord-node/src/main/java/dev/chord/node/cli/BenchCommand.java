package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.store.DataDirectory;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chord bench}: measurements that print. */
@Command(name = "bench", description = "Measure.", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "VERB")
final class BenchCommand {
    private static final long MB = 1_000_000;

    @ParentCommand
    ChordCommand root;

    @Command(
            name = "memory",
            description = {
                "Move a large file from a node that shares it, in a process of its own, to this process; print how much",
                "memory (resident set) each end used above what it used before."
            },
            mixinStandardHelpOptions = true)
    int memory(
            @Option(names = "--mib", defaultValue = "1024", description = "size of the file; default ${DEFAULT-VALUE}")
                    int mib)
            throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("chord-bench-");
        Path file = work.resolve("file.bin");
        write(file, mib);
        Process node = startNode(work.resolve("node"));
        try {
            Endpoint endpoint = awaitAddress(work.resolve("node"), node);
            try (Ring ring = Ring.connect(RingOptions.DEFAULT, List.of(endpoint))) {
                report(ring, file, node, mib);
            }
        } finally {
            node.destroy();
            node.waitFor();
            try (var files = Files.walk(work)) {
                files.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            }
        }
        return 0;
    }

    private void report(Ring ring, Path file, Process node, int mib) throws IOException {
        // Once small, so that classes are loaded and connections are up before "idle" is measured.
        Path small = file.resolveSibling("small.bin");
        write(small, 8);
        ring.files().share(small, "small.bin");
        ring.files().download("small.bin", file.resolveSibling("small.copy"));
        System.gc();
        Peak sender = new Peak(node.pid());
        Peak receiver = new Peak(ProcessHandle.current().pid());
        long start = System.nanoTime();
        try (sender;
                receiver) {
            ring.files().share(file, "file.bin"); // the sender reads it all once
            start = System.nanoTime();
            ring.files().download("file.bin", file.resolveSibling("file.copy"));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("bytes", Files.size(file));
        value.put("seconds", seconds);
        value.put("senderIdle", sender.idle);
        value.put("senderAbove", sender.above());
        value.put("receiverIdle", receiver.idle);
        value.put("receiverAbove", receiver.above());
        List<String> lines = new ArrayList<>();
        lines.add(mib + " MiB in " + Math.round(seconds * 10) / 10.0 + " s");
        lines.add("sender    " + sender);
        lines.add("receiver  " + receiver);
        lines.add("goal      at most 64 MB above idle at each end");
        root.globals.output().result(value, lines);
    }

    private static void write(Path file, int mib) throws IOException {
        byte[] data = new byte[1024 * 1024];
        SplittableRandom random = new SplittableRandom(7);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < mib; i++) {
                random.nextBytes(data);
                out.write(data);
            }
        }
    }

    // The same program with the same settings, as a node of its own.
    private static Process startNode(Path data) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "-Dchord.log=WARN", Cli.class.getName()));
        command.addAll(List.of("up", "--bind", "127.0.0.1:0", "--data-dir", data.toString(), "-q"));
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static Endpoint awaitAddress(Path data, Process node) throws IOException {
        long end = System.nanoTime() + 30_000_000_000L;
        Path address = DataDirectory.addressFile(data);
        while (System.nanoTime() < end && node.isAlive()) {
            if (Files.exists(address)) {
                return Endpoint.parse(Files.readString(address).strip());
            }
            pause(20);
        }
        throw new ChordException(ErrorCode.INTERNAL, "the node did not start", "run again with -v");
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }

    /** The largest resident set of a process while it is watched, from Linux's /proc. */
    private static final class Peak implements AutoCloseable {
        private final Path status;
        private final long idle;
        private final AtomicLong peak;
        private final AtomicBoolean watching = new AtomicBoolean(true);
        private final Thread watcher;

        Peak(long pid) throws IOException {
            status = Path.of("/proc/" + pid + "/status");
            idle = resident();
            peak = new AtomicLong(idle);
            watcher = new Thread(this::watch, "chord-bench-peak");
            watcher.setDaemon(true);
            watcher.start();
        }

        private void watch() {
            while (watching.get()) {
                try {
                    peak.accumulateAndGet(resident(), Math::max);
                } catch (IOException e) {
                    return; // the process has ended
                }
                pause(20);
            }
        }

        private long resident() throws IOException {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmRSS:")) {
                    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            return 0;
        }

        long above() {
            return peak.get() - idle;
        }

        @Override
        public void close() {
            watching.set(false);
        }

        @Override
        public String toString() {
            return "idle " + idle / MB + " MB, at most " + above() / MB + " MB above it";
        }
    }
}
