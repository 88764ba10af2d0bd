package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.chord.node.ChordNode;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** REST on a real ring of three nodes, asked as curl would, and as somebody would who means no good. */
class GatewayTest extends GatewayBed {
    // ---- what it is for

    @Test
    void aFileIsStoredListedFoundReadInPartAndRemoved() throws Exception {
        JsonObject stored = store("tour/a b.txt", "0123456789");
        String id = stored.get("content").getAsString();
        assertThat(stored.get("copies").getAsInt()).isEqualTo(3);
        assertThat(get("f/tour/a%20b.txt").body()).isEqualTo("0123456789");
        assertThat(get("f/" + id).body()).isEqualTo("0123456789");
        assertThat(header(get("f/" + id), "Cache-Control")).contains("immutable");
        HttpResponse<String> part = get("f/tour/a%20b.txt", "Range", "bytes=2-4");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo("234");
        assertThat(header(part, "Content-Range")).isEqualTo("bytes 2-4/10");
        assertThat(get("f/tour/a%20b.txt", "Range", "bytes=-3").body()).isEqualTo("789");
        assertThat(get("f/tour/a%20b.txt", "If-None-Match", '"' + id + '"').statusCode())
                .isEqualTo(304);
        assertThat(get("f/tour/a%20b.txt", "Range", "bytes=2-4", "If-Range", "\"other\"")
                        .body())
                .hasSize(10);
        assertThat(json(get("api/v1/files?prefix=tour/")).get("total").getAsInt())
                .isEqualTo(1);
        JsonObject found = json(get("api/v1/search?q=A%20B"));
        assertThat(found.getAsJsonArray("files")).hasSize(1);
        assertThat(found.getAsJsonObject("coverage").get("complete").getAsBoolean())
                .isTrue();
        assertThat(json(get("api/v1/files/" + id + "/explain")).getAsJsonArray("sources"))
                .hasSize(3);
        assertThat(json(get("api/v1/keys/tour/a%20b.txt/route")).getAsJsonArray("route"))
                .isNotEmpty();
        assertThat(send("DELETE", "api/v1/names/tour/a%20b.txt", "").statusCode())
                .isEqualTo(204);
        assertThat(get("f/tour/a%20b.txt").statusCode()).isEqualTo(404);
    }

    @Test
    void aStreamedSearchEndsWithItsCoverage() throws Exception {
        store("stream/1", "x");
        store("stream/2", "y");
        String[] lines = get("api/v1/search?q=stream/*", "Accept", "application/x-ndjson")
                .body()
                .split("\n");
        assertThat(lines).hasSize(3);
        assertThat(lines[2]).contains("\"coverage\"").contains("\"complete\":true");
    }

    @Test
    void listsComeInPages() throws Exception {
        for (int i = 0; i < 5; i++) {
            store("page/" + i, "p" + i);
        }
        List<String> seen = new ArrayList<>();
        String after = "";
        for (int page = 0; page < 10; page++) {
            JsonObject answer = json(get("api/v1/files?prefix=page/&limit=2&after=" + after));
            for (JsonElement file : answer.getAsJsonArray("files")) {
                seen.add(file.getAsJsonObject().get("name").getAsString());
            }
            if (answer.get("next").isJsonNull()) {
                break;
            }
            after = answer.get("next").getAsString();
        }
        assertThat(seen).containsExactly("page/0", "page/1", "page/2", "page/3", "page/4");
    }

    @Test
    void howAFileIsKeptIsSaidWithIt() throws Exception {
        // all nodes are on one host
        HttpResponse<String> thin = send("POST", "api/v1/files?name=policy/a&spread=host", "one");
        assertThat(thin.statusCode()).isEqualTo(503);
        assertThat(thin.body()).contains("FEWER_COPIES");
        assertThat(get("api/v1/names/policy/a").statusCode()).isEqualTo(404);
        assertThat(send("POST", "api/v1/files?name=policy/a&spread=galaxy", "one")
                        .statusCode())
                .isEqualTo(400);
        assertThat(send("POST", "api/v1/files?name=policy/a&keep=soon", "one").statusCode())
                .isEqualTo(400);
        assertThat(send("POST", "api/v1/files?name=policy/b&spread=process&keep=1s", "two")
                        .statusCode())
                .isEqualTo(201);
        await().atMost(Duration.ofMinutes(3))
                .until(() -> get("api/v1/names/policy/b").statusCode() == 404);
    }

    @Test
    void namesAreWrittenOnCondition() throws Exception {
        String content = store("cas/a", "one").get("content").getAsString();
        String other = store("cas/b", "two").get("content").getAsString();
        String body = "{\"content\":\"" + other + "\"}";
        String tag = header(get("api/v1/names/cas/a"), "ETag");
        assertThat(send("PUT", "api/v1/names/cas/a", body, "If-None-Match", "*").statusCode())
                .isEqualTo(412);
        assertThat(send("PUT", "api/v1/names/cas/a", body, "If-Match", tag).statusCode())
                .isEqualTo(200);
        assertThat(send("PUT", "api/v1/names/cas/a", body, "If-Match", tag).statusCode())
                .as("it is another version now")
                .isEqualTo(412);
        assertThat(send("DELETE", "api/v1/names/cas/a", "", "If-Match", tag).statusCode())
                .isEqualTo(412);
        assertThat(json(get("api/v1/names/cas/a")).get("content").getAsString())
                .isEqualTo(other)
                .isNotEqualTo(content);
        assertThat(send("POST", "api/v1/files?name=cas/a", "three", "If-None-Match", "*")
                        .statusCode())
                .isEqualTo(412);
    }

    @Test
    void aBrokenUploadGoesOnWhereItStood() throws Exception {
        JsonObject begun = json(send("POST", "api/v1/uploads", "{\"name\":\"up/load\",\"size\":10}"));
        String path = "api/v1/uploads/" + begun.get("id").getAsString();
        assertThat(send("PATCH", path, "01234", "Upload-Offset", "0").statusCode())
                .isEqualTo(200);
        assertThat(send("PATCH", path, "01234", "Upload-Offset", "0").statusCode())
                .as("not twice")
                .isEqualTo(409);
        assertThat(json(get(path)).get("received").getAsInt()).isEqualTo(5);
        assertThat(send("PATCH", path, "56789", "Upload-Offset", "5").statusCode())
                .isEqualTo(201);
        assertThat(get("f/up/load").body()).isEqualTo("0123456789");
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void everyRouteThatIsDescribedIsServed() throws Exception {
        JsonObject document = json(get("api/v1/openapi.json"));
        int operations = 0;
        for (Map.Entry<String, JsonElement> path :
                document.getAsJsonObject("paths").entrySet()) {
            for (String method : path.getValue().getAsJsonObject().keySet()) {
                String real =
                        path.getKey().replaceAll("\\{\\w+}", "nothing-there").substring(1);
                HttpResponse<String> answer = send(method.toUpperCase(java.util.Locale.ROOT), real, "{}");
                assertThat(answer.statusCode()).as(method + " " + real).isNotEqualTo(405);
                assertThat(answer.body()).as(method + " " + real).doesNotContain("nothing is served");
                operations++;
            }
        }
        assertThat(operations).isGreaterThan(25);
        assertThat(send("PUT", "api/v1/files", "").statusCode()).isEqualTo(405);
    }

    @Test
    void healthMetricsAndPictures() throws Exception {
        assertThat(get("livez").statusCode()).isEqualTo(200);
        assertThat(get("readyz").statusCode()).isEqualTo(200);
        assertThat(get("safez").statusCode())
                .as("three nodes hold three copies")
                .isEqualTo(503);
        assertThat(get("metrics").body()).contains("chord_up 1");
        assertThat(json(get("api/v1/ring")).get("up").getAsInt()).isGreaterThanOrEqualTo(3);
        JsonArray members = json(get("api/v1/ring/members")).getAsJsonArray("members");
        assertThat(members).hasSizeGreaterThanOrEqualTo(3);
        awaitHealthy();
        String svg = get("api/v1/ring/picture.svg").body();
        assertThat(svg).startsWith("<svg").contains("<title>a ring of ");
        assertThat(get("").body()).contains("<title>Chord</title>");
    }

    // ---- who may ask

    @Test
    void aPageOfAnotherSiteGetsNowhere() throws Exception {
        String port = gateway.url().replaceAll(".*:(\\d+)/", "$1");
        assertThat(raw("GET /api/v1/files HTTP/1.1\r\nHost: evil.example:" + port + "\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw("GET /api/v1/files HTTP/1.1\r\nHost:\r\n")).doesNotStartWith("HTTP/1.1 200");
        assertThat(raw("DELETE /api/v1/names/x HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nOrigin: http://evil.example\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw("DELETE /api/v1/names/x HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nOrigin: http://127.0.0.1:"
                        + port + "\r\n"))
                .startsWith("HTTP/1.1 404");
    }

    @Test
    void writersShowTheTokenWhereThereIsOne() throws Exception {
        assertThat(Guard.name("Ring.Example:80")).isEqualTo("ring.example");
        assertThat(Guard.name("[::1]:80")).isEqualTo("[::1]");
        Path token = Files.writeString(work.resolve("token"), "0123456789abcdef\n");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> lone("open", ConfigKey.TOKEN_FILE, token.toString()))
                .hasMessageContaining("can be read by everybody");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        try (ChordNode node = lone("guarded", ConfigKey.TOKEN_FILE, token.toString());
                Gateway guarded = Gateway.start(node, () -> "").orElseThrow()) {
            URI files = URI.create(guarded.url() + "api/v1/files?name=x");
            HttpRequest.Builder post = HttpRequest.newBuilder(files).POST(HttpRequest.BodyPublishers.ofString("x"));
            assertThat(status(post)).isEqualTo(403);
            assertThat(status(post.setHeader("Authorization", "Bearer wrong"))).isEqualTo(403);
            assertThat(status(post.setHeader("Authorization", "Bearer 0123456789abcdef")))
                    .isEqualTo(201);
            assertThat(status(HttpRequest.newBuilder(URI.create(guarded.url() + "api/v1/files"))))
                    .as("reading is free")
                    .isEqualTo(200);
        }
        assertThatThrownBy(() -> lone("wide", ConfigKey.HTTP_BIND, "0.0.0.0:0")).hasMessageContaining("needs a token");
    }

    private static int status(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static ChordNode lone(String name, ConfigKey key, String value) {
        NodeConfig config = NodeConfig.defaults()
                .with(ConfigKey.GRPC_BIND, "127.0.0.1:0")
                .with(ConfigKey.NODE_DATA_DIR, work.resolve(name).toString())
                .with(key, value);
        return ChordNode.start(config, new SimpleMeterRegistry());
    }

    @Test
    void anAddressThatIsTakenIsAnErrorUnlessItWasOnlySuggested() {
        String address = gateway.url().replace("http://", "").replace("/", "");
        try (ChordNode second = lone("second", ConfigKey.HTTP_BIND, address)) {
            assertThatThrownBy(() -> Gateway.start(second, () -> "")).hasMessageContaining("HTTP cannot listen");
        }
        try (Gateway first = Gateway.start(ring.nodes().get(1), () -> "").orElseThrow();
                Gateway other = Gateway.start(ring.nodes().get(2), () -> "").orElseThrow()) {
            assertThat(other.url()).isNotEqualTo(first.url());
        }
    }

    @Test
    void eventsTellWhoDied() throws Exception {
        assertThat(get("api/v1/events").statusCode()).isEqualTo(406);
        ChordNode fourth = ring.add();
        ring.awaitIdeal(LIMIT);
        HttpRequest listen = HttpRequest.newBuilder(URI.create(gateway.url() + "api/v1/events"))
                .timeout(LIMIT)
                .header("Accept", "text/event-stream")
                .build();
        HttpResponse<Stream<String>> events = HTTP.send(listen, HttpResponse.BodyHandlers.ofLines());
        String address = fourth.endpoint().toString();
        String event = "";
        try (Stream<String> lines = events.body()) {
            for (String line : (Iterable<String>) lines::iterator) {
                event = line.startsWith("event:") ? line.substring(6).strip() : event;
                if (line.startsWith("data:") && event.equals("hello")) {
                    new Thread(() -> ring.kill(fourth)).start();
                } else if (line.startsWith("data:") && line.contains(address) && !event.equals("changed")) {
                    break;
                }
            }
        }
        assertThat(event).isIn("down", "gone");
        awaitHealthy();
    }

    private static void awaitHealthy() throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        HttpResponse<String> health = get("api/v1/ring/health");
        while (health.statusCode() != 200 && System.nanoTime() < end) {
            health = get("api/v1/ring/health");
        }
        assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
    }
}
