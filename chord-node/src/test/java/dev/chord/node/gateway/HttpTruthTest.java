package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.chord.core.id.Identifier;
import dev.chord.node.ChordNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * Whether what HTTP says is so: lengths, codings, the same headers by HEAD, and no part of a file taken for
 * the whole.
 */
class HttpTruthTest extends GatewayBed {
    private static HttpResponse<byte[]> bytes(String method, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway.url() + path))
                .timeout(LIMIT)
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void filesComeAsTheyAreWhateverCodingIsAccepted() throws Exception {
        String text = "a line that compresses well\n".repeat(5000);
        store("coding.txt", text);
        store("coding.json", text);
        for (String coding : List.of("gzip", "gzip, deflate, br, zstd", "*", "identity;q=0.1, gzip", "GZIP;q=1.0")) {
            for (String name : List.of("coding.txt", "coding.json")) {
                HttpResponse<byte[]> whole = bytes("GET", "f/" + name, "Accept-Encoding", coding);
                assertThat(whole.statusCode()).as(coding).isEqualTo(200);
                assertThat(header(whole, "Content-Encoding")).isEmpty();
                assertThat(header(whole, "Content-Length")).isEqualTo("" + text.length());
                assertThat(new String(whole.body(), StandardCharsets.UTF_8)).isEqualTo(text);
                HttpResponse<byte[]> part =
                        bytes("GET", "f/" + name, "Accept-Encoding", coding, "Range", "bytes=10-99999");
                assertThat(part.statusCode()).isEqualTo(206);
                assertThat(new String(part.body(), StandardCharsets.UTF_8)).isEqualTo(text.substring(10, 100_000));
            }
        }
        for (String coding : List.of("identity;q=0", "gzip, *;q=0", "br, identity;q=0.0")) {
            assertThat(bytes("GET", "f/coding.txt", "Accept-Encoding", coding).statusCode())
                    .as(coding)
                    .isEqualTo(406);
        }
    }

    @Test
    void jsonMayBeCompressedAndSaysSo() throws Exception {
        for (int i = 0; i < 20; i++) {
            store("many/" + i, "x" + i);
        }
        HttpResponse<byte[]> plain = bytes("GET", "api/v1/files?prefix=many/");
        HttpResponse<byte[]> gzip = bytes("GET", "api/v1/files?prefix=many/", "Accept-Encoding", "gzip");
        assertThat(header(plain, "Content-Encoding")).isEmpty();
        assertThat(header(gzip, "Content-Encoding")).isEqualTo("gzip");
        assertThat(header(plain, "Vary")).isEqualTo("Accept-Encoding");
        assertThat(header(gzip, "Vary")).isEqualTo("Accept-Encoding");
        assertThat(header(gzip, "Content-Length")).isEqualTo("" + gzip.body().length);
        String unpacked = new String(
                new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes(), StandardCharsets.UTF_8);
        assertThat(unpacked).contains("many/19").hasSameSizeAs(new String(plain.body(), StandardCharsets.UTF_8));
        assertThat(header(
                        bytes("GET", "api/v1/files?prefix=many/", "Accept-Encoding", "gzip;q=0, *"),
                        "Content-Encoding"))
                .isEmpty();
    }

    @Test
    void headIsGetWithoutTheBodyOnEveryRoute() throws Exception {
        String id = store("head/a.txt", "0123456789").get("content").getAsString();
        List<String> paths = new ArrayList<>(List.of(
                "",
                "page.js",
                "style.css",
                "nothing/here",
                "f/head/a.txt",
                "f/" + id,
                "f/none",
                "api/v1/names/none",
                "api/v1/names/head/a.txt",
                "api/v1/files/none",
                "api/v1/files?limit=0",
                "api/v1/search?q=head"));
        for (Map.Entry<String, JsonElement> path :
                json(get("api/v1/openapi.json")).getAsJsonObject("paths").entrySet()) {
            if (path.getValue().getAsJsonObject().has("get") && !path.getKey().contains("events")) {
                paths.add(path.getKey().substring(1).replaceAll("\\{\\w+}", "head/a.txt"));
            }
        }
        assertThat(paths).hasSizeGreaterThan(30);
        for (String path : paths) {
            HttpResponse<byte[]> get = bytes("GET", path);
            HttpResponse<byte[]> head = bytes("HEAD", path);
            assertThat(head.statusCode()).as(path).isEqualTo(get.statusCode());
            assertThat(head.body()).as(path).isEmpty();
            assertThat(told(head)).as(path).isEqualTo(told(get));
        }
        assertThat(bytes("HEAD", "f/head/a.txt", "Range", "bytes=1-2").statusCode())
                .as("a range is a matter of GET")
                .isEqualTo(200);
        HttpResponse<byte[]> events = bytes("HEAD", "api/v1/events", "Accept", "text/event-stream");
        assertThat(events.statusCode()).isEqualTo(200);
        assertThat(header(events, "Content-Type")).startsWith("text/event-stream");
        assertThat(bytes("HEAD", "api/v1/events").statusCode()).isEqualTo(406);
    }

    // What is measured anew each time has another length each time.
    private static Map<String, List<String>> told(HttpResponse<?> answer) {
        Map<String, List<String>> headers = new TreeMap<>(answer.headers().map());
        headers.remove("date");
        if (answer.uri().getPath().matches(".*/(route|members|node|ring|transfers|explain|providers|health)(/.*)?")) {
            headers.remove("content-length");
        }
        return headers;
    }

    @Test
    void everyAnswerTellsABrowserThatNothingRuns() throws Exception {
        store("rules.html", "<script>alert(1)</script>");
        List<HttpResponse<String>> answers = List.of(
                get("f/rules.html"),
                get("f/rules.html", "If-None-Match", "*"),
                get("f/rules.html", "Range", "bytes=9999-"),
                get("f/none"),
                get("nothing/here"),
                get("metrics"),
                get("livez"),
                get("api/v1/ring/picture.svg"),
                get("api/v1/files"),
                get("api/v1/events"),
                get(""),
                get("page.js"),
                send("PUT", "api/v1/files", ""),
                send("OPTIONS", "api/v1/files", ""),
                send("POST", "api/v1/files?name=..", "x"));
        for (HttpResponse<String> answer : answers) {
            String what = answer.statusCode() + " " + answer.uri();
            assertThat(header(answer, "Content-Security-Policy")).as(what).contains("frame-ancestors 'none'");
            assertThat(header(answer, "X-Content-Type-Options")).as(what).isEqualTo("nosniff");
            assertThat(header(answer, "Cross-Origin-Resource-Policy")).as(what).isEqualTo("same-origin");
            assertThat(header(answer, "Referrer-Policy")).as(what).isEqualTo("no-referrer");
        }
        for (String broken :
                List.of("GET /f/%zz HTTP/1.1\r\nHost: localhost\r\n", "GET / HTTP/9.9\r\n", "GARBAGE\r\n")) {
            assertThat(raw(broken))
                    .as(broken)
                    .contains("Content-Security-Policy:")
                    .contains("nosniff");
        }
        assertThat(header(get("f/rules.html"), "Content-Disposition")).startsWith("attachment");
        assertThat(header(get("f/rules.html"), "Content-Type")).isEqualTo("application/octet-stream");
    }

    @Test
    void otherSitesLeadHereAndDoNotReadHere() throws Exception {
        store("private.png", "picture");
        String[][] refused = {
            {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"},
            {"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"},
            {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"},
            {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"},
            {"Origin: https://evil.example"},
            {"Origin: null"}
        };
        String[][] served = {
            {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"},
            {"Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"},
            {"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"},
            {}
        };
        for (String name : List.of("private.png", "other.png")) {
            for (String[] lines : refused) {
                assertThat(asked("GET", name, lines))
                        .as("%s %s", name, List.of(lines))
                        .startsWith("HTTP/1.1 403");
            }
        }
        for (String[] lines : served) {
            assertThat(asked("GET", "private.png", lines)).startsWith("HTTP/1.1 200");
            assertThat(asked("HEAD", "private.png", lines)).startsWith("HTTP/1.1 200");
        }
    }

    private static String asked(String method, String name, String... lines) throws IOException {
        return raw(method + " /f/" + name + " HTTP/1.1\r\nHost: localhost\r\n" + String.join("\r\n", lines)
                + (lines.length > 0 ? "\r\n" : ""));
    }

    @Test
    void conditionsAreComparedAsTheRfcSays() throws Exception {
        String tag = '"' + store("if/a", "one").get("content").getAsString() + '"';
        for (Map.Entry<String, Integer> match : Map.of(
                        tag, 200, "*", 200, "\"x\", " + tag, 200, "W/" + tag, 412, "\"x\"", 412, "nonsense", 400)
                .entrySet()) {
            assertThat(get("f/if/a", "If-Match", match.getKey()).statusCode())
                    .as(match.getKey())
                    .isEqualTo(match.getValue());
        }
        for (Map.Entry<String, Integer> none : Map.of(
                        tag, 304, "*", 304, "W/" + tag, 304, "\"a,b\" ,," + tag, 304, "\"x\"", 200, "\"", 400)
                .entrySet()) {
            assertThat(get("f/if/a", "If-None-Match", none.getKey()).statusCode())
                    .as(none.getKey())
                    .isEqualTo(none.getValue());
        }
        assertThat(get("f/if/a", "If-Match", "\"x\"", "If-None-Match", tag).statusCode())
                .as("If-Match comes first")
                .isEqualTo(412);
        assertThat(get("f/if/a", "If-Modified-Since", "Mon, 30 Nov 2026 12:00:00 GMT")
                        .statusCode())
                .as("there is no date to compare")
                .isEqualTo(200);
        assertThat(get("f/if/a", "Range", "bytes=0-0", "If-Range", "W/" + tag).statusCode())
                .isEqualTo(200);
        assertThat(get("f/if/a", "Range", "bytes=0-0", "If-Range", "Mon, 30 Nov 2026 12:00:00 GMT")
                        .statusCode())
                .isEqualTo(200);
        assertThat(get("f/if/none", "If-None-Match", "*").statusCode()).isEqualTo(404);
    }

    @Test
    void writesOnConditionAreDoneOrRefused() throws Exception {
        String content = store("if/b", "one").get("content").getAsString();
        String version = header(get("api/v1/names/if/b"), "ETag");
        String body = "{\"content\":\"" + content + "\"}";
        Map<String, Integer> match = new TreeMap<>(
                Map.of("\"0-x\"", 412, "W/" + version, 412, "\"0-x\", " + version, 200, "*", 200, "nonsense", 400));
        for (Map.Entry<String, Integer> each : match.entrySet()) {
            String tag = each.getKey().replace(version, header(get("api/v1/names/if/b"), "ETag"));
            assertThat(send("PUT", "api/v1/names/if/b", body, "If-Match", tag).statusCode())
                    .as(tag)
                    .isEqualTo(each.getValue());
        }
        assertThat(send("PUT", "api/v1/names/if/new", body, "If-Match", "*").statusCode())
                .isEqualTo(412);
        assertThat(send("PUT", "api/v1/names/if/b", body, "If-None-Match", "\"other\"")
                        .statusCode())
                .isEqualTo(200);
        assertThat(send("DELETE", "api/v1/names/if/b", "", "If-None-Match", "*").statusCode())
                .isEqualTo(412);
        assertThat(send("POST", "api/v1/files?name=if/b", "two", "If-Match", "\"other\"")
                        .statusCode())
                .isEqualTo(412);
        assertThat(send("POST", "api/v1/files?name=if/b", "two", "If-Match", '"' + content + '"')
                        .statusCode())
                .isEqualTo(201);
        assertThat(send("PUT", "api/v1/names/if/b", body, "If-Unmodified-Since", "Mon, 30 Nov 2026 12:00:00 GMT")
                        .statusCode())
                .isEqualTo(400);
        assertThat(get("api/v1/names/if/b", "If-None-Match", header(get("api/v1/names/if/b"), "ETag"))
                        .statusCode())
                .isEqualTo(304);
    }

    // ---- files with a block that nobody has whole

    @Test
    void aFailureBeforeTheFirstByteIsAProblem() throws Exception {
        String id = store("rotten", "x".repeat(50_000)).get("content").getAsString();
        damage(chunk(id, 0));
        HttpResponse<String> answer = get("f/rotten");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(502);
        assertThat(header(answer, "Content-Type")).isEqualTo(Problems.TYPE);
        assertThat(json(answer).get("code").getAsString()).isEqualTo("INTEGRITY");
        assertThat(header(answer, "ETag") + header(answer, "Repr-Digest") + header(answer, "Accept-Ranges"))
                .as("nothing is said about what did not come")
                .isEmpty();
        assertThat(get("f/rotten", "Range", "bytes=0-9").statusCode())
                .as("what was found damaged has been put aside")
                .isIn(404, 502);
    }

    @Test
    void aFailureAfterTheFirstByteBreaksTheConnectionOff() throws Exception {
        byte[] large = new byte[5 << 20];
        new Random(21).nextBytes(large);
        HttpResponse<String> stored = HTTP.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + "api/v1/files?name=half"))
                        .timeout(LIMIT)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(large))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String id = json(stored).get("content").getAsString();
        damage(chunk(id, 4));
        String answer = talk("GET /f/half HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 200").contains("Content-Length: " + large.length);
        assertThat(answer.length()).isLessThan(large.length);
        assertThat(get("f/half", "Range", "bytes=0-99").statusCode())
                .as("what is whole is served")
                .isEqualTo(206);
    }

    private static String chunk(String content, int index) throws Exception {
        JsonObject manifest = json(get("api/v1/files/" + content));
        return manifest.getAsJsonArray("chunks").get(index).getAsString();
    }

    private static void damage(String block) throws IOException {
        Identifier id = Identifier.ofHex(block);
        for (ChordNode node : ring.nodes()) {
            Path file = node.config()
                    .dataDir()
                    .resolve("blocks")
                    .resolve(block.substring(0, 2))
                    .resolve(block);
            if (node.store().blocks().has(id)) {
                byte[] good = Files.readAllBytes(file);
                good[good.length - 1] ^= 1;
                Files.write(file, good);
            }
        }
    }
}
