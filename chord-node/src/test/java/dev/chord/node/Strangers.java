package dev.chord.node;

import dev.chord.core.ring.Endpoint;
import dev.chord.node.fuzz.Lies;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Callers who mean no good or do not care: liars, slow ones, greedy ones. Each is a thread, of a process of
 * their own: what they need of a processor is not to be taken for what nodes and honest callers need.
 */
final class Strangers implements AutoCloseable {
    static final String LARGE = "large/one";
    private static final int LIARS = 4;
    private static final int SLOW = 20;
    private static final int GREEDY = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, AtomicLong> done = new ConcurrentSkipListMap<>();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    private interface Deed {
        /** One deed of a stranger; returns how long it rests afterwards, in milliseconds. */
        long once() throws Exception;
    }

    private Strangers(List<Endpoint> nodes, List<Integer> gateways) {
        for (int i = 0; i < LIARS; i++) {
            Lies lies = new Lies(nodes.get(i % nodes.size()), i);
            start("liar", () -> {
                lies.tell();
                return 5;
            });
        }
        for (int i = 0; i < SLOW; i++) {
            int port = gateways.get(i % gateways.size());
            int grpc = nodes.get(i % nodes.size()).port();
            switch (i % 4) {
                case 0 -> start("slow upload", () -> slowUpload(port));
                case 1 -> start("slow reader", () -> slowRead(port));
                case 2 -> start("slow header", () -> slowHeader(port));
                default -> start("silent connection", () -> silent(grpc));
            }
        }
        for (int i = 0; i < GREEDY; i++) {
            String base = "http://127.0.0.1:" + gateways.get(i % gateways.size());
            switch (i % 4) {
                case 0 -> start("greedy list", () -> fetch(base + "/api/v1/files?limit=1000"));
                case 1 -> start("greedy get", () -> fetch(base + "/f/" + LARGE));
                case 2 -> start("greedy search", () -> fetch(base + "/api/v1/search?q=*o*"));
                default -> start("greedy put", () -> store(base));
            }
        }
    }

    /**
     * Lets them loose until standard input ends; then prints how often what was done to its end, by kind.
     *
     * @param arguments HOST:PORT of a node and the port of its gateway, in turn
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<Endpoint> nodes = new ArrayList<>();
        List<Integer> gateways = new ArrayList<>();
        for (int i = 0; i < arguments.length; i += 2) {
            nodes.add(Endpoint.parse(arguments[i]));
            gateways.add(Integer.parseInt(arguments[i + 1]));
        }
        Strangers strangers = new Strangers(nodes, gateways);
        System.in.transferTo(OutputStream.nullOutputStream());
        strangers.close();
        Map<String, Long> counts = new TreeMap<>();
        strangers.done.forEach((kind, count) -> counts.put(kind, count.get()));
        System.out.println(counts);
        System.exit(0);
    }

    /** The process of strangers; closing it ends them. */
    static final class Elsewhere implements AutoCloseable {
        private final Process process;

        /**
         * Starts them at a lower priority where there is {@code nice}: they are on this machine only for
         * the test.
         */
        Elsewhere(ProcessRing ring, List<Integer> gateways) throws IOException {
            List<String> command = new ArrayList<>(
                    Files.isExecutable(Path.of("/usr/bin/nice")) ? List.of("/usr/bin/nice", "-n", "5") : List.of());
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
            command.addAll(List.of(System.getProperty("java.class.path"), Strangers.class.getName()));
            for (int node : ring.alive()) {
                command.addAll(List.of(
                        ring.endpoint(node).toString(), gateways.get(node).toString()));
            }
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        }

        /** Ends them; returns how often what was done to its end, by kind. */
        String end() throws IOException, InterruptedException {
            process.getOutputStream().close();
            String done = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            process.waitFor();
            return done;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private void start(String kind, Deed deed) {
        AtomicLong count = done.computeIfAbsent(kind, k -> new AtomicLong());
        Thread thread = new Thread(
                () -> {
                    boolean ended = false;
                    while (!ended) {
                        long rest = 20;
                        try {
                            rest = deed.once();
                            count.incrementAndGet();
                        } catch (Exception refused) {
                            // That a stranger is refused is what the node is for.
                            done.computeIfAbsent(kind + ", refused", k -> new AtomicLong())
                                    .incrementAndGet();
                        }
                        ended = rests(rest);
                    }
                },
                "stranger-" + kind);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /** Whether it is over, at the latest after so long. */
    private boolean rests(long millis) {
        try {
            return over.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private long slowUpload(int port) throws IOException {
        return drip(
                port,
                "POST /api/v1/files?name=slow HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nContent-Length: 1000000\r\n\r\n");
    }

    private long slowHeader(int port) throws IOException {
        return drip(port, "GET /f/" + LARGE + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nX-Slow: ");
    }

    /** Begins as is said and goes on with a byte now and then until it is hung up on. */
    private long drip(int port, String beginning) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write(beginning.getBytes(StandardCharsets.ISO_8859_1));
            while (!rests(400)) {
                socket.getOutputStream().write('x');
            }
        }
        return 0;
    }

    private long slowRead(int port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setReceiveBufferSize(4096);
            socket.getOutputStream()
                    .write(("GET /f/" + LARGE + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            while (!rests(400) && in.read() >= 0) {
                // one byte at a time
            }
        }
        return 0;
    }

    private long silent(int port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            return socket.getInputStream().read() < 0 ? 0 : 100;
        }
    }

    private long fetch(String url) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200 ? 0 : 100;
    }

    private long store(String base) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/api/v1/files?name=greedy"))
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[100_000]))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 201 ? 0 : 100;
    }

    @Override
    public void close() throws InterruptedException {
        over.countDown();
        for (Thread thread : threads) {
            thread.join(PATIENCE.toMillis() * 2);
        }
    }
}
