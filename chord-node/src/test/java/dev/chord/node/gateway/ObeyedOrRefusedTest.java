package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a request says is done or refused; nothing of it is passed over. */
class ObeyedOrRefusedTest extends GatewayBed {
    private static void refused(int status, HttpResponse<String> answer) {
        assertThat(answer.statusCode())
                .as("%s %s: %s", answer.request().method(), answer.uri(), answer.body())
                .isEqualTo(status);
        assertThat(header(answer, "Content-Type")).isEqualTo(Problems.TYPE);
    }

    @Test
    void aQueryThatMeansNothingIsRefused() throws Exception {
        String id = store("query/a", "one").get("content").getAsString();
        for (String path : List.of(
                "f/query/a?version=1",
                "f/query/?format=json",
                "api/v1/files?prefx=query/",
                "api/v1/files?limit=1&limit=2",
                "api/v1/names/query/a?x",
                "api/v1/files/" + id + "?name=x",
                "api/v1/search?query=a",
                "api/v1/events?since=x&last=y",
                "api/v1/ring?x=1")) {
            refused(400, get(path));
        }
        refused(400, send("DELETE", "api/v1/names/query/a?dry-run=true", ""));
        refused(400, send("POST", "api/v1/files?name=query/b&ttl=3", "two"));
        assertThat(get("f/query/a").body()).isEqualTo("one");
        refused(404, get("f/query/b"));
        for (String broken : List.of("limit=%zz", "%zz=1", "prefix=100%")) {
            assertThat(raw("GET /api/v1/files?" + broken + " HTTP/1.1\r\nHost: localhost\r\n"))
                    .as(broken)
                    .startsWith("HTTP/1.1 400");
        }
        for (String noText : List.of("%ff", "a%c3(", "%c0%af", "%ed%a0%80", "%f0%9f%a6", "\u00ff", "%C3%28%41")) {
            for (String path : List.of("files?prefix=", "files?", "search?q=", "files?prefix=a&after=")) {
                String answer = raw("GET /api/v1/" + path + noText + " HTTP/1.1\r\nHost: localhost\r\n");
                assertThat(answer)
                        .as("%s%s", path, noText)
                        .startsWith("HTTP/1.1 400")
                        .contains(Problems.TYPE);
            }
        }
        for (String text : List.of("%ef%bf%bd", "%C3%A9", "+%20%f0%9f%a6%8a", "\u00c3\u00a9", "a=b", "")) {
            assertThat(raw("GET /api/v1/files?prefix=" + text + " HTTP/1.1\r\nHost: localhost\r\n"))
                    .as(text)
                    .startsWith("HTTP/1.1 200");
        }
        assertThat(get("?whatever").statusCode()).as("the page has its own").isEqualTo(200);
    }

    @Test
    void aBodyIsReadAsItIsSaidToBe() throws Exception {
        String id = store("body/a", "one").get("content").getAsString();
        String body = "{\"content\":\"" + id + "\"}";
        String name = "api/v1/names/body/b";
        for (String type : List.of(
                "text/plain",
                "application/xml",
                "multipart/form-data; boundary=x",
                "application/json; charset=utf-16",
                "application/json; version=2")) {
            refused(415, send("PUT", name, body, "Content-Type", type));
        }
        refused(415, send("PUT", name, body, "Content-Type", "application/json", "Content-Encoding", "gzip"));
        refused(400, send("PUT", name, "{\"content\":\"" + id + "\",\"keep\":\"1d\"}"));
        refused(400, send("PUT", name, "{content:'" + id + "'}"));
        refused(400, send("PUT", name, body + body));
        refused(400, send("PUT", name, "{\"content\":\"" + id + "\",\"content\":\"" + id + "\"}"));
        refused(413, send("PUT", name, "{\"content\":\"" + "x".repeat(70_000) + "\"}"));
        refused(400, send("POST", "api/v1/uploads", "{\"name\":\"x\",\"size\":1.5}"));
        refused(404, get(name));
        for (String type : List.of(
                "application/json",
                "application/json; charset=UTF-8",
                "application/merge-patch+json",
                "application/x-www-form-urlencoded")) {
            assertThat(send("PUT", name, body, "Content-Type", type).statusCode())
                    .as(type)
                    .isEqualTo(200);
        }
    }

    @Test
    void whichMethodsThereAreIsTold() throws Exception {
        for (Map.Entry<String, JsonElement> path :
                json(get("api/v1/openapi.json")).getAsJsonObject("paths").entrySet()) {
            String real = path.getKey().replaceAll("\\{\\w+}", "nothing-there").substring(1);
            Set<String> methods = new TreeSet<>(Set.of("OPTIONS"));
            path.getValue().getAsJsonObject().keySet().forEach(m -> methods.add(m.toUpperCase(Locale.ROOT)));
            if (methods.contains("GET")) {
                methods.add("HEAD");
            }
            HttpResponse<String> options = send("OPTIONS", real, "");
            assertThat(options.statusCode()).as(real).isEqualTo(204);
            assertThat(header(options, "Allow").split(", ")).as(real).containsExactlyElementsOf(methods);
            for (String method : List.of("GET", "PUT", "POST", "PATCH", "DELETE")) {
                if (!methods.contains(method)) {
                    HttpResponse<String> answer = send(method, real, "{}");
                    refused(405, answer);
                    assertThat(header(answer, "Allow")).isEqualTo(header(options, "Allow"));
                }
            }
        }
        assertThat(send("PUT", "page.js", "x").statusCode()).isIn(404, 405);
    }

    @Test
    void aPartOfAFileIsTheLastSegment() throws Exception {
        store("sub/a b/c.txt", "with slashes");
        store("sub/explain", "named like a part");
        assertThat(json(get("api/v1/files/sub/a%20b/c.txt")).get("name").getAsString())
                .isEqualTo("sub/a b/c.txt");
        for (String of : List.of("sub/a%20b/c.txt", "sub%2Fa%20b%2Fc.txt", "sub%2fexplain", "sub/explain")) {
            assertThat(json(get("api/v1/files/" + of + "/explain")).has("parts"))
                    .as(of)
                    .isTrue();
            assertThat(json(get("api/v1/files/" + of + "/providers")).has("sources"))
                    .as(of)
                    .isTrue();
            assertThat(json(get("api/v1/keys/" + of + "/owner")).has("owner"))
                    .as(of)
                    .isTrue();
            assertThat(json(get("api/v1/keys/" + of + "/route")).has("chain"))
                    .as(of)
                    .isTrue();
        }
        assertThat(json(get("api/v1/files/sub%2Fexplain")).get("name").getAsString())
                .isEqualTo("sub/explain");
        refused(404, get("api/v1/files/sub/explain"));
        refused(405, send("DELETE", "api/v1/files/sub/explain", ""));
        assertThat(get("f/sub/explain").body()).isEqualTo("named like a part");
        assertThat(send("DELETE", "api/v1/files/sub%2Fexplain", "").statusCode())
                .isEqualTo(204);
        refused(400, get("api/v1/names/sub/a%20b/c.txt/"));
    }

    @Test
    void nothingIsToldAboutTheMachine() throws Exception {
        String id = store("machine/a", "one").get("content").getAsString();
        for (HttpResponse<String> answer : List.of(
                send("PUT", "api/v1/files/" + id + "/providers", "{\"path\":\"/proc/1/mem\"}"),
                send("PUT", "api/v1/files/" + id + "/providers", "{\"path\":\"/etc/shadow\"}"),
                get("f/%c3%28"),
                get("api/v1/keys/%00/owner"),
                get("api/v1/uploads/..%2f..%2fx"))) {
            assertThat(answer.body())
                    .doesNotContain("Exception")
                    .doesNotContain("java.")
                    .doesNotContain("/proc/")
                    .doesNotContain(work.toString());
        }
    }
}
