package dev.chord.node.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.chord.client.Ring;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import dev.chord.node.gateway.Gateway;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How long health takes to be answered while many slow callers hold all they can get, beside the same
 * without them.
 */
public final class SlowCallersBench {
    private static final int UPLOADS = 400;
    private static final int DOWNLOADS = 500;
    private static final int LISTENERS = 500;
    private static final int SILENT = 2000;
    private static final int HANDLES = 2 * (UPLOADS + DOWNLOADS + LISTENERS + SILENT) + 500;
    private static final int LARGE = 8 * 1024 * 1024;
    private static final int SMALL_WINDOW = 4096;
    private static final int TIMEOUT_MILLIS = 30_000;

    private final int asks;
    private final List<Socket> open = new ArrayList<>();

    /** @param asks for health, each on a connection of its own */
    public SlowCallersBench(int asks) {
        this.asks = asks;
    }

    /**
     * Starts a node of its own, and the callers in the same process; fewer of them where there are few
     * file handles.
     */
    public List<Figure> run() throws IOException {
        Path work = Files.createTempDirectory("chord-bench-");
        try (LocalRing nodes = new LocalRing(
                        work.resolve("ring"), 1, config -> config.with(ConfigKey.HTTP_BIND, "127.0.0.1:0"));
                Gateway gateway = Gateway.start(nodes)) {
            int port = URI.create(gateway.url()).getPort();
            Path large = Files.write(work.resolve("large"), new byte[LARGE]);
            try (Ring ring = Ring.connect(nodes.nodes().get(0).endpoint().toString())) {
                ring.files().put(large, "large");
            }
            health(port); // the code is warm then
            long[] quiet = health(port);
            callers(port);
            long[] busy = health(port);
            return figures(quiet, busy);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
            TransferBench.delete(work);
        }
    }

    private List<Figure> figures(long[] quiet, long[] busy) {
        String callers = "with " + open.size() + " slow callers";
        return List.of(
                new Figure(
                        "/livez p99 in us, " + callers,
                        Figure.percentile(busy, 99),
                        Figure.percentile(quiet, 99),
                        "the same without",
                        "<= 3 x"),
                Figure.plain(
                        "/livez at most, in us, " + callers,
                        Arrays.stream(busy).max().orElse(0) / 1e3,
                        "<= 2,000,000"));
    }

    private long[] health(int port) throws IOException {
        long[] took = new long[asks];
        for (int i = 0; i < asks; i++) {
            long begun = System.nanoTime();
            try (Socket socket = connect(port)) {
                socket.setSoTimeout(TIMEOUT_MILLIS);
                send(socket, "GET /livez HTTP/1.0\r\n\r\n");
                socket.getInputStream().readAllBytes();
            }
            took[i] = System.nanoTime() - begun;
        }
        return took;
    }

    private void callers(int port) throws IOException {
        double share = Math.min(1, (double) handles() / HANDLES);
        for (int i = 0; i < UPLOADS * share; i++) {
            hold(
                    port,
                    "POST /api/v1/files?name=slow/" + i + " HTTP/1.1\r\nHost: localhost\r\n"
                            + "Content-Length: 1000\r\n\r\nx");
        }
        for (int i = 0; i < DOWNLOADS * share; i++) {
            hold(port, "GET /f/large HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        for (int i = 0; i < LISTENERS * share; i++) {
            hold(port, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
        }
        for (int i = 0; i < SILENT * share; i++) {
            hold(port, "");
        }
    }

    private static long handles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : HANDLES;
    }

    private void hold(int port, String request) throws IOException {
        Socket socket = connect(port);
        open.add(socket);
        send(socket, request);
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(SMALL_WINDOW);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        return socket;
    }

    private static void send(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    }
}
