package dev.chord.node.bench;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A large file over a long line, beside as many bytes over one TCP connection on the same line. */
public final class WanBench {
    private static final int MIB = 1024 * 1024;
    private static final int WARM_UP_MIB = 256;

    private final int mib;
    private final int rounds;
    private final Duration roundTrip;
    private final int megabits;

    /** @param megabits that the line carries in a second */
    public WanBench(int mib, int rounds, Duration roundTrip, int megabits) {
        this.mib = mib;
        this.rounds = rounds;
        this.roundTrip = roundTrip;
        this.megabits = megabits;
    }

    public List<Figure> run() throws IOException {
        Path work = Files.createTempDirectory("chord-bench-");
        int port = freePort();
        long rate = megabits * 1_000_000L / 8;
        List<Double> ours = new ArrayList<>();
        List<Double> limit = new ArrayList<>();
        try (LongLine line = new LongLine(port, roundTrip, rate);
                LocalRing local = new LocalRing(
                        work.resolve("ring"),
                        1,
                        config -> config.with(ConfigKey.GRPC_BIND, "127.0.0.1:" + port)
                                .with(ConfigKey.GRPC_ADVERTISE, "127.0.0.1:" + line.port()));
                Ring ring = Ring.connect(RingOptions.DEFAULT, List.of(local.entry()));
                ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                LongLine same = new LongLine(plain.getLocalPort(), roundTrip, rate)) {
            ring.files().share(TransferBench.file(work, WARM_UP_MIB), "warm-up");
            Files.delete(ring.files().download("warm-up", work.resolve("copy")).path());
            ring.files().share(TransferBench.file(work, mib), "bench");
            for (int round = 0; round < rounds; round++) {
                CpuClock clock = new CpuClock();
                ring.files().download("bench", work.resolve("copy"));
                ours.add(mib * 1.048576 / clock.seconds());
                Files.delete(work.resolve("copy"));
                limit.add(mib * 1.048576 / plain(plain, same.port()));
            }
        } finally {
            TransferBench.delete(work);
        }
        return List.of(new Figure(
                "fetch over " + roundTrip.toMillis() + " ms, " + megabits + " Mbit/s, MB/s",
                Figure.median(ours),
                Figure.median(limit),
                "one TCP connection",
                ">= 0.95 x"));
    }

    private double plain(ServerSocket server, int port) throws IOException {
        DaemonThreads.named("bench-plain").newThread(() -> send(server)).start();
        CpuClock clock = new CpuClock();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                InputStream in = socket.getInputStream()) {
            byte[] buffer = new byte[MIB];
            long left = (long) mib * MIB;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                left -= read;
            }
            if (left != 0) {
                throw new IOException(left + " bytes are missing");
            }
            return clock.seconds();
        }
    }

    private void send(ServerSocket server) {
        try (Socket socket = server.accept();
                OutputStream out = socket.getOutputStream()) {
            byte[] data = new byte[MIB];
            for (int i = 0; i < mib; i++) {
                out.write(data);
            }
        } catch (IOException e) {
            // the reader misses bytes, and says so
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }
}
