package dev.chord.node;

import dev.chord.client.Holders;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Topology;
import dev.chord.client.error.ChordException;
import dev.chord.core.check.RingInvariants;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.RingSettings;
import dev.chord.node.cli.Cli;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Nodes as processes of their own, started with the command line and killed with -9. */
final class ProcessRing implements AutoCloseable {
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private static final String SMALL_HEAP = "160m"; // many of them start at once
    private static final List<String> QUICK_COMPILER = List.of("-XX:TieredStopAtLevel=1");

    private final Path work;
    private final List<String> compiler;
    private final String heap;
    private final Map<Integer, Process> processes = new TreeMap<>();
    private final Map<Integer, Endpoint> endpoints = new TreeMap<>();

    ProcessRing(Path work) {
        this(work, QUICK_COMPILER, SMALL_HEAP);
    }

    private ProcessRing(Path work, List<String> compiler, String heap) {
        this.work = work;
        this.compiler = compiler;
        this.heap = heap;
    }

    /**
     * The same with the heap and the compiler that nodes have from the launcher: this one comes later, and is
     * the only one that knows the processor's own instructions for what nodes do most, which is to hash.
     */
    static ProcessRing asLaunched(Path work) {
        return new ProcessRing(work, List.of(), "256m");
    }

    /**
     * A port nobody listens on, below those that outgoing connections are given. None is given twice: a
     * process binds its port a second after it was told which, and until then it looks free.
     */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(12_000, 32_000);
            if (!GIVEN.add(port)) {
                continue;
            }
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // taken: try another one
            }
        }
    }

    static ProcessBuilder java(String... arguments) {
        return java(List.of(), SMALL_HEAP, arguments);
    }

    /**
     * @param before a command that starts the rest in its own way, as prlimit
     */
    static ProcessBuilder java(List<String> before, String heap, String... arguments) {
        return java(before, heap, QUICK_COMPILER, arguments);
    }

    private static ProcessBuilder java(List<String> before, String heap, List<String> compiler, String... arguments) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx" + heap, "-XX:+UseSerialGC"));
        command.addAll(compiler);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Cli.class.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C.UTF-8"); // as the launcher does it
        return builder;
    }

    Path data(int node) {
        return work.resolve("node-" + node);
    }

    Path log(int node) {
        return work.resolve("log-" + node);
    }

    void start(int node, int port, List<String> more) throws IOException {
        start(node, port, more, List.of(), heap);
    }

    void start(int node, int port, List<String> more, List<String> before, String heap) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "up",
                "--bind",
                "127.0.0.1:" + port,
                "--data-dir",
                data(node).toString(),
                "--ring.preset",
                "local",
                "--repair.delay",
                "1s",
                "--repair.interval",
                "4s"));
        arguments.addAll(more);
        ProcessBuilder builder = java(before, heap, compiler, arguments.toArray(String[]::new));
        builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(node).toFile()));
        processes.put(node, builder.start());
        endpoints.put(node, new Endpoint("127.0.0.1", port));
    }

    /** {@code kill -9}. */
    void kill(int node) throws InterruptedException {
        Process process = processes.remove(node);
        endpoints.remove(node);
        process.destroyForcibly().waitFor();
    }

    /** {@code chord leave}, after which the process has ended by itself. */
    void leave(int node) throws IOException, InterruptedException {
        Process leave = java("leave", "--node", endpoint(node).toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(node).toFile()))
                .start();
        if (!leave.waitFor(180, TimeUnit.SECONDS)
                || leave.exitValue() != 0
                || !processes.get(node).waitFor(180, TimeUnit.SECONDS)) {
            throw new AssertionError("node " + node + " did not leave: " + Files.readAllLines(log(node)));
        }
        processes.remove(node);
        endpoints.remove(node);
    }

    /** Lets a process hang, as a machine that swaps or a debugger does; it counts as gone. */
    Process suspend(int node) throws IOException, InterruptedException {
        Process process = processes.remove(node);
        signal(process, "-STOP");
        return process;
    }

    /** Lets it go on as if nothing had happened. */
    void resume(int node, Process process) throws IOException, InterruptedException {
        signal(process, "-CONT");
        processes.put(node, process);
    }

    /** What a terminal that closes sends. */
    void hangup(int node) throws IOException, InterruptedException {
        signal(processes.get(node), "-HUP");
    }

    boolean running(int node) {
        return processes.get(node).isAlive();
    }

    /** Waits until a node has said something. */
    void awaitOutput(int node, String text, Duration limit) throws IOException {
        await(limit, "node " + node + " has not said '" + text + "'", () -> said(node, text) ? "" : "not yet");
    }

    private boolean said(int node, String text) {
        try {
            return Files.exists(log(node)) && Files.readString(log(node)).contains(text);
        } catch (IOException e) {
            return false;
        }
    }

    private static void signal(Process process, String signal) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (exit != 0) {
            throw new AssertionError("kill " + signal + " failed");
        }
    }

    List<Integer> alive() {
        return List.copyOf(processes.keySet());
    }

    Process process(int node) {
        return processes.get(node);
    }

    Endpoint endpoint(int node) {
        return endpoints.get(node);
    }

    Ring connect(int node) {
        return Ring.connect(RingOptions.DEFAULT, List.of(endpoint(node)));
    }

    /** Waits until the members are exactly the live processes, in the ideal ring. */
    Duration awaitIdeal(Duration limit) throws IOException {
        return await(limit, "no ideal ring", this::trouble);
    }

    /** Waits until the ring is ideal and refuses no name. */
    Duration awaitServed(Duration limit) throws IOException {
        return await(limit, "not served", () -> {
            String trouble = trouble();
            return trouble.isEmpty() ? refused() : trouble;
        });
    }

    private String refused() {
        try (Ring ring = connect(alive().get(0))) {
            return refused(ring);
        } catch (ChordException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** What is refused; empty: nothing. */
    static String refused(Ring ring) {
        List<Holders.Refused> refused = ring.holders().refused();
        return refused.isEmpty() ? "" : "refused: " + refused;
    }

    private Duration await(Duration limit, String what, Supplier<String> trouble) throws IOException {
        long start = System.nanoTime();
        String found = "";
        while (System.nanoTime() - start < limit.toNanos()) {
            found = trouble.get();
            if (found.isEmpty()) {
                return Duration.ofNanos(System.nanoTime() - start);
            }
            if (!processes.values().stream().allMatch(Process::isAlive)) {
                break; // that a node has ended is in its log: nothing to wait for
            }
            pause();
        }
        StringBuilder logs = new StringBuilder();
        for (int node : processes.keySet()) {
            List<String> lines = Files.readAllLines(log(node));
            logs.append("\nnode ")
                    .append(node)
                    .append(": ")
                    .append(lines.subList(Math.max(0, lines.size() - 4), lines.size()));
        }
        throw new AssertionError(what + " within " + limit + ": " + found + logs);
    }

    private String trouble() {
        try (Ring ring = connect(alive().get(0))) {
            return trouble(ring, processes.size());
        } catch (ChordException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** What keeps a ring of so many members from being ideal; empty: nothing. */
    static String trouble(Ring ring, int members) {
        List<RingInvariants.Snapshot> snapshots = ring.topology().members().stream()
                .map(Topology.Member::view)
                .flatMap(Optional::stream)
                .map(RingInvariants.Snapshot::of)
                .toList();
        if (snapshots.size() != members) {
            return snapshots.size() + " members of " + members;
        }
        RingSettings settings = new RingSettings(IdentifierCircle.FULL, 8, 3, 2, 3);
        return String.join(
                "; ",
                RingInvariants.ideal(snapshots, settings).stream()
                        .map(Object::toString)
                        .toList());
    }

    static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        processes.values().forEach(Process::destroyForcibly);
    }
}
