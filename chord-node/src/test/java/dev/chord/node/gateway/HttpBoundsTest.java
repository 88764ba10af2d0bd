package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node with few places: what is refused, what goes on, and the port that serves health alone. */
class HttpBoundsTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int CONNECTIONS = 16;

    @TempDir
    static Path work;

    private static LocalRing ring;
    private static Gateway gateway;
    private static int health;
    private final List<Socket> open = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            health = free.getLocalPort();
        }
        ring = new LocalRing(
                work,
                1,
                config -> config.with(ConfigKey.HTTP_BIND, "127.0.0.1:0")
                        .with(ConfigKey.HEALTH_BIND, "127.0.0.1:" + health)
                        .with(ConfigKey.HTTP_UPLOADS, "2")
                        .with(ConfigKey.HTTP_LISTENERS, "3")
                        .with(ConfigKey.HTTP_CONNECTIONS, "" + CONNECTIONS));
        gateway = Gateway.start(ring.nodes().get(0), () -> "chord_up 1\n").orElseThrow();
    }

    @AfterAll
    static void stop() {
        gateway.close();
        ring.close();
    }

    @AfterEach
    void hangUp() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    private Socket send(int port, String request) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) LIMIT.toMillis());
        open.add(socket);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static int port() {
        return URI.create(gateway.url()).getPort();
    }

    // The headers of the answer.
    private static String head(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                return head.toString();
            }
            head.append((char) b);
        }
        return head.toString();
    }

    private String ask(int port, String path) throws IOException {
        return head(send(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    }

    @Test
    void anUploadTooManyIsToldToComeBack() throws IOException {
        String upload = "POST /api/v1/files?name=few HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n";
        Socket first = send(port(), upload + "12345");
        send(port(), upload + "12345");
        Awaitility.await().atMost(LIMIT).untilAsserted(() -> {
            String third = head(send(port(), upload));
            assertThat(third).startsWith("HTTP/1.1 503 ").containsIgnoringCase("\r\nRetry-After: ");
        });
        assertThat(ask(port(), "/api/v1/node"))
                .as("other kinds have places of their own")
                .startsWith("HTTP/1.1 200 ");
        first.getOutputStream().write("67890".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(head(first)).as("one that had its place is served").startsWith("HTTP/1.1 201 ");
    }

    @Test
    void aListenerTooManyIsToldToComeBack() throws IOException {
        String listen = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
        for (int i = 0; i < 3; i++) {
            assertThat(head(send(port(), listen))).startsWith("HTTP/1.1 200 ");
        }
        assertThat(head(send(port(), listen))).startsWith("HTTP/1.1 503 ").containsIgnoringCase("\r\nRetry-After: ");
    }

    @Test
    void whoIsSilentMakesRoomForOneWhoIsNot() throws IOException {
        for (int i = 0; i < 2 * CONNECTIONS; i++) {
            send(port(), i % 2 == 0 ? "" : "GET /slow HT");
        }
        Awaitility.await()
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(ask(port(), "/livez")).startsWith("HTTP/1.1 200 "));
        assertThat(open.get(0).getInputStream().read()).as("the oldest is gone").isEqualTo(-1);
    }

    @Test
    void thePortForHealthServesNothingElse() throws IOException {
        for (String path : List.of("/livez", "/readyz", "/metrics")) {
            assertThat(ask(health, path)).as(path).startsWith("HTTP/1.1 200 ");
        }
        for (String path : List.of("/", "/api/v1/node", "/f/x", "/livez/x")) {
            assertThat(ask(health, path)).as(path).startsWith("HTTP/1.1 404 ");
        }
    }
}
