package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * What headers and forms say of a body: it is understood and held against the bytes, or the request
 * is refused.
 */
class BodiesTest extends GatewayBed {
    private static final String FORM = "multipart/form-data; boundary=XX";

    private static String part(String disposition, String text) {
        return "--XX\r\nContent-Disposition: " + disposition + "\r\n\r\n" + text + "\r\n";
    }

    private static String file(String name, String text) {
        return part("form-data; name=\"file\"; filename=\"" + name + "\"", text);
    }

    private static HttpResponse<String> post(String path, String body, String type) throws Exception {
        return send("POST", path, body, "Content-Type", type);
    }

    @Test
    void aFormIsItsOneFile() throws Exception {
        String bytes = "a line\r\n--XY is no boundary\r\n".repeat(3000);
        assertThat(post("api/v1/files?name=form/given", file("other.txt", bytes) + "--XX--\r\n", FORM)
                        .statusCode())
                .isEqualTo(201);
        assertThat(get("f/form/given").body()).isEqualTo(bytes);
        HttpResponse<String> own = post("api/v1/files", file("C:\\dir\\päper.txt", "own") + "--XX--\r\n", FORM);
        assertThat(own.statusCode()).as(own.body()).isEqualTo(201);
        assertThat(json(own).get("name").getAsString()).isEqualTo("päper.txt");
        assertThat(post("api/v1/files?name=form/empty", file("e", "") + "--XX--", FORM)
                        .statusCode())
                .isEqualTo(201);
        assertThat(get("f/form/empty").body()).isEmpty();
    }

    @Test
    void otherFormsAreRefusedAndLeaveNothing() throws Exception {
        Map<String, String> forms = new LinkedHashMap<>();
        forms.put("two files", file("a", "1") + file("b", "2") + "--XX--\r\n");
        forms.put("a field besides", file("a", "1") + part("form-data; name=\"x\"", "y") + "--XX--\r\n");
        forms.put("no file", part("form-data; name=\"x\"", "y") + "--XX--\r\n");
        forms.put("nothing", "--XX--\r\n");
        forms.put("no end", file("a", "1"));
        forms.put("another boundary", file("a", "1").replace("XX", "YY") + "--YY--\r\n");
        forms.put("no form", "just bytes");
        for (Map.Entry<String, String> form : forms.entrySet()) {
            HttpResponse<String> answer = post("api/v1/files?name=form/bad", form.getValue(), FORM);
            assertThat(answer.statusCode()).as(form.getKey() + answer.body()).isEqualTo(400);
        }
        assertThat(post("api/v1/files?name=form/bad", file("a", "1"), "multipart/form-data")
                        .statusCode())
                .isEqualTo(400);
        assertThat(post("api/v1/files?name=form/bad", file("a", "1"), "multipart/mixed; boundary=XX")
                        .statusCode())
                .isEqualTo(415);
        assertThat(get("f/form/bad").statusCode()).isEqualTo(404);
    }

    private static long bytesStored() {
        return ring.nodes().stream()
                .mapToLong(node -> node.store().blocks().totalBytes())
                .sum();
    }

    @Test
    void aFormWhoseFileCannotBeNamedGivesItsRoomBack() throws Exception {
        long before = bytesStored();
        for (String name : new String[] {"..", "", "a/", "x\u0001y"}) {
            HttpResponse<String> answer =
                    post("api/v1/files", file(name, "named '" + name + "' ".repeat(100_000)) + "--XX--\r\n", FORM);
            assertThat(answer.statusCode()).as(name + answer.body()).isEqualTo(400);
        }
        Awaitility.await()
                .atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(bytesStored()).as("bytes on all nodes").isEqualTo(before));
    }

    @Test
    void whatIsSaidOfABodyIsHeldAgainstIt() throws Exception {
        String bytes = "the bytes that are meant";
        String sha = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes.getBytes(StandardCharsets.UTF_8)));
        String md5 = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("MD5").digest(bytes.getBytes(StandardCharsets.UTF_8)));
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Digest", "sha-256=:" + sha + ":");
        headers.put("Repr-Digest", "unixsum=:MTI=:, sha-256=:" + sha + ":");
        headers.put("Digest", "SHA-256=" + sha);
        headers.put("Content-MD5", md5);
        for (Map.Entry<String, String> header : headers.entrySet()) {
            String path = "api/v1/files?name=told/" + header.getKey();
            assertThat(send("POST", path, "other bytes", header.getKey(), header.getValue())
                            .statusCode())
                    .as(header.getKey())
                    .isEqualTo(400);
            assertThat(get("f/told/" + header.getKey()).statusCode()).isEqualTo(404);
            HttpResponse<String> right = send("POST", path, bytes, header.getKey(), header.getValue());
            assertThat(right.statusCode()).as(header.getKey() + right.body()).isEqualTo(201);
            assertThat(get("f/told/" + header.getKey()).body()).isEqualTo(bytes);
        }
        assertThat(send("POST", "api/v1/files?name=told/x", bytes, "Content-Digest", "crc32c=:AAAA:")
                        .statusCode())
                .isEqualTo(415);
        assertThat(send("POST", "api/v1/files?name=told/x", bytes, "Content-Digest", "nonsense")
                        .statusCode())
                .isEqualTo(400);
        for (String coding : new String[] {"gzip", "br", "identity, gzip", "x"}) {
            assertThat(send("POST", "api/v1/files?name=told/x", bytes, "Content-Encoding", coding)
                            .statusCode())
                    .as(coding)
                    .isEqualTo(415);
        }
        assertThat(send("POST", "api/v1/files?name=told/x", bytes, "Content-Range", "bytes 0-9/100")
                        .statusCode())
                .isEqualTo(400);
        assertThat(get("f/told/x").statusCode()).isEqualTo(404);
    }

    private static String store(String name, String header, String body) throws Exception {
        return talk("POST /api/v1/files?name=" + name + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header
                + "\r\n\r\n" + body);
    }

    private static void refused(String status, String header, String answer) {
        assertThat(answer)
                .as(header)
                .matches("(?s)HTTP/1.1 (" + status + ") .*")
                .contains("Content-Type: " + Problems.TYPE)
                .contains("\"code\":\"USAGE\"")
                .doesNotContain("Exception");
    }

    @Test
    void anExpectationIsMetOrRefused() throws Exception {
        String length = "Content-Length: 5\r\n";
        for (String unmet : new String[] {
            "Expect: 200-ok", "Expect: 100-continue, x", "Expect: x\r\nExpect: 100-continue", "expect: 100-continued"
        }) {
            refused("417", unmet, store("expect/bad", length + unmet, "12345"));
            refused("417", unmet, talk("GET /api/v1/node HTTP/1.1\r\nHost: localhost\r\n" + unmet + "\r\n\r\n"));
            refused(
                    "417",
                    unmet,
                    talk("POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n" + unmet
                            + "\r\n\r\n{}"));
        }
        assertThat(get("f/expect/bad").statusCode()).isEqualTo(404);
        for (String met : new String[] {"Expect: 100-continue", "Expect: 100-Continue"}) {
            assertThat(store("expect/good", length + met, "12345"))
                    .as(met)
                    .startsWith("HTTP/1.1 100 Continue\r\n\r\n")
                    .contains("HTTP/1.1 201 ");
            assertThat(get("f/expect/good").body()).isEqualTo("12345");
        }
        String early = store("..", length + "Expect: 100-continue", "");
        assertThat(early).as("who is refused is not asked for the bytes").startsWith("HTTP/1.1 400 ");
    }

    @Test
    void onlyTheTransferCodingOfChunksIsTaken() throws Exception {
        String chunks = "5\r\n12345\r\n0\r\n\r\n";
        for (String coding : new String[] {
            "gzip, chunked",
            "chunked, gzip",
            "gzip",
            "deflate, gzip",
            "chunked, chunked",
            "identity",
            "x",
            "\u000bchunked",
            ""
        }) {
            String header = "Transfer-Encoding: " + coding;
            refused("400|415|501", header, store("coded/bad", header, chunks));
        }
        refused(
                "400|415",
                "two lines",
                store("coded/bad", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", chunks));
        refused("400", "both", store("coded/bad", "Transfer-Encoding: chunked\r\nContent-Length: 5", chunks));
        for (String broken :
                new String[] {"x\r\n12345\r\n0\r\n\r\n", "-5\r\n12345\r\n0\r\n\r\n", "5\r\n1234567\r\n0\r\n\r\n"}) {
            refused("400", broken, store("coded/bad", "Transfer-Encoding: chunked", broken));
        }
        assertThat(get("f/coded/bad").statusCode()).isEqualTo(404);
        for (String coding : new String[] {"chunked", "Chunked"}) {
            assertThat(store("coded/good", "Transfer-Encoding: " + coding, chunks))
                    .as(coding)
                    .startsWith("HTTP/1.1 201 ");
            assertThat(get("f/coded/good").body()).isEqualTo("12345");
        }
    }
}
