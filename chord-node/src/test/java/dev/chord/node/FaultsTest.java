package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight processes of which every few seconds some are killed with -9 or stopped, or leave and others join,
 * while clients read, write, compare-and-set and delete names and store files. The names are judged: each
 * must look as if its operations had happened one after the other. What was acknowledged must be there
 * afterwards. {@code -Dchord.faults.seconds=N} sets how long two are out at a time, {@code
 * -Dchord.faults.one.seconds=N} one, {@code -Dchord.churn.seconds=N} the joins and leaves.
 */
@Tag("slow")
class FaultsTest {
    private static final int NODES = 8;
    private static final int NAMES = 12;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration EACH = Duration.ofSeconds(10);
    private static final long PERIOD_SECONDS = 5;

    @TempDir
    private Path work;

    private final NameWorkload names = new NameWorkload(NAMES);
    private final Map<String, Path> stored = new ConcurrentHashMap<>();
    private final Random random = new Random(5);
    private int kills;
    private int stops;
    private int leaves;

    @Test
    void withOneOutAtATimeNamesBehaveAsIfThereWereOneCopy() throws Exception {
        run((ring, seed) -> harm(ring, 1, seed));
        int judged = names.judge();
        System.out.printf(
                "faults, one of %d out at a time: %d killed, %d stopped; %d operations on %d names (%s), longest %d ms;"
                        + " names without an explanation: 0; files stored: %d, lost: 0%n",
                NODES, kills, stops, names.count(), judged, names.results(), names.longestMillis(), stored.size());
    }

    @Test
    void withTwoOutAtATimeNothingAcknowledgedIsLost() throws Exception {
        run((ring, seed) -> harm(ring, 2, seed));
        int judged = names.judge();
        System.out.printf(
                "faults, up to two of %d out at a time: %d killed, %d stopped; %d operations on %d names (%s), longest %d ms;"
                        + " names without an explanation: 0; files stored: %d, lost: 0%n",
                NODES, kills, stops, names.count(), judged, names.results(), names.longestMillis(), stored.size());
    }

    @Test
    void joinsAndLeavesUnderLoadLoseNothing() throws Exception {
        run(this::churn);
        int judged = names.judge();
        System.out.printf(
                "joins and leaves of processes: %d of each; %d operations on %d names (%s), longest %d ms;"
                        + " names without an explanation: 0; files stored: %d, lost: 0%n",
                leaves, names.count(), judged, names.results(), names.longestMillis(), stored.size());
        assertThat(leaves).isPositive();
    }

    private interface Harm {
        void to(ProcessRing ring, int seed) throws IOException, InterruptedException;
    }

    private void run(Harm harm) throws Exception {
        try (ProcessRing ring = new ProcessRing(work)) {
            int seed = ProcessRing.freePort();
            ring.start(1, seed, List.of("--found"));
            for (int node = 2; node <= NODES; node++) {
                ring.start(node, ProcessRing.freePort(), List.of("--join", "127.0.0.1:" + seed));
            }
            ring.awaitIdeal(LIMIT);
            RingOptions options = RingOptions.DEFAULT.withTimeout(EACH);
            List<Thread> threads = new ArrayList<>();
            // nodes 1 and 2 are never harmed: the clients come in through them
            try (Ring one = Ring.connect(options, List.of(ring.endpoint(1)));
                    Ring two = Ring.connect(options, List.of(ring.endpoint(2)))) {
                for (int i = 0; i < 4; i++) {
                    Ring mine = i % 2 == 0 ? one : two;
                    Random own = new Random(i);
                    threads.add(start(() -> names.operate(mine, own)));
                }
                threads.add(start(() -> store(one)));
                harm.to(ring, seed);
                names.stop();
                for (Thread thread : threads) {
                    thread.join();
                }
                ring.awaitServed(LIMIT);
            }
            try (Ring patient = Ring.connect(RingOptions.DEFAULT.withTimeout(LIMIT), List.of(ring.endpoint(2)))) {
                for (int name = 0; name < NAMES; name++) {
                    names.read(patient, name);
                }
                verifyFiles(patient);
            }
        }
    }

    private static Thread start(Runnable task) {
        Thread thread = new Thread(task);
        thread.start();
        return thread;
    }

    private void harm(ProcessRing ring, int atATime, int seed) throws IOException, InterruptedException {
        long end = System.nanoTime()
                + TimeUnit.SECONDS.toNanos(
                        Integer.getInteger(atATime == 1 ? "chord.faults.one.seconds" : "chord.faults.seconds", 30));
        while (System.nanoTime() < end) {
            List<Integer> out = new ArrayList<>();
            Map<Integer, Process> stopped = new HashMap<>();
            while (out.size() < atATime) {
                int node = 3 + random.nextInt(NODES - 2);
                if (out.contains(node)) {
                    continue;
                }
                out.add(node);
                if (random.nextBoolean()) {
                    ring.kill(node);
                    kills++;
                } else {
                    stopped.put(node, ring.suspend(node));
                    stops++;
                }
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(PERIOD_SECONDS) / 2);
            for (int node : out) {
                Process process = stopped.get(node);
                if (process == null) {
                    ring.start(node, ProcessRing.freePort(), List.of("--join", "127.0.0.1:" + seed));
                } else {
                    ring.resume(node, process);
                }
            }
            ring.awaitIdeal(LIMIT);
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(PERIOD_SECONDS) / 2);
        }
    }

    private void churn(ProcessRing ring, int seed) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.getInteger("chord.churn.seconds", 20));
        for (int next = NODES + 1; System.nanoTime() < end; next++) {
            ring.start(next, ProcessRing.freePort(), List.of("--join", "127.0.0.1:" + seed));
            ring.awaitIdeal(LIMIT);
            List<Integer> others = ring.alive();
            ring.leave(others.get(2 + random.nextInt(others.size() - 2)));
            leaves++;
            ring.awaitIdeal(LIMIT);
        }
    }

    // ---- clients

    private void store(Ring ring) {
        Random own = new Random(77);
        for (int i = 0; names.running(); i++) {
            byte[] bytes = new byte[1000 + own.nextInt(80_000)];
            own.nextBytes(bytes);
            String name = "file-" + i;
            try {
                Path file = Files.write(work.resolve(name), bytes);
                ring.files().put(file, name);
                stored.put(name, file);
            } catch (ChordException e) {
                // not acknowledged
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
        }
    }

    private void verifyFiles(Ring ring) throws IOException {
        List<String> lost = new ArrayList<>();
        for (Map.Entry<String, Path> file : stored.entrySet()) {
            try {
                Path copy = ring.files()
                        .download(file.getKey(), work.resolve("copy"))
                        .path();
                if (Files.mismatch(copy, file.getValue()) != -1) {
                    lost.add(file.getKey() + " has other bytes");
                }
                Files.delete(copy);
            } catch (ChordException e) {
                lost.add(file.getKey() + ": " + e.getMessage());
            }
        }
        assertThat(lost).isEmpty();
        assertThat(stored).isNotEmpty();
    }
}
