package dev.chord.node.bench;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Large files: fetched from one source, and stored durably three times, beside what gRPC, SHA-256 and the
 * disk take.
 */
public final class TransferBench {
    private static final int MIB = 1024 * 1024;
    private static final int MESSAGE = 256 * 1024;
    private static final int WARM_UP = 4; // rounds: compiling takes as much as moving in the first

    private final int size;
    private final int rounds;

    /** @param mib size of the file */
    public TransferBench(int mib, int rounds) {
        this.size = mib;
        this.rounds = rounds;
    }

    /** Fetching: every chunk is verified and written to a file. */
    public List<Figure> get() throws IOException {
        Path work = Files.createTempDirectory("chord-bench-");
        Path file = file(work, size);
        List<Double> ours = new ArrayList<>();
        List<Double> limit = new ArrayList<>();
        List<Double> oursCpu = new ArrayList<>();
        List<Double> limitCpu = new ArrayList<>();
        try (LocalRing local = new LocalRing(work.resolve("ring"), 1);
                Ring ring = Ring.connect(RingOptions.DEFAULT, List.of(local.entry()));
                Echo echo = new Echo(new byte[MESSAGE])) {
            ring.files().share(file, "bench");
            for (int round = -WARM_UP; round < rounds; round++) {
                CpuClock clock = new CpuClock();
                ring.files().download("bench", work.resolve("copy"));
                double seconds = clock.seconds();
                double cpu = clock.cpuSeconds();
                Files.delete(work.resolve("copy"));
                clock = new CpuClock();
                bare(echo);
                if (round >= 0) {
                    ours.add(size * 1.048576 / seconds);
                    oursCpu.add(size * 1.048576 / cpu);
                    limit.add(size * 1.048576 / clock.seconds());
                    limitCpu.add(size * 1.048576 / clock.cpuSeconds());
                }
            }
        } finally {
            delete(work);
        }
        String yardstick = "bare gRPC stream + SHA-256, nothing written";
        return List.of(
                new Figure("fetch, MB/s", Figure.median(ours), Figure.median(limit), yardstick, ">= 0.9 x"),
                new Figure("fetch, MB a CPU-second", Figure.median(oursCpu), Figure.median(limitCpu), yardstick, "-"));
    }

    private void bare(Echo echo) {
        MessageDigest digest = sha256();
        echo.stream(size * (MIB / MESSAGE)).forEachRemaining(digest::update);
        digest.digest();
    }

    /** Storing: three copies on three nodes, on disk before it is acknowledged. */
    public List<Figure> put() throws IOException, InterruptedException, ExecutionException {
        Path work = Files.createTempDirectory("chord-bench-");
        List<Double> ours = new ArrayList<>();
        List<Double> limit = new ArrayList<>();
        try (LocalRing local = new LocalRing(work.resolve("ring"), 3);
                Ring ring = Ring.connect(RingOptions.DEFAULT, List.of(local.entry()))) {
            for (int round = -1; round < rounds; round++) {
                Path file = file(work, size + round + 1); // never the same bytes twice
                CpuClock clock = new CpuClock();
                ring.files().put(file, "bench-" + round);
                double seconds = clock.seconds();
                clock = new CpuClock();
                threeCopies(file, work);
                if (round >= 0) {
                    ours.add(size * 1.048576 / seconds);
                    limit.add(size * 1.048576 / clock.seconds());
                }
                Files.delete(file);
            }
        } finally {
            delete(work);
        }
        return List.of(new Figure(
                "store 3 copies, MB/s",
                Figure.median(ours),
                Figure.median(limit),
                "three synced copies side by side + SHA-256",
                ">= 0.8 x"));
    }

    private static void threeCopies(Path file, Path work) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<Boolean>> running = new ArrayList<>();
        for (int copy = 0; copy < 3; copy++) {
            Path target = work.resolve("dd-" + copy);
            running.add(threads.submit((Callable<Boolean>) () -> copy(file, target)));
        }
        running.add(threads.submit((Callable<Boolean>) () -> {
            MessageDigest digest = sha256();
            try (var in = Files.newInputStream(file)) {
                byte[] buffer = new byte[MIB];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
            return digest.digest().length > 0;
        }));
        for (Future<Boolean> task : running) {
            task.get();
        }
        threads.shutdown();
    }

    private static boolean copy(Path from, Path to) throws IOException {
        try (FileChannel in = FileChannel.open(from);
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long at = 0; at < in.size(); ) {
                at += in.transferTo(at, in.size() - at, out);
            }
            out.force(true);
        }
        Files.delete(to);
        return true;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path file(Path work, int mib) throws IOException {
        Path file = work.resolve("file-" + mib + ".bin");
        byte[] data = new byte[MIB];
        SplittableRandom random = new SplittableRandom(mib);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < mib; i++) {
                random.nextBytes(data);
                out.write(data);
            }
        }
        return file;
    }

    static void delete(Path work) throws IOException {
        if (Files.exists(work)) {
            try (var files = Files.walk(work)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(p -> p.toFile().delete());
            }
        }
    }
}
