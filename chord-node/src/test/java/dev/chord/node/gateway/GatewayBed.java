package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A ring of three nodes, the first of which is asked over HTTP. */
abstract class GatewayBed {
    static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    static Path work;

    static LocalRing ring;
    static Gateway gateway;
    static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException {
        ring = new LocalRing(
                Files.createDirectories(work.resolve("ring")), 3, config -> config.with(ConfigKey.SHARE_ROOTS, "/"));
        ring.awaitIdeal(LIMIT);
        gateway = Gateway.start(ring.nodes().get(0), () -> "chord_up 1\n").orElseThrow();
    }

    @AfterAll
    static void stop() {
        gateway.close();
        ring.close();
    }

    static HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway.url() + path))
                .timeout(LIMIT)
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static HttpResponse<String> get(String path, String... headers) throws Exception {
        return send("GET", path, "", headers);
    }

    static JsonObject json(HttpResponse<String> response) {
        return new Gson().fromJson(response.body(), JsonObject.class);
    }

    static JsonObject store(String name, String text) throws Exception {
        HttpResponse<String> stored =
                send("POST", "api/v1/files?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8), text);
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        return json(stored);
    }

    static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** Threads that serve requests, without those that have nothing to do. */
    static long threadsThatWait() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(e -> e.getKey().getName().startsWith("chord-http"))
                .filter(e -> Arrays.stream(e.getValue())
                        .anyMatch(frame -> frame.getClassName().startsWith("dev.chord.node.gateway")))
                .count();
    }

    /** What is answered to a request, byte for byte as it is given but for its end. */
    static String raw(String request) throws IOException {
        return talk(request + "Connection: close\r\n\r\n");
    }

    /** All that is answered until the other side hangs up. */
    static String talk(String request) throws IOException {
        int port = URI.create(gateway.url()).getPort();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(answer);
            return answer.toString(StandardCharsets.ISO_8859_1);
        } catch (java.net.SocketException e) {
            return ""; // hung up on: that is an answer too
        }
    }
}
