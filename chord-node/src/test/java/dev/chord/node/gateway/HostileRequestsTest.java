package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What somebody sends who means no good, and names that nobody expects: the right status, and never a
 * stack trace.
 */
class HostileRequestsTest extends GatewayBed {
    private static final List<String> ODD_NAMES = List.of(
            "..",
            ".",
            "../x",
            "x/..",
            "x/../y",
            "/x",
            "x/",
            "//",
            "a//b",
            "",
            " ",
            "\t",
            "\n",
            "a\nb",
            "a\u0000b",
            "\u0000",
            "\u007f",
            "\u0085",
            "\u202e",
            "a\u202eb",
            "\u200b",
            "\ufeff",
            "\ufffe",
            "\ud800",
            "é",
            "e\u0301",
            "ﬁ",
            "ß",
            "日本語",
            "🦊",
            "a\\b",
            "C:\\x",
            "con",
            "nul.txt",
            "a:b",
            "a*b",
            "a?b",
            "a#b",
            "a%b",
            "%2e%2e",
            "a%00b",
            "a&b=c",
            "a;b",
            "a'b",
            "a\"b",
            "<script>",
            "${x}",
            "{{x}}",
            "a|b",
            "-rf",
            "~",
            "~/x",
            ".hidden",
            "x@y",
            "a+b",
            "a b",
            " a",
            "a ",
            "a".repeat(255),
            "a".repeat(256),
            "a".repeat(1000),
            "a".repeat(5000),
            "a/".repeat(200) + "a",
            "/etc/passwd",
            "file:///etc/passwd",
            "http://x/",
            "0".repeat(64),
            "deadbeef",
            "a\r\nX: y");

    @Test
    void oddNamesAreTreatedAsTheLibraryTreatsThem() throws Exception {
        int cases = 0;
        for (String name : ODD_NAMES) {
            String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
            String arrives = java.net.URLDecoder.decode(encoded, StandardCharsets.UTF_8);
            boolean good = valid(arrives);
            HttpResponse<String> stored = send("POST", "api/v1/files?name=" + encoded, "odd");
            assertThat(stored.statusCode()).as("POST '%s'", name).isEqualTo(good ? 201 : 400);
            clean(stored);
            if (good) {
                String canonical = json(stored).get("name").getAsString();
                assertThat(canonical).isEqualTo(FileName.of(arrives));
                HttpResponse<String> listed =
                        get("api/v1/files?limit=1000&prefix=" + URLEncoder.encode(canonical, StandardCharsets.UTF_8));
                assertThat(json(listed).get("total").getAsInt())
                        .as("'%s'", name)
                        .isPositive();
            }
            String path = encoded.replace("+", "%20");
            for (String request : List.of(
                    "GET /api/v1/names/", "PUT /api/v1/names/", "DELETE /api/v1/names/", "GET /f/", "HEAD /f/")) {
                String answer = raw(request + path + " HTTP/1.1\r\nHost: localhost\r\n");
                assertThat(answer).as(request + path).matches("(?s)(|HTTP/1.1 [234]\\d\\d .*)");
                assertThat(answer).doesNotContain("Exception").doesNotContain("\tat ");
                cases++;
            }
        }
        assertThat(cases).isGreaterThan(300);
    }

    private static boolean valid(String name) {
        try {
            FileName.of(name);
            return true;
        } catch (ChordException e) {
            return false;
        }
    }

    private static void clean(HttpResponse<String> answer) {
        assertThat(answer.body()).doesNotContain("Exception").doesNotContain("\tat ");
        if (answer.statusCode() >= 400) {
            assertThat(header(answer, "Content-Type")).isEqualTo(Problems.TYPE);
            assertThat(json(answer).get("code").getAsString()).isNotEmpty();
        }
    }

    @Test
    void hostileRequestsGetTheRightStatus() throws Exception {
        store("range", "0123456789");
        Map<String, Integer> ranges = new java.util.LinkedHashMap<>();
        ranges.put("bytes=0-0", 206);
        ranges.put("bytes=9-", 206);
        ranges.put("bytes=0-99999999999", 206);
        ranges.put("bytes=-1", 206);
        ranges.put("bytes=-99", 206);
        ranges.put("bytes=10-", 416);
        ranges.put("bytes=10-20", 416);
        ranges.put("bytes=-0", 416);
        ranges.put("bytes=5-2", 200);
        ranges.put("bytes=", 200);
        ranges.put("bytes=-", 200);
        ranges.put("bytes=a-b", 200);
        ranges.put("bytes=0-1,3-4", 200);
        ranges.put("bytes=99999999999999999999-", 416);
        ranges.put("bytes=0-99999999999999999999", 206);
        ranges.put("Bytes=1-2", 206);
        ranges.put("bytes= 1-2 ,", 206);
        ranges.put("bytes=10-,20-30", 416);
        ranges.put("lines=1-2", 200);
        ranges.put("-1", 200);
        for (Map.Entry<String, Integer> range : ranges.entrySet()) {
            assertThat(get("f/range", "Range", range.getKey()).statusCode())
                    .as(range.getKey())
                    .isEqualTo(range.getValue());
        }
        for (String bad : List.of("limit=0", "limit=-1", "limit=x", "limit=1001", "limit=99999999999", "limit=")) {
            assertThat(get("api/v1/files?" + bad).statusCode()).as(bad).isEqualTo(400);
        }
        for (String body :
                List.of("", "{", "[]", "null", "{}", "{\"content\":1}", "{\"content\":\"xyz\"}", "\"\"", "1")) {
            assertThat(send("PUT", "api/v1/names/x", body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        for (String body :
                List.of("", "{}", "{\"name\":\"x\"}", "{\"name\":\"x\",\"size\":-1}", "{\"name\":\"..\",\"size\":1}")) {
            assertThat(send("POST", "api/v1/uploads", body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(get("api/v1/search?q=" + "*".repeat(50)).statusCode()).isEqualTo(400);
        assertThat(get("api/v1/search?q=" + "a".repeat(300)).statusCode()).isEqualTo(400);
        assertThat(send("PUT", "api/v1/names/x", "{}", "If-Match", "nonsense").statusCode())
                .isEqualTo(400);
        assertThat(get("f/" + "0".repeat(64)).statusCode()).isEqualTo(404);
    }

    @Test
    void whatGoesOnBehindIsAsHardToUpset() throws Exception {
        for (String body :
                List.of("", "{", "[]", "null", "{}", "{\"kind\":1}", "{\"kind\":\"\"}", "{\"kind\":\"rm -rf /\"}")) {
            refused(400, send("POST", "api/v1/operations", body));
        }
        for (String what : List.of("operations/", "transfers/")) {
            for (String id :
                    List.of("x", "-1", "0", "999999999999999999999", "1%20", "%e2%81%83", "..%2f..", "1%2f2")) {
                refused(404, get("api/v1/" + what + id));
                refused(404, send("DELETE", "api/v1/" + what + id, ""));
            }
            refused(400, get("api/v1/" + what + "%00")); // no such path can be meant
        }
        String known = store("hostile/known", "known bytes").get("content").getAsString();
        String providers = "api/v1/files/" + known + "/providers";
        for (String body : List.of("", "{", "[]", "{}", "{\"path\":1}", "{\"path\":null}")) {
            refused(400, send("PUT", providers, body));
        }
        for (String path : List.of("", "relative", "../x", "\\u0000", "/a\\u0000b", "~/x")) {
            refused(400, send("PUT", providers, "{\"path\":\"" + path + "\"}"));
        }
        for (String path : List.of("/", "/etc", "/nowhere/at/all")) {
            refused(404, send("PUT", providers, "{\"path\":\"" + path + "\"}"));
        }
        refused(409, send("PUT", providers, "{\"path\":\"/etc/passwd\"}"));
        refused(409, send("PUT", "api/v1/files/" + "0".repeat(64) + "/providers", "{\"path\":\"/etc/passwd\"}"));
        refused(404, send("DELETE", providers, ""));
        for (String after : List.of("%00", "%ef%bf%bd", "zzzz", "%f0%9f%a6%8a", "a%2fb")) {
            assertThat(get("api/v1/files?limit=2&after=" + after).statusCode())
                    .as(after)
                    .isEqualTo(200);
        }
        for (String q : List.of("%00abc", "%22%22%22", "'%3b--", "%5b", "%5b%5d%5d", "%5b%5e", "***")) {
            clean(get("api/v1/search?q=" + q));
            assertThat(get("api/v1/search?q=" + q).statusCode()).as(q).isEqualTo(200);
        }
        for (String method : List.of("PUT", "PATCH", "POST")) {
            refused(405, send(method, "api/v1/transfers", "{}"));
        }
    }

    private static void refused(int status, HttpResponse<String> answer) {
        assertThat(answer.statusCode())
                .as("%s: %s", answer.uri(), answer.body())
                .isEqualTo(status);
        clean(answer);
    }

    @Test
    void whoIsHungUpOnIsTold() throws Exception {
        for (String path : List.of("/api/v1/transfers/%00", "/f/%zz", "/x" + "a".repeat(9_000))) {
            String answer = talk("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(answer).as(path).startsWith("HTTP/1.1 4").containsIgnoringCase("\r\nConnection: close\r\n");
        }
    }

    @Test
    void whatIsNotHttpIsRefused() throws Exception {
        String port = gateway.url().replaceAll(".*:(\\d+)/", "$1");
        String host = "Host: 127.0.0.1:" + port + "\r\n";
        List<String> requests = List.of(
                "GET / HTTP/1.1\r\n", // no host
                "GET /../../etc/passwd HTTP/1.1\r\n" + host,
                "GET /f/..%2f..%2fetc/passwd HTTP/1.1\r\n" + host,
                "GET /f/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + host,
                "GET /f/%00 HTTP/1.1\r\n" + host,
                "GET /f/%zz HTTP/1.1\r\n" + host,
                "GET /f/%c0%af HTTP/1.1\r\n" + host,
                "GET /f/%ff HTTP/1.1\r\n" + host,
                "GET /f/a;b=c HTTP/1.1\r\n" + host,
                "GET //f//x HTTP/1.1\r\n" + host,
                "GET \\f\\x HTTP/1.1\r\n" + host,
                "NONSENSE / HTTP/1.1\r\n" + host,
                "TRACE / HTTP/1.1\r\n" + host,
                "CONNECT x:1 HTTP/1.1\r\n" + host,
                "GET / HTTP/9.9\r\n" + host,
                "GET /\r\n",
                "nothing like it\r\n",
                "GET /f/x HTTP/1.1\r\n" + host + "X: " + "a".repeat(20_000) + "\r\n",
                "POST /api/v1/files?name=x HTTP/1.1\r\n" + host + "Content-Length: -1\r\n",
                "POST /api/v1/files?name=x HTTP/1.1\r\n" + host + "Content-Length: abc\r\n",
                "POST /api/v1/files?name=x HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n",
                "POST /api/v1/files?name=x HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "POST /api/v1/files?name=x HTTP/1.1\r\n" + host + "Content-Length: 999999999999999999\r\n",
                "GET /page/../page.js HTTP/1.1\r\n" + host,
                "GET /%2e%2e/application.properties HTTP/1.1\r\n" + host);
        for (String request : requests) {
            String answer = raw(request);
            assertThat(answer)
                    .as(request)
                    .doesNotContain("root:")
                    .doesNotContain("\tat ")
                    .doesNotContain("Exception");
            if (!answer.isEmpty()) {
                assertThat(answer).as(request).matches("(?s)HTTP/1\\.[01] (200|30\\d|4\\d\\d|50[157]) .*");
            }
        }
    }
}
