package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.error.ChordException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four liars, twenty slow and twenty greedy callers against a ring of four processes, beside honest clients.
 * Asserted: every answer that was given is kept, the logs stay short, the live heap small, the ring whole
 * afterwards. Printed beside its limit: what the honest calls took, quiet and in the storm of the same run.
 * {@code -Dchord.campaign.seconds=600} is the long form.
 */
@Tag("slow")
class HostileCampaignTest {
    private static final int NODES = 4;
    private static final int SECONDS = Integer.getInteger("chord.campaign.seconds", 8);
    private static final int QUIET_SECONDS = Math.max(4, SECONDS / 10);
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int MOST_LINES_A_SECOND = 100;
    private static final double MOST_LIVE_HEAP = 0.8;
    private static final Pattern USED = Pattern.compile("used (\\d+)K");
    private static final long HEAP_KIB = 256 * 1024;

    @TempDir
    private Path work;

    private int stored;
    private final Map<String, byte[]> acknowledged = new TreeMap<>();
    private final ConcurrentLinkedQueue<String> refusals = new ConcurrentLinkedQueue<>();

    @Test
    void honestCallersAreServedAndNothingIsLost() throws Exception {
        System.out.println("longer: mvn -Pci -pl chord-node -am test -Dtest=HostileCampaignTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dchord.campaign.seconds=600");
        try (ProcessRing ring = ProcessRing.asLaunched(work)) {
            List<Integer> http = startNodes(ring);
            ring.awaitServed(LIMIT);
            storeWhatStrangersRead(ring);
            honest(ring, QUIET_SECONDS); // or the quiet time would be that of a start
            long[] quiet = honest(ring, QUIET_SECONDS);
            long linesBefore = lines(ring);
            long[] stormy;
            try (Strangers.Elsewhere strangers = new Strangers.Elsewhere(ring, http)) {
                stormy = honest(ring, SECONDS);
                System.out.println("strangers: " + strangers.end());
            }
            long lines = lines(ring) - linesBefore;
            report(quiet, stormy, lines);
            assertThat(lines)
                    .as("lines in the logs of %d s", SECONDS)
                    .isLessThan((long) MOST_LINES_A_SECOND * SECONDS * NODES);
            ring.awaitServed(LIMIT);
            for (int node : ring.alive()) {
                assertThat(liveHeap(ring.process(node)))
                        .as("live heap of node " + node)
                        .isLessThan(MOST_LIVE_HEAP);
                allIsThere(ring, node);
            }
        }
    }

    private static List<Integer> startNodes(ProcessRing ring) throws IOException {
        List<Integer> http = new ArrayList<>();
        int first = ProcessRing.freePort();
        for (int node = 0; node < NODES; node++) {
            int port = node == 0 ? first : ProcessRing.freePort();
            int gateway = ProcessRing.freePort();
            List<String> more = new ArrayList<>(List.of("--http", "127.0.0.1:" + gateway));
            if (node > 0) {
                more.addAll(List.of("--join", "127.0.0.1:" + first));
            }
            ring.start(node, port, more);
            http.add(gateway);
        }
        return http;
    }

    private void storeWhatStrangersRead(ProcessRing ring) throws IOException {
        byte[] large = new byte[3 << 20];
        Arrays.fill(large, (byte) 7);
        try (Ring client = ring.connect(0)) {
            client.files().put(Files.write(work.resolve("large"), large), Strangers.LARGE);
        }
        acknowledged.put(Strangers.LARGE, large);
    }

    /**
     * What each honest call took, in nanoseconds, sorted; puts and gets of small files, one after the other,
     * at all nodes.
     */
    private long[] honest(ProcessRing ring, int seconds) throws IOException {
        List<Long> took = new ArrayList<>();
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        List<Ring> clients = ring.alive().stream().map(ring::connect).toList();
        try {
            for (int i = 0; System.nanoTime() < end; i++) {
                String name = "honest/" + stored++;
                byte[] bytes = ("content of " + name).getBytes(StandardCharsets.UTF_8);
                Path file = Files.write(work.resolve("honest"), bytes);
                Ring client = clients.get(i % clients.size());
                Ring other = clients.get((i + 1) % clients.size());
                if (timed(took, () -> client.files().put(file, name))) {
                    acknowledged.put(name, bytes);
                    Path copy = work.resolve("copy");
                    Files.deleteIfExists(copy);
                    if (timed(took, () -> other.files().download(name, copy))) {
                        assertThat(Files.readAllBytes(copy)).isEqualTo(bytes);
                    }
                }
            }
        } finally {
            clients.forEach(Ring::close);
        }
        return took.stream().mapToLong(Long::longValue).sorted().toArray();
    }

    private boolean timed(List<Long> took, Runnable call) {
        long start = System.nanoTime();
        boolean done = true;
        try {
            call.run();
        } catch (ChordException e) {
            refusals.add(e.code() + ": " + e.getMessage());
            done = false;
        }
        took.add(System.nanoTime() - start);
        return done;
    }

    private void allIsThere(ProcessRing ring, int node) throws IOException {
        Path copy = work.resolve("copy");
        try (Ring client = ring.connect(node)) {
            for (Map.Entry<String, byte[]> file : acknowledged.entrySet()) {
                Files.deleteIfExists(copy);
                client.files().download(file.getKey(), copy);
                assertThat(Files.readAllBytes(copy)).as(file.getKey()).isEqualTo(file.getValue());
            }
        }
    }

    private void report(long[] quiet, long[] stormy, long lines) {
        System.out.printf(
                "honest calls: quiet %d, p50 %.1f ms, p99 %.1f ms; storm %d, p50 %.1f ms, p99 %.1f ms; ratio of p99"
                        + " %.1f (limit 3); not served in time %d; %.1f log lines a second (limit %d)%n",
                quiet.length,
                millis(quiet, 0.5),
                millis(quiet, 0.99),
                stormy.length,
                millis(stormy, 0.5),
                millis(stormy, 0.99),
                millis(stormy, 0.99) / millis(quiet, 0.99),
                refusals.size(),
                (double) lines / SECONDS,
                MOST_LINES_A_SECOND);
        refusals.stream().distinct().limit(10).forEach(r -> System.out.println("  " + r));
    }

    private static double millis(long[] sorted, double share) {
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * share))] / 1e6;
    }

    private static long lines(ProcessRing ring) throws IOException {
        long lines = 0;
        for (int node : ring.alive()) {
            lines += Files.readAllLines(ring.log(node), StandardCharsets.ISO_8859_1)
                    .size();
        }
        return lines;
    }

    /** The part of the heap that is in use after a collection. */
    private static double liveHeap(Process node) throws IOException {
        jcmd(node, "GC.run");
        long used = 0;
        for (String line : jcmd(node, "GC.heap_info")) {
            Matcher matcher = USED.matcher(line);
            if (line.contains("generation") && matcher.find()) {
                used += Long.parseLong(matcher.group(1));
            }
        }
        assertThat(used).as("a heap of this form is understood").isPositive();
        return (double) used / HEAP_KIB;
    }

    private static List<String> jcmd(Process node, String command) throws IOException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process process = new ProcessBuilder(jcmd, Long.toString(node.pid()), command)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            return out.lines().toList();
        }
    }
}
