package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.bench.Figure;
import dev.chord.node.bench.IdleBench;
import dev.chord.node.bench.LookupBench;
import dev.chord.node.bench.PeersBench;
import dev.chord.node.bench.RingBench;
import dev.chord.node.bench.SlowCallersBench;
import dev.chord.node.bench.SmallFilesBench;
import dev.chord.node.bench.StartBench;
import dev.chord.node.bench.TransferBench;
import dev.chord.node.bench.WanBench;
import dev.chord.node.store.DataDirectory;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;

/** {@code chord bench}: measurements that print. */
@Command(name = "bench", description = "Measure.", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "VERB")
final class BenchCommand {
    private static final long MB = 1_000_000;

    @ParentCommand
    ChordCommand root;

    @Option(
            names = "--plot",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "draw what was reached beside its limit: FILE.svg or FILE.png")
    @Nullable
    Path plot;

    @Command(
            name = "lookup",
            description = "Read names, one at a time and many at once, beside bare gRPC calls of the same sizes.",
            mixinStandardHelpOptions = true)
    int lookup(
            @Option(names = "--nodes", defaultValue = "4", description = "default ${DEFAULT-VALUE}") int nodes,
            @Option(names = "--rounds", defaultValue = "5", description = "default ${DEFAULT-VALUE}") int rounds,
            @Option(names = "--reads", defaultValue = "20000", description = "a round; default ${DEFAULT-VALUE}")
                    int reads,
            @Option(names = "--at-once", defaultValue = "64", description = "default ${DEFAULT-VALUE}") int atOnce)
            throws Exception {
        return print(new LookupBench(nodes, rounds, reads, atOnce).run());
    }

    @Command(
            name = "transfer",
            aliases = "get",
            description = "Fetch a large file from one source, beside a bare gRPC stream with SHA-256.",
            mixinStandardHelpOptions = true)
    int transfer(
            @Option(names = "--mib", defaultValue = "512", description = "default ${DEFAULT-VALUE}") int mib,
            @Option(names = "--rounds", defaultValue = "5", description = "default ${DEFAULT-VALUE}") int rounds)
            throws IOException {
        return print(new TransferBench(mib, rounds).get());
    }

    @Command(
            name = "wan",
            description = "Fetch a large file over a long line (a relay that delays), beside one TCP connection on it.",
            mixinStandardHelpOptions = true)
    int wan(
            @Option(names = "--mib", defaultValue = "1024", description = "default ${DEFAULT-VALUE}") int mib,
            @Option(names = "--rounds", defaultValue = "3", description = "default ${DEFAULT-VALUE}") int rounds,
            @Option(names = "--round-trip", defaultValue = "63", description = "milliseconds; default ${DEFAULT-VALUE}")
                    int millis,
            @Option(names = "--mbit", defaultValue = "1000", description = "a second; default ${DEFAULT-VALUE}")
                    int megabits)
            throws IOException {
        return print(new WanBench(mib, rounds, Duration.ofMillis(millis), megabits).run());
    }

    @Command(
            name = "put",
            description = "Store a large file with three copies, beside three synced copies made side by side.",
            mixinStandardHelpOptions = true)
    int put(
            @Option(names = "--mib", defaultValue = "256", description = "default ${DEFAULT-VALUE}") int mib,
            @Option(names = "--rounds", defaultValue = "3", description = "default ${DEFAULT-VALUE}") int rounds)
            throws Exception {
        return print(new TransferBench(mib, rounds).put());
    }

    @Command(
            name = "small-files",
            description = "Store, locate and fetch many files of 4 KiB.",
            mixinStandardHelpOptions = true)
    int smallFiles(
            @Option(names = "--files", defaultValue = "10000", description = "default ${DEFAULT-VALUE}") int files,
            @Option(names = "--at-once", defaultValue = "128", description = "default ${DEFAULT-VALUE}") int atOnce,
            @Option(names = "--rounds", defaultValue = "3", description = "default ${DEFAULT-VALUE}") int rounds)
            throws Exception {
        return print(new SmallFilesBench(files, atOnce, rounds).run());
    }

    @Command(
            name = "start",
            description = "Start nodes and commands as processes, and wait for them.",
            mixinStandardHelpOptions = true)
    int start(@Option(names = "--rounds", defaultValue = "5", description = "default ${DEFAULT-VALUE}") int rounds)
            throws IOException, InterruptedException {
        return print(new StartBench(launcher(), rounds).run());
    }

    @Command(
            name = "slow-callers",
            description = "Ask a node for its health while thousands of slow callers hold all they can get.",
            mixinStandardHelpOptions = true)
    int slowCallers(@Option(names = "--asks", defaultValue = "300", description = "default ${DEFAULT-VALUE}") int asks)
            throws IOException {
        return print(new SlowCallersBench(asks).run());
    }

    private static String launcher() {
        String launcher = System.getProperty("chord.launcher", "");
        if (launcher.isEmpty()) {
            throw new ChordException(ErrorCode.USAGE, "the launcher is not known", "start this with bin/chord");
        }
        return launcher;
    }

    @Command(
            name = "peers",
            description = "Fetch a large file beside curl from nginx, and beside aria2 over BitTorrent.",
            mixinStandardHelpOptions = true)
    int peers(
            @Option(names = "--mib", defaultValue = "1024", description = "default ${DEFAULT-VALUE}") int mib,
            @Option(names = "--rounds", defaultValue = "3", description = "default ${DEFAULT-VALUE}") int rounds)
            throws IOException, InterruptedException {
        return print(new PeersBench(mib, rounds, launcher()).run());
    }

    @Command(
            name = "ring",
            description = "Start nodes that join at once, kill one, and wait for the ideal ring.",
            mixinStandardHelpOptions = true)
    int ring(
            @Option(names = "--nodes", defaultValue = "16", description = "default ${DEFAULT-VALUE}") int nodes,
            @Option(names = "--rounds", defaultValue = "5", description = "default ${DEFAULT-VALUE}") int rounds)
            throws IOException, InterruptedException {
        return print(new RingBench(nodes, rounds).run());
    }

    @Command(
            name = "idle",
            description = "What is resident when nothing goes on: of a node, and of many in one process.",
            mixinStandardHelpOptions = true)
    int idle(@Option(names = "--nodes", defaultValue = "50", description = "default ${DEFAULT-VALUE}") int nodes)
            throws IOException, InterruptedException {
        return print(new IdleBench(nodes).run());
    }

    private int print(List<Figure> figures) throws IOException {
        Path picture = plot;
        if (picture != null) {
            BenchPlot.write(figures, picture);
        }
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("what", "here", "limit", "ratio", "goal", "the limit is"));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Figure figure : figures) {
            boolean limited = !Double.isNaN(figure.limit());
            table.add(List.of(
                    figure.what(),
                    number(figure.ours()),
                    limited ? number(figure.limit()) : "",
                    limited ? number(figure.ratio()) : "",
                    figure.goal(),
                    figure.yardstick()));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("what", figure.what());
            row.put("here", figure.ours());
            if (limited) {
                row.put("limit", figure.limit());
                row.put("ratio", figure.ratio());
                row.put("yardstick", figure.yardstick());
            }
            row.put("goal", figure.goal());
            rows.add(row);
        }
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        List<String> lines = new ArrayList<>(Output.table(table));
        lines.add("Java " + System.getProperty("java.version") + ", "
                + Runtime.getRuntime().availableProcessors() + " cores, load average " + number(load));
        root.globals.output().results("figures", rows, Map.of("load", load), lines);
        return 0;
    }

    private static String number(double value) {
        return value >= 1000
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
    }

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
            watcher = DaemonThreads.named("chord-bench-peak").newThread(this::watch);
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
