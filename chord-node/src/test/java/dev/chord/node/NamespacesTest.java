package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chord.sim.History.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes that are processes, in networks of their own that are cut in every way, also in one direction only,
 * while their times of day jump by up to two hours. Clients on several sides. As root.
 */
@Tag("slow")
class NamespacesTest {
    private static final int NODES = 6;
    private static final int CLIENTS = 4;
    private static final int NAMES = 16;
    private static final int PORT = 9090;
    private static final Path FAKE_TIME = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
    private static final List<String> TIMES = List.of("-2h", "-40m", "+0", "+1h", "+2h");

    @TempDir
    private Path work;

    private final Random random = new Random(Long.getLong("chord.namespaces.seed", 17));
    private final Map<String, Integer> shapes = new TreeMap<>();
    private final NavigableMap<Long, String> cuts = new TreeMap<>(); // their shapes, by when each began
    private final List<Process> nodes = new ArrayList<>();
    private final List<NameClient> clients = new ArrayList<>();
    private long slowestMerge;
    private int merges;
    private int jumps;

    @Test
    void namesBehaveAsIfThereWereOneCopyWhateverNetworksAndClocksDo() throws Exception {
        Optional<Namespaces> made = Namespaces.tryMake(NODES);
        assumeFalse(made.isEmpty(), "cuts between network namespaces, which take root and the command ip");
        boolean clocks = Files.exists(FAKE_TIME);
        try (Namespaces spaces = made.get()) {
            for (int i = 1; i <= NODES; i++) {
                nodes.add(startNode(spaces, i, clocks));
            }
            for (int i = 1; i <= CLIENTS; i++) {
                clients.add(startClient(spaces, i));
            }
            awaitIdeal();
            all("go");
            harm(spaces, clocks);
            all("stop");
            awaitIdeal();
            NameWorkload names = new NameWorkload(NAMES);
            long before = histories(names).getOrDefault(Result.OK, 0L);
            all("read");
            names = new NameWorkload(NAMES);
            long after = histories(names).getOrDefault(Result.OK, 0L);
            int judged = names.judge();
            List<NameWorkload.Refused> refusals = names.refusals();
            assertThat(refusals).as("the smaller sides refuse").isNotEmpty();
            System.out.printf(
                    "namespaces: %d processes, cut %s, times of day put forward and back %d times; %d operations on %d"
                            + " names (%s); names without an explanation: 0; %s refused; counted from"
                            + " the cut where that came later, %s; %s without an answer; one ring"
                            + " again, nothing refused, %d ms after a cut at most (of %d)%n",
                    NODES,
                    shapes,
                    jumps,
                    names.count(),
                    judged,
                    names.results(),
                    spread(refusals.stream()
                            .map(r -> TimeUnit.NANOSECONDS.toMillis(r.end() - r.start()))
                            .sorted()
                            .toList()),
                    sinceCut(refusals),
                    spread(names.unanswered()),
                    slowestMerge,
                    merges);
            assertThat(after - before)
                    .as("once it is whole everything succeeds")
                    .isEqualTo(NAMES * CLIENTS);
            assumeTrue(clocks, "it held with clocks that are right; clocks that jump take libfaketime");
        } finally {
            for (NameClient client : clients) {
                client.close();
            }
            for (Process node : nodes) {
                node.destroyForcibly().waitFor();
            }
        }
    }

    private static String spread(List<Long> millis) {
        return millis.isEmpty()
                ? "0"
                : millis.size() + " (half of them after " + at(0.5, millis) + " ms, nine in ten after "
                        + at(0.9, millis) + " ms, all after " + at(1, millis) + " ms)";
    }

    private static long at(double share, List<Long> sorted) {
        return sorted.get(Math.min(sorted.size() - 1, (int) (sorted.size() * share)));
    }

    // By the shape of the last cut before it.
    private Map<String, String> sinceCut(List<NameWorkload.Refused> refusals) {
        Map<String, List<Long>> byShape = new TreeMap<>();
        for (NameWorkload.Refused refused : refusals) {
            Map.Entry<Long, String> cut =
                    Optional.ofNullable(cuts.floorEntry(refused.end())).orElse(Map.entry(refused.start(), "before"));
            byShape.computeIfAbsent(cut.getValue(), shape -> new ArrayList<>())
                    .add(TimeUnit.NANOSECONDS.toMillis(refused.end() - Math.max(refused.start(), cut.getKey())));
        }
        Map<String, String> spreads = new TreeMap<>();
        byShape.forEach((shape, millis) ->
                spreads.put(shape, spread(millis.stream().sorted().toList())));
        return spreads;
    }

    private Process startNode(Namespaces spaces, int number, boolean clocks) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "up",
                "--insecure",
                "--bind",
                Namespaces.address(number) + ":" + PORT,
                "--data-dir",
                work.resolve("node-" + number).toString(),
                "--ring.preset",
                "local",
                "--ring.failure-timeout",
                "300ms",
                "--repair.delay",
                "1s",
                "--repair.interval",
                "4s"));
        arguments.addAll(
                number == 1
                        ? List.of("--found")
                        : List.of("--join", Namespaces.address(1) + ":" + PORT, "--ring.join-timeout", "60s"));
        ProcessBuilder builder = ProcessRing.java(spaces.inside(number), "160m", arguments.toArray(String[]::new));
        if (clocks) {
            setTime(number);
            builder.environment().put("LD_PRELOAD", FAKE_TIME.toString());
            builder.environment().put("FAKETIME_TIMESTAMP_FILE", timeOf(number).toString());
            builder.environment().put("FAKETIME_CACHE_DURATION", "1");
            builder.environment().put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
            builder.environment().put("FAKETIME_FORCE_MONOTONIC_FIX", "0"); // with it every wait of a JVM ends at once
        }
        return builder.redirectErrorStream(true)
                .redirectOutput(work.resolve("log-" + number).toFile())
                .start();
    }

    private Path timeOf(int number) {
        return work.resolve("time-" + number);
    }

    private void setTime(int number) throws IOException {
        Files.writeString(timeOf(number), TIMES.get(random.nextInt(TIMES.size())) + "\n");
    }

    private NameClient startClient(Namespaces spaces, int number) throws IOException {
        List<String> command = new ArrayList<>(spaces.inside(number));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dchord.names.tell=" + Boolean.getBoolean("chord.names.tell"),
                "-cp",
                System.getProperty("java.class.path"),
                NameClient.class.getName(),
                Namespaces.address(number) + ":" + PORT,
                Integer.toString(NAMES),
                Integer.toString(number),
                Integer.toString(NODES)));
        return new NameClient(new ProcessBuilder(command));
    }

    private void all(String order) throws IOException {
        clients.forEach(client -> client.order(order));
        for (NameClient client : clients) {
            client.answer();
        }
    }

    private Map<Result, Long> histories(NameWorkload names) throws IOException {
        clients.forEach(client -> client.order("history"));
        for (NameClient client : clients) {
            client.answer().forEach(names::take);
        }
        return names.results();
    }

    private void awaitIdeal() throws IOException {
        long start = System.nanoTime();
        clients.get(0).order("ideal");
        String answer = String.join(" ", clients.get(0).answer());
        assertThat(answer).as("%s", lastLines()).startsWith("after ");
        slowestMerge = Math.max(slowestMerge, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    private Map<String, List<String>> lastLines() throws IOException {
        Map<String, List<String>> last = new LinkedHashMap<>();
        for (int i = 1; i <= NODES; i++) {
            List<String> lines = Files.readAllLines(work.resolve("log-" + i));
            last.put("node " + i, lines.subList(Math.max(0, lines.size() - 4), lines.size()));
        }
        return last;
    }

    private void harm(Namespaces spaces, boolean clocks) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.getInteger("chord.namespaces.seconds", 30));
        slowestMerge = 0;
        // long enough for the smaller side to refuse
        cut(spaces, "in two", (from, to) -> in(0b11, from) != in(0b11, to));
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(12));
        spaces.heal();
        tell("healed");
        awaitIdeal();
        merges++;
        while (System.nanoTime() < end) {
            cut(spaces);
            if (clocks) {
                setTime(1 + random.nextInt(NODES));
                jumps++;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2000 + random.nextInt(8000)));
            spaces.heal();
            tell("healed");
            if (random.nextBoolean()) {
                awaitIdeal();
                merges++;
            } else {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2000)));
            }
        }
    }

    private interface Links {
        boolean cut(int from, int to);
    }

    private void cut(Namespaces spaces) throws IOException, InterruptedException {
        int side = 1 + random.nextInt((1 << NODES) - 2);
        int third = random.nextInt(1 << NODES);
        int one = 1 + random.nextInt(NODES);
        Map<String, Links> all = new TreeMap<>();
        all.put("in two", (from, to) -> in(side, from) != in(side, to));
        all.put("in three", (from, to) -> in(side, from) != in(side, to) || in(third, from) != in(third, to));
        all.put("in two, one direction", (from, to) -> in(side, from) && !in(side, to));
        all.put("one heard by nobody", (from, to) -> from == one);
        all.put("one hears nobody", (from, to) -> to == one);
        all.put("here and there", (from, to) -> random.nextInt(3) == 0);
        List<String> names = List.copyOf(all.keySet());
        String shape = names.get(random.nextInt(names.size()));
        cut(spaces, shape, Objects.requireNonNull(all.get(shape)));
    }

    private void cut(Namespaces spaces, String shape, Links links) throws IOException, InterruptedException {
        shapes.merge(shape, 1, Integer::sum);
        cuts.put(System.nanoTime(), shape);
        List<String> lost = new ArrayList<>();
        for (int from = 1; from <= NODES; from++) {
            for (int to = 1; to <= NODES; to++) {
                if (from != to && links.cut(from, to)) {
                    spaces.cut(from, to);
                    lost.add(from + ">" + to);
                }
            }
        }
        tell("cut " + shape + ": " + lost);
    }

    private static void tell(String what) {
        if (Boolean.getBoolean("chord.names.tell")) {
            System.err.printf("%d %s%n", System.currentTimeMillis(), what);
        }
    }

    private static boolean in(int side, int node) {
        return (side >> (node - 1) & 1) == 1;
    }
}
