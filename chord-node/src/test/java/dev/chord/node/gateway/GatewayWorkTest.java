package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What goes on for a while behind REST: events of names, transfers, long work, files shared in place. */
class GatewayWorkTest extends GatewayBed {
    private interface Reaction {
        void to(String told) throws Exception;
    }

    /** Reads events of names until enough of them have come, and lets one react to each. */
    private static List<String> listen(String path, String lastId, int enough, Reaction act) throws Exception {
        HttpRequest.Builder listen = HttpRequest.newBuilder(URI.create(gateway.url() + path))
                .timeout(LIMIT)
                .header("Accept", "text/event-stream");
        if (!lastId.isEmpty()) {
            listen.header("Last-Event-ID", lastId);
        }
        List<String> seen = new ArrayList<>();
        String id = "";
        String event = "";
        try (Stream<String> lines =
                HTTP.send(listen.build(), HttpResponse.BodyHandlers.ofLines()).body()) {
            for (String line : (Iterable<String>) lines::iterator) {
                id = line.startsWith("id:") ? line.substring(3).strip() : id;
                event = line.startsWith("event:") ? line.substring(6).strip() : event;
                if (line.startsWith("data:")) {
                    JsonObject data = JsonParser.parseString(line.substring(5)).getAsJsonObject();
                    String told =
                            data.has("name") ? event + " " + data.get("name").getAsString() : event;
                    if (data.has("name")) {
                        seen.add(id + " " + told);
                    }
                    act.to(told);
                    if (seen.size() == enough) {
                        break;
                    }
                }
            }
        }
        return seen;
    }

    @Test
    void eventsTellWhatBecomesOfNames() throws Exception {
        store("ev/old", "there before");
        AtomicBoolean begun = new AtomicBoolean();
        // each step once the one before has been told
        List<String> seen = listen("api/v1/events?names=ev/", "", 4, told -> {
            if (told.equals("whole") && begun.compareAndSet(false, true)) {
                store("ev/new", "new");
            } else if (told.equals("added ev/new")) {
                store("ev/old", "changed");
            } else if (told.equals("changed ev/old")) {
                send("DELETE", "api/v1/names/ev/new", "");
            } else if (told.equals("removed ev/new")) {
                store("ev/last", "last");
            }
        });
        assertThat(seen)
                .extracting(line -> line.substring(line.indexOf(' ') + 1))
                .containsExactly("added ev/new", "changed ev/old", "removed ev/new", "added ev/last");
        String first = seen.get(0).substring(0, seen.get(0).indexOf(' '));
        // who comes back with the first hears the rest
        assertThat(listen("api/v1/events?names=ev/", first, 3, told -> {})).isEqualTo(seen.subList(1, 4));
        assertThat(listen("api/v1/events?names=ev/&since=" + first, "", 3, told -> {}))
                .isEqualTo(seen.subList(1, 4));
    }

    @Test
    void longWorkIsBegunLookedAtAndRemembered() throws Exception {
        store("long/work", "bytes");
        for (String kind : List.of("scrub", "repair", "drain")) {
            HttpResponse<String> begun = send("POST", "api/v1/operations", "{\"kind\":\"" + kind + "\"}");
            assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
            String place = header(begun, "Location").substring(1);
            Awaitility.await()
                    .atMost(LIMIT)
                    .until(() -> !json(get(place)).get("state").getAsString().matches("waiting|running"));
            JsonObject over = json(get(place));
            assertThat(over.get("state").getAsString()).as(over.toString()).isEqualTo("done");
            assertThat(send("DELETE", place, "").statusCode()).isEqualTo(409);
        }
        assertThat(json(get("api/v1/operations")).getAsJsonArray("operations")).hasSizeGreaterThanOrEqualTo(3);
        assertThat(get("api/v1/operations/9999").statusCode()).isEqualTo(404);
        assertThat(send("POST", "api/v1/operations", "{\"kind\":\"dance\"}").statusCode())
                .isEqualTo(400);
    }

    @Test
    void aTransferIsSeenAndCancelled() throws Exception {
        byte[] large = new byte[64 * 1024 * 1024];
        Path file = Files.write(work.resolve("large"), large);
        HttpResponse<String> stored = HTTP.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + "api/v1/files?name=large"))
                        .timeout(LIMIT)
                        .POST(HttpRequest.BodyPublishers.ofFile(file))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        // one who begins to read and then does not: the transfer stands
        try (Socket slow = new Socket("127.0.0.1", URI.create(gateway.url()).getPort())) {
            slow.getOutputStream()
                    .write("GET /f/large HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            Awaitility.await()
                    .atMost(LIMIT)
                    .until(() -> !json(get("api/v1/transfers"))
                            .getAsJsonArray("transfers")
                            .isEmpty());
            JsonObject transfer = json(get("api/v1/transfers"))
                    .getAsJsonArray("transfers")
                    .get(0)
                    .getAsJsonObject();
            assertThat(transfer.get("kind").getAsString()).isEqualTo("download");
            assertThat(transfer.get("total").getAsLong()).isEqualTo(large.length);
            String place = "api/v1/transfers/" + transfer.get("id").getAsString();
            assertThat(send("DELETE", place, "").statusCode()).isEqualTo(204);
            long read = 0;
            byte[] buffer = new byte[64 * 1024];
            slow.setSoTimeout((int) LIMIT.toMillis());
            try {
                for (int n = slow.getInputStream().read(buffer);
                        n >= 0;
                        n = slow.getInputStream().read(buffer)) {
                    read += n;
                }
            } catch (SocketException e) {
                // cut off
            }
            assertThat(read).isLessThan(large.length);
            Awaitility.await().atMost(LIMIT).until(() -> get(place).statusCode() == 404);
        }
    }

    @Test
    void aNodeSaysThatItHasAFileTooAndThatItHasItNoLonger() throws Exception {
        String id = store("has/it", "the same bytes").get("content").getAsString();
        Path same = Files.writeString(work.resolve("same"), "the same bytes");
        Path other = Files.writeString(work.resolve("other"), "other bytes");
        String providers = "api/v1/files/" + id + "/providers";
        assertThat(send("PUT", providers, "{\"path\":\"" + other + "\"}").statusCode())
                .isEqualTo(409);
        assertThat(send("PUT", providers, "{\"path\":\"" + work.resolve("nowhere") + "\"}")
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<String> put = send("PUT", providers, "{\"path\":\"" + same + "\", \"name\":\"has/it\"}");
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        assertThat(get(providers).body()).contains("\"provider\"");
        assertThat(send("DELETE", providers, "").statusCode()).isEqualTo(204);
        assertThat(get(providers).body()).doesNotContain("\"provider\"");
        assertThat(send("DELETE", providers, "").statusCode()).isEqualTo(404);
        assertThat(get("f/has/it").body()).isEqualTo("the same bytes");
    }
}
