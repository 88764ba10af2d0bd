package dev.chord.node.bench;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Nodes that start and join a ring at the same moment, each with a store and a gRPC server of its own, in
 * this process; then one of them is killed. Both times until every pointer of every node is as it should be.
 */
public final class RingBench {
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private final int nodes;
    private final int rounds;

    public RingBench(int nodes, int rounds) {
        this.nodes = nodes;
        this.rounds = rounds;
    }

    public List<Figure> run() throws IOException, InterruptedException {
        List<Double> joined = new ArrayList<>();
        List<Double> healed = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            Path work = Files.createTempDirectory("chord-bench-");
            try (LocalRing ring = new LocalRing(work, 1)) {
                long start = System.nanoTime();
                join(ring);
                ring.awaitIdeal(LIMIT);
                joined.add((System.nanoTime() - start) / 1e9);
                start = System.nanoTime();
                ring.kill(ring.nodes().get(nodes / 2));
                ring.awaitIdeal(LIMIT);
                healed.add((System.nanoTime() - start) / 1e9);
            }
        }
        return List.of(
                Figure.plain(
                        nodes + " nodes started and joined at once, ideal ring after, s",
                        Figure.median(joined),
                        "<= 3 s"),
                Figure.plain("one of them killed, ideal again after, s", Figure.median(healed), "<= 3 s"));
    }

    private void join(LocalRing ring) throws InterruptedException {
        ExecutorService starters = Executors.newFixedThreadPool(nodes - 1);
        try {
            List<Future<?>> starting = new ArrayList<>();
            for (int i = 1; i < nodes; i++) {
                starting.add(starters.submit(ring::add));
            }
            for (Future<?> each : starting) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new ChordException(ErrorCode.INTERNAL, "a node did not start: " + e.getCause(), "run it again", e);
        } finally {
            starters.shutdown();
        }
    }
}
