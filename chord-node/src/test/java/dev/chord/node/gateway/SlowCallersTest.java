package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Many callers at once who hardly do anything: they hold places, of which there are so many, and no thread.
 */
class SlowCallersTest extends GatewayBed {
    private static final int OF_EACH = 150;
    private static final int SILENT = 200;

    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void hangUp() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
        Awaitility.await().atMost(LIMIT).until(() -> transfers("upload") + transfers("download") == 0);
    }

    // With a window so small that what is sent to it soon stands still.
    private Socket open(String request) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new java.net.InetSocketAddress(
                InetAddress.getLoopbackAddress(), URI.create(gateway.url()).getPort()));
        sockets.add(socket);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static long transfers(String kind) throws Exception {
        int count = 0;
        for (JsonElement one : json(get("api/v1/transfers")).getAsJsonArray("transfers")) {
            count += one.getAsJsonObject().get("kind").getAsString().equals(kind) ? 1 : 0;
        }
        return count;
    }

    private static long answered(List<Socket> some, String status) throws IOException {
        long count = 0;
        for (Socket socket : some) {
            socket.setSoTimeout(1);
            byte[] begin = new byte[12];
            int n = 0;
            if (socket.getInputStream().available() >= begin.length) {
                n = socket.getInputStream().readNBytes(begin, 0, begin.length);
            }
            count += new String(begin, 0, n, StandardCharsets.ISO_8859_1).endsWith(status) ? 1 : 0;
        }
        return count;
    }

    private static void healthAnswers() throws Exception {
        for (String path : List.of("livez", "readyz", "metrics")) {
            HttpResponse<String> answer = get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
        }
    }

    @Test
    void slowOnesOfEveryKindHoldNeitherThreadsNorHealth() throws Exception {
        byte[] large = new byte[8 * 1024 * 1024];
        Path file = Files.write(work.resolve("large-one"), large);
        ring.nodes().get(0);
        ringPut(file, "slow/large");
        Map<Kind, Integer> bounds =
                Slots.bounds(ring.nodes().get(0).config(), Runtime.getRuntime().maxMemory());
        List<Socket> uploads = new ArrayList<>();
        List<Socket> downloads = new ArrayList<>();
        List<Socket> listeners = new ArrayList<>();
        for (int i = 0; i < OF_EACH; i++) {
            uploads.add(open("POST /api/v1/files?name=slow/" + i
                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx"));
            downloads.add(open("GET /f/slow/large HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            listeners.add(open("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"));
        }
        for (int i = 0; i < SILENT; i++) {
            open(i % 2 == 0 ? "" : "GET /livez HT");
        }
        healthAnswers();
        assertThat(get("api/v1/node").statusCode()).isEqualTo(200);
        int mostUploads = bounds.getOrDefault(Kind.UPLOAD, 0);
        int mostDownloads = bounds.getOrDefault(Kind.DOWNLOAD, 0);
        assertThat(transfers("upload")).isLessThanOrEqualTo(mostUploads);
        assertThat(transfers("download")).isLessThanOrEqualTo(mostDownloads);
        Awaitility.await().atMost(LIMIT.multipliedBy(4)).untilAsserted(() -> {
            assertThat(threadsThatWait()).isZero();
        });
        healthAnswers();
        if (mostUploads < OF_EACH) { // by the memory that this was given
            Awaitility.await()
                    .atMost(LIMIT.multipliedBy(2))
                    .untilAsserted(() -> assertThat(answered(uploads, "503")).isPositive());
        }
        assertThat(send("POST", "api/v1/uploads", "{\"name\":\"still/served\",\"size\":1}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(listeners).isNotEmpty();
        assertThat(downloads).isNotEmpty();
    }

    private static void ringPut(Path file, String name) throws Exception {
        HttpResponse<String> stored = HTTP.send(
                java.net.http.HttpRequest.newBuilder(URI.create(gateway.url() + "api/v1/files?name=" + name))
                        .timeout(LIMIT.multipliedBy(4))
                        .POST(java.net.http.HttpRequest.BodyPublishers.ofFile(file))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
    }

    @Test
    void whoSendsHalfARequestIsToldAndNothingIsStored() throws Exception {
        String answer = talk("POST /api/v1/files?name=half HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Length: 100000\r\n\r\n" + "x".repeat(5000));
        assertThat(answer).startsWith("HTTP/1.1 400 ").contains("ends early").doesNotContain("Exception");
        assertThat(get("f/half").statusCode()).isEqualTo(404);
        String chunked = talk("POST /api/v1/files?name=half HTTP/1.1\r\nHost: localhost\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        assertThat(chunked).startsWith("HTTP/1.1 400 ");
        assertThat(get("f/half").statusCode()).isEqualTo(404);
        String json = talk("POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{\"na");
        assertThat(json).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void healthIsToldToAnybodyWhateverTheHost() throws Exception {
        for (String path : List.of("/livez", "/readyz", "/metrics")) {
            assertThat(talk("GET " + path + " HTTP/1.0\r\n\r\n")).as(path).contains(" 200 ");
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: balancer.example\r\n"))
                    .as(path)
                    .startsWith("HTTP/1.1 200 ");
        }
        assertThat(raw("GET /api/v1/node HTTP/1.1\r\nHost: balancer.example\r\n"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw("DELETE /livez HTTP/1.1\r\nHost: x\r\n")).startsWith("HTTP/1.1 405 ");
    }
}
