package dev.chord.node.bench;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.core.id.Identifier;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Reading names with a warm client in a settled ring of real nodes: calls a read, latency of one at a time,
 * throughput of many at once, beside bare gRPC calls of the same sizes.
 */
public final class LookupBench {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int NAMES = 2000;
    private static final int REQUEST = 36;
    private static final int REPLY = 190;

    private final int nodes;
    private final int rounds;
    private final int reads;
    private final int atOnce;

    /**
     * @param rounds of each kind, ours and the yardstick's in turn; medians are told
     * @param reads a round
     * @param atOnce reads under way at the same time
     */
    public LookupBench(int nodes, int rounds, int reads, int atOnce) {
        this.nodes = nodes;
        this.rounds = rounds;
        this.reads = reads;
        this.atOnce = atOnce;
    }

    public List<Figure> run() throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("chord-bench-");
        try (LocalRing local = new LocalRing(work, nodes);
                Ring ring = Ring.connect(RingOptions.DEFAULT, List.of(local.entry()));
                Echo echo = new Echo(new byte[REPLY])) {
            local.awaitIdeal(LIMIT);
            for (int i = 0; i < NAMES; i++) {
                ring.names().set(name(i), Identifier.of(i), 1);
            }
            read(ring, reads, 0);
            many(ring);
            echo.calls(new byte[REQUEST], reads, atOnce);
            long before = local.calls("ReadRecords");
            read(ring, reads, 0);
            double callsARead = (double) (local.calls("ReadRecords") - before) / reads;
            List<Figure> figures = new ArrayList<>();
            figures.add(Figure.plain("calls a read", callsARead, "1.0"));
            latency(ring, echo, figures);
            throughput(ring, echo, figures);
            return figures;
        }
    }

    private static String name(int i) {
        return "bench/" + i % NAMES;
    }

    private static long[] read(Ring ring, int count, int first) {
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            ring.names().find(name(first + i));
            nanos[i] = System.nanoTime() - start;
        }
        return nanos;
    }

    private void latency(Ring ring, Echo echo, List<Figure> figures) {
        List<Double> ours50 = new ArrayList<>();
        List<Double> ours99 = new ArrayList<>();
        List<Double> limit50 = new ArrayList<>();
        List<Double> limit99 = new ArrayList<>();
        byte[] request = new byte[REQUEST];
        for (int round = 0; round < rounds; round++) {
            long[] ours = read(ring, reads / 4, round);
            long[] limit = new long[reads / 4];
            for (int i = 0; i < limit.length; i++) {
                long start = System.nanoTime();
                echo.call(request);
                limit[i] = System.nanoTime() - start;
            }
            ours50.add(Figure.percentile(ours, 50));
            ours99.add(Figure.percentile(ours, 99));
            limit50.add(Figure.percentile(limit, 50));
            limit99.add(Figure.percentile(limit, 99));
        }
        String yardstick = "bare gRPC call";
        figures.add(new Figure(
                "read, one at a time, median, us",
                Figure.median(ours50),
                Figure.median(limit50),
                yardstick,
                "<= 1.3 x"));
        figures.add(new Figure(
                "read, one at a time, 99 %, us", Figure.median(ours99), Figure.median(limit99), yardstick, "<= 2 x"));
    }

    private void throughput(Ring ring, Echo echo, List<Figure> figures) throws InterruptedException {
        List<Double> ours = new ArrayList<>();
        List<Double> limit = new ArrayList<>();
        List<Double> oursCpu = new ArrayList<>();
        List<Double> limitCpu = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            CpuClock clock = new CpuClock();
            int done = many(ring);
            ours.add(done / clock.seconds());
            oursCpu.add(done / clock.cpuSeconds());
            clock = new CpuClock();
            echo.calls(new byte[REQUEST], reads, atOnce);
            limit.add(reads / clock.seconds());
            limitCpu.add(reads / clock.cpuSeconds());
        }
        String yardstick = "bare gRPC calls";
        figures.add(new Figure(
                "reads a second, " + atOnce + " at once", Figure.median(ours), Figure.median(limit), yardstick, "-"));
        figures.add(new Figure(
                "reads a CPU-second of both ends",
                Figure.median(oursCpu),
                Figure.median(limitCpu),
                yardstick,
                ">= 0.85 x"));
    }

    private int many(Ring ring) throws InterruptedException {
        Semaphore room = new Semaphore(atOnce);
        for (int i = 0; i < reads; i++) {
            room.acquire();
            ring.async().find(name(i)).whenComplete((found, failure) -> room.release());
        }
        room.acquire(atOnce);
        return reads;
    }
}
