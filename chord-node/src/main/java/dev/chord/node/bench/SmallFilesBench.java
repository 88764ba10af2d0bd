package dev.chord.node.bench;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Many files of 4 KiB: stored, located and fetched, many at once, in a ring of three nodes with three
 * copies each.
 */
public final class SmallFilesBench {
    private static final int SIZE = 4096;
    private static final int WARM_UP = 500;

    private final int files;
    private final int atOnce;
    private final int rounds;

    public SmallFilesBench(int files, int atOnce, int rounds) {
        this.files = files;
        this.atOnce = atOnce;
        this.rounds = rounds;
    }

    private interface Deed {
        void on(int file) throws IOException;
    }

    public List<Figure> run() throws IOException, InterruptedException, ExecutionException {
        Path work = Files.createTempDirectory("chord-bench-");
        Path from = Files.createDirectories(work.resolve("from"));
        Path to = Files.createDirectories(work.resolve("to"));
        SplittableRandom random = new SplittableRandom(1);
        byte[] data = new byte[SIZE];
        for (int i = 0; i < files; i++) {
            random.nextBytes(data);
            Files.write(from.resolve("f" + i), data);
        }
        ExecutorService threads = Executors.newFixedThreadPool(atOnce);
        try (LocalRing local = new LocalRing(work.resolve("ring"), 3);
                Ring ring = Ring.connect(RingOptions.DEFAULT, List.of(local.entry()))) {
            Deed warmUp = i -> {
                ring.files().put(from.resolve("f" + i), "warm/" + i);
                Files.delete(
                        ring.files().download("warm/" + i, to.resolve("w" + i)).path());
                ring.files().remove("warm/" + i);
            };
            for (int i = 0; i < Math.min(files, WARM_UP); i++) {
                warmUp.on(i);
            }
            double stored = rate(threads, i -> ring.files().put(from.resolve("f" + i), "small/" + i));
            List<Double> located = new ArrayList<>();
            List<Double> fetched = new ArrayList<>();
            for (int round = -1; round < rounds; round++) {
                Path copies = Files.createDirectories(work.resolve("to" + round));
                double find = rate(threads, i -> ring.names().find("small/" + i));
                double fetch = rate(threads, i -> ring.files().download("small/" + i, copies.resolve("f" + i)));
                if (round >= 0) { // what the compiler takes at first says nothing
                    located.add(find);
                    fetched.add(fetch);
                }
            }
            return List.of(
                    Figure.plain("files of 4 KiB stored a second, 3 copies, durable", stored, "-"),
                    Figure.plain("names located a second", Figure.median(located), ">= 5,000"),
                    Figure.plain("files fetched a second", Figure.median(fetched), ">= 2,000"));
        } finally {
            threads.shutdownNow();
            TransferBench.delete(work);
        }
    }

    private double rate(ExecutorService threads, Deed deed) throws InterruptedException, ExecutionException {
        CpuClock clock = new CpuClock();
        List<Future<Boolean>> running = new ArrayList<>();
        for (int thread = 0; thread < atOnce; thread++) {
            int first = thread;
            running.add(threads.submit((Callable<Boolean>) () -> {
                for (int i = first; i < files; i += atOnce) {
                    deed.on(i);
                }
                return true;
            }));
        }
        for (Future<Boolean> thread : running) {
            thread.get();
        }
        return files / clock.seconds();
    }
}
