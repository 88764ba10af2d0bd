package dev.chord.node.bench;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The same large file from one source by this program, by curl from nginx into sha256sum, and by aria2 from
 * aria2 over BitTorrent, all on this machine; each both ends, and each verified. The others' processes are
 * started and ended here.
 */
public final class PeersBench {
    private static final long LIMIT_SECONDS = 300;
    private static final int WARM_UP = 3;

    private final int mib;
    private final int rounds;
    private final String launcher;

    /** @param launcher the command whose {@code get} is measured too */
    public PeersBench(int mib, int rounds, String launcher) {
        this.mib = mib;
        this.rounds = rounds;
        this.launcher = launcher;
    }

    /** One way to fetch the file once. */
    private interface Fetch {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Measures all, in turns.
     *
     * @throws ChordException USAGE if one of the others is not installed
     */
    public List<Figure> run() throws IOException, InterruptedException {
        for (String needed : List.of("nginx", "curl", "sha256sum", "aria2c")) {
            installed(needed);
        }
        Path work = Files.createTempDirectory("chord-bench-");
        try {
            Path file = TransferBench.file(work, mib);
            try (LocalRing local = new LocalRing(work.resolve("ring"), 1);
                    Ring ring = Ring.connect(RingOptions.DEFAULT, List.of(local.entry()));
                    WebServer web = new WebServer(work);
                    Swarm swarm = new Swarm(work, file)) {
                ring.files().share(file, "bench");
                Path copy = work.resolve("copy");
                Fetch ours = () -> ring.files().download("bench", copy);
                Fetch command = () -> await(
                        process(launcher, "get", "bench", "-o", copy.toString(), "--node", "" + local.entry(), "-q"));
                Fetch curl =
                        () -> await(process("sh", "-c", "curl -sS --fail " + web.url(file) + " | sha256sum >" + copy));
                Fetch torrent = () -> swarm.fetch(copy);
                return measure(copy, List.of(ours, command, curl, torrent));
            }
        } finally {
            TransferBench.delete(work);
        }
    }

    private List<Figure> measure(Path copy, List<Fetch> ways) throws IOException, InterruptedException {
        List<List<Double>> rates = new ArrayList<>();
        ways.forEach(way -> rates.add(new ArrayList<>()));
        for (int round = -WARM_UP; round < rounds; round++) {
            for (int way = 0; way < ways.size(); way++) {
                if (round >= 0 || way == 0) { // only a JVM that lives on has to warm up
                    CpuClock clock = new CpuClock();
                    ways.get(way).run();
                    double rate = mib * 1.048576 / clock.seconds();
                    TransferBench.delete(copy);
                    if (round >= 0) {
                        rates.get(way).add(rate);
                    }
                }
            }
        }
        List<Double> medians = rates.stream().map(Figure::median).toList();
        String web = "curl from nginx | sha256sum, nothing written";
        String torrent = "aria2 from aria2, BitTorrent";
        return List.of(
                new Figure("fetch, MB/s", medians.get(0), medians.get(2), web, ">= 0.8 x"),
                new Figure("fetch, MB/s", medians.get(0), medians.get(3), torrent, ">= 2 x"),
                new Figure("'chord get', started for it, MB/s", medians.get(1), medians.get(2), web, "-"),
                new Figure("'chord get', started for it, MB/s", medians.get(1), medians.get(3), torrent, "-"));
    }

    private static void installed(String program) throws InterruptedException {
        try {
            process(program, "--version").waitFor();
        } catch (IOException e) {
            throw new ChordException(
                    ErrorCode.USAGE, program + " is not installed", "apt-get install nginx-light curl aria2", e);
        }
    }

    static Process process(String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    static void await(Process process) throws IOException, InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        if (process.waitFor() != 0) {
            throw new IOException(process.info().command().orElse("a process") + " ended with " + process.exitValue());
        }
    }

    /** nginx on loopback, for the files of one directory. */
    private static final class WebServer implements AutoCloseable {
        private final int port = WanBench.freePort();
        private final Process process;

        WebServer(Path root) throws IOException {
            Path home = Files.createDirectories(root.resolve("nginx"));
            Path settings = Files.writeString(home.resolve("nginx.conf"), """
                    daemon off;
                    user root;
                    pid %1$s/pid;
                    error_log %1$s/error.log;
                    events { worker_connections 64; }
                    http {
                      access_log off;
                      sendfile on;
                      tcp_nopush on;
                      server { listen 127.0.0.1:%2$d; root %3$s; }
                    }
                    """.formatted(home, port, root));
            process = process("nginx", "-p", home.toString(), "-c", settings.toString());
        }

        String url(Path file) {
            return "--retry-connrefused --retry 50 --retry-delay 0 http://127.0.0.1:" + port + "/" + file.getFileName();
        }

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            process.waitFor();
        }
    }
}
