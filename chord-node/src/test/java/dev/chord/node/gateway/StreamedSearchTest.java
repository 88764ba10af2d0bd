package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.core.id.Identifier;
import dev.chord.node.config.ConfigKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A search whose names come line by line: at the pace of its reader, whom nobody waits for. */
class StreamedSearchTest extends GatewayBed {
    private static final int READERS = 50; // more than there are threads for requests
    private static final int NAMES = 5_000; // more than the network keeps for a reader who does not read
    private static final String LINES = "application/x-ndjson";
    private static final String LONG = "\"".repeat(200); // twice as long in JSON

    @BeforeAll
    static void storeNames() {
        Identifier content = Identifier.ofHex("ab".repeat(32));
        String ringName = ring.nodes().get(0).config().text(ConfigKey.RING_NAME);
        List<Ring> clients = IntStream.range(0, 8)
                .mapToObj(i -> Ring.connect(
                        RingOptions.DEFAULT.withRingName(ringName),
                        List.of(ring.nodes().get(i % 3).endpoint())))
                .toList();
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < clients.size(); w++) {
            int first = w;
            Thread writer = new Thread(() -> IntStream.iterate(first, i -> i < NAMES, i -> i + clients.size())
                    .forEach(i -> clients.get(first).names().set(name(i), content, i)));
            writer.start();
            writers.add(writer);
        }
        writers.forEach(writer -> {
            try {
                writer.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        clients.forEach(Ring::close);
    }

    private static String name(int number) {
        return "many/%05d".formatted(number) + LONG;
    }

    private static List<JsonObject> lines(String query) throws Exception {
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + "api/v1/search?" + query))
                        .timeout(LIMIT.multipliedBy(4))
                        .header("Accept", LINES)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(header(answer, "Content-Type")).startsWith(LINES);
        return answer.body()
                .lines()
                .map(line -> new Gson().fromJson(line, JsonObject.class))
                .toList();
    }

    private static List<String> names(List<JsonObject> lines) {
        return lines.stream()
                .filter(line -> line.has("name"))
                .map(line -> line.get("name").getAsString())
                .toList();
    }

    private static Socket unread(String path) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), URI.create(gateway.url()).getPort()));
        String request = "GET /" + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: " + LINES + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static long begun(List<Socket> some) throws IOException {
        long count = 0;
        for (Socket socket : some) {
            count += socket.getInputStream().available() > 0 ? 1 : 0;
        }
        return count;
    }

    @Test
    void whoDoesNotReadHoldsNoThread() throws Exception {
        List<Socket> readers = new ArrayList<>();
        try {
            for (int i = 0; i < READERS; i++) {
                readers.add(unread("api/v1/search?q=many/*"));
            }
            Awaitility.await().atMost(LIMIT.multipliedBy(4)).until(() -> begun(readers) == READERS);
            store("beside/them", "is stored and fetched");
            assertThat(get("f/beside/them").body()).isEqualTo("is stored and fetched");
            assertThat(get("livez").statusCode()).isEqualTo(200);
            Awaitility.await()
                    .atMost(LIMIT.multipliedBy(4))
                    .untilAsserted(() -> assertThat(threadsThatWait()).isZero());
            assertThat(readAll(readers.get(0))).as("who reads at last").isEqualTo(NAMES);
        } finally {
            for (Socket socket : readers) {
                socket.close();
            }
        }
        Awaitility.await()
                .atMost(LIMIT)
                .until(() -> json(get("api/v1/transfers"))
                        .getAsJsonArray("transfers")
                        .isEmpty());
    }

    private static long readAll(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder all = new StringBuilder();
        byte[] some = new byte[64 * 1024];
        int n = in.read(some);
        while (n >= 0 && !(all.length() > 0 && all.indexOf("\"coverage\"", Math.max(0, all.length() - 2000)) >= 0)) {
            all.append(new String(some, 0, n, StandardCharsets.ISO_8859_1));
            if (all.indexOf("\"coverage\"", Math.max(0, all.length() - 2000)) < 0) {
                n = in.read(some);
            }
        }
        return all.toString()
                .lines()
                .filter(line -> line.startsWith("{\"name\""))
                .count();
    }

    @Test
    void everyNameComesOnceAndTheCoverageLast() throws Exception {
        List<JsonObject> lines = lines("q=many/*");
        List<String> all =
                IntStream.range(0, NAMES).mapToObj(StreamedSearchTest::name).toList();
        assertThat(names(lines).equals(all)).as("each once, in order").isTrue();
        JsonElement coverage = lines.get(lines.size() - 1).get("coverage");
        assertThat(coverage.getAsJsonObject().get("complete").getAsBoolean()).isTrue();
        assertThat(names(lines("q=many/nothing*"))).isEmpty();
        assertThat(lines("q=many/nothing*")).hasSize(1);
    }

    @Test
    void aLimitAndAPlaceToGoOnFromAreObeyed() throws Exception {
        assertThat(names(lines("q=many/*&limit=3"))).containsExactly(name(0), name(1), name(2));
        String after = java.net.URLEncoder.encode(name(NAMES - 3), StandardCharsets.UTF_8);
        assertThat(names(lines("q=many/*&after=" + after))).containsExactly(name(NAMES - 2), name(NAMES - 1));
        assertThat(names(lines("q=many/*&limit=1000"))).hasSize(1000);
        assertThat(get("api/v1/search?q=a&limit=0", "Accept", LINES).statusCode())
                .isEqualTo(400);
        HttpResponse<String> head = send("HEAD", "api/v1/search?q=many/*", "", "Accept", LINES);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(header(head, "Content-Type")).startsWith(LINES);
        HttpResponse<String> refused = get("api/v1/search?q=" + "*".repeat(50), "Accept", LINES);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(header(refused, "Content-Type")).isEqualTo(Problems.TYPE);
    }
}
