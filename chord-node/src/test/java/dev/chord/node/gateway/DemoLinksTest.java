package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.ChordNode;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a visitor of a demo can do to its links: cut the ring in two, heal it, slow a node down. */
class DemoLinksTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private Path work;

    private LocalRing ring;
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        // both sides of a cut go on
        ring = new LocalRing(
                Files.createDirectories(work.resolve("ring")),
                5,
                config -> config.with(ConfigKey.RING_CONSISTENCY, "eventual"));
        ring.awaitIdeal(LIMIT);
        gateway = Gateway.start(ring);
    }

    @AfterEach
    void stop() {
        gateway.close();
        ring.close();
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + path))
                        .timeout(LIMIT)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonObject json(String path) throws Exception {
        return JsonParser.parseString(send("GET", path, "").body()).getAsJsonObject();
    }

    private static Ring connect(Endpoint at) {
        return Ring.connect(RingOptions.DEFAULT, List.of(at));
    }

    private static long members(Ring client) {
        return client.topology().members().stream()
                .filter(m -> m.view().isPresent())
                .count();
    }

    @Test
    void aCutMakesTwoRingsAndHealingMakesThemOneAndTellsWhatWasWrittenTwice() throws Exception {
        JsonObject cut = JsonParser.parseString(
                        send("PUT", "api/v1/demo/cut", "").body())
                .getAsJsonObject();
        assertThat(cut.get("cut").getAsBoolean()).isTrue();
        assertThat(cut.getAsJsonArray("cutOff")).hasSize(2);
        Endpoint there = Endpoint.parse(cut.getAsJsonArray("cutOff").get(0).getAsString());
        try (Ring one = connect(ring.entry());
                Ring other = connect(there)) {
            Awaitility.await().atMost(LIMIT).until(() -> members(one) == 3 && members(other) == 2);
            // the page sees what its node sees
            Awaitility.await()
                    .atMost(LIMIT)
                    .until(() -> json("api/v1/ring").get("up").getAsInt() == 3);
            write(one, Identifier.of(1));
            write(other, Identifier.of(2));
            assertThat(send("DELETE", "api/v1/demo/cut", "").statusCode()).isEqualTo(200);
            ring.awaitIdeal(LIMIT);
            assertThat(ring.links().cutOff()).isEmpty();
            Awaitility.await().atMost(LIMIT).until(() -> members(one) == 5 && members(other) == 5);
            Awaitility.await()
                    .atMost(LIMIT)
                    .until(() -> one.names().find("both").equals(other.names().find("both"))
                            && one.names().find("both").isPresent());
            Awaitility.await()
                    .atMost(LIMIT)
                    .until(() -> ring.nodes().stream()
                            .flatMap(n -> n.store().records().conflicts().all().stream())
                            .anyMatch(c -> c.name().equals("both")));
        }
    }

    private static void write(Ring side, Identifier content) {
        Awaitility.await().atMost(LIMIT).ignoreExceptions().until(() -> {
            side.names().set("both", content, 1);
            return true;
        });
    }

    @Test
    void aSlowNodeIsSlowAndNothingElse() throws Exception {
        ChordNode slow = ring.nodes().get(2);
        String place = "api/v1/demo/nodes/" + slow.self().id().toHex() + "/delay";
        assertThat(send("PUT", place, "{\"millis\": 150}").statusCode()).isEqualTo(200);
        assertThat(json("api/v1/demo")
                        .getAsJsonObject("slow")
                        .get(slow.endpoint().toString())
                        .getAsInt())
                .isEqualTo(150);
        for (int i = 0; i < 4; i++) {
            assertThat(send("POST", "api/v1/files?name=slow/" + i, "bytes " + i).statusCode())
                    .isEqualTo(201);
            assertThat(send("GET", "f/slow/" + i, "").body()).isEqualTo("bytes " + i);
        }
        JsonObject listed = json("api/v1/files?prefix=slow/");
        assertThat(listed.get("total").getAsInt()).isEqualTo(4);
        assertThat(listed.getAsJsonObject("coverage").get("asked").getAsInt()).isEqualTo(5);
        ring.awaitIdeal(LIMIT);
        assertThat(send("PUT", place, "{\"millis\": 99999}").statusCode()).isEqualTo(400);
        assertThat(send("PUT", place, "{\"millis\": 0}").statusCode()).isEqualTo(200);
        assertThat(ring.links().slowed()).isEmpty();
    }
}
