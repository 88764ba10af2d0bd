package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever comes back to the events with the last one seen hears what came since, or that there is a gap. */
class EventsResumedTest extends GatewayBed {
    private record Told(String id, String type, JsonObject data) {}

    private interface Until {
        boolean enough(Told last) throws Exception;
    }

    private static List<Told> listen(Gateway at, String query, String lastId, Until until) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(at.url() + "api/v1/events?" + query))
                .timeout(LIMIT)
                .header("Accept", "text/event-stream, */*;q=0.1");
        if (!lastId.isEmpty()) {
            request.header("Last-Event-ID", lastId);
        }
        List<Told> told = new ArrayList<>();
        String id = "";
        String type = "";
        try (Stream<String> lines =
                HTTP.send(request.build(), HttpResponse.BodyHandlers.ofLines()).body()) {
            for (String line : (Iterable<String>) lines::iterator) {
                id = line.startsWith("id:") ? line.substring(3).strip() : id;
                type = line.startsWith("event:") ? line.substring(6).strip() : type;
                if (line.startsWith("data:")) {
                    told.add(new Told(
                            id, type, JsonParser.parseString(line.substring(5)).getAsJsonObject()));
                    if (until.enough(told.get(told.size() - 1))) {
                        break;
                    }
                }
            }
        }
        return told;
    }

    private static List<String> types(List<Told> told) {
        return told.stream().map(Told::type).toList();
    }

    @Test
    void anIdOfBeforeARestartIsAGapThoughItsNumberIsKnownHere() throws Exception {
        String query = "names=restart/";
        String last;
        try (Gateway before = Gateway.start(ring.nodes().get(1), () -> "").orElseThrow()) {
            List<Told> told = listen(before, query, "", event -> {
                if (event.type().equals("whole")) {
                    store("restart/a", "seen");
                }
                return event.type().equals("added");
            });
            last = told.get(told.size() - 1).id();
        }
        store("restart/b", "seen by nobody");
        try (Gateway after = Gateway.start(ring.nodes().get(1), () -> "").orElseThrow()) {
            // the numbers of the new life reach those of the old one
            listen(after, query, "", event -> {
                if (event.type().equals("whole")) {
                    store("restart/c", "c");
                    store("restart/d", "d");
                }
                return event.data().has("name")
                        && event.data().get("name").getAsString().equals("restart/d");
            });
            for (String given : List.of(last, "1", "0", "nonsense", "0000000000000000-1", last + "0")) {
                List<Told> told =
                        listen(after, query, given, event -> event.type().equals("hello"));
                assertThat(types(told)).as(given).startsWith("gap").contains("added");
                assertThat(told.get(0).data().get("since").getAsString()).isEqualTo(given);
                List<Told> ring = listen(after, "", given, event -> event.type().equals("hello"));
                assertThat(types(ring)).as(given).startsWith("gap");
            }
            List<Told> whole = listen(after, query, "", event -> event.type().equals("hello"));
            assertThat(types(whole)).containsExactly("hello");
            String now = whole.get(0).id();
            assertThat(types(listen(after, query, now, event -> event.type().equals("hello"))))
                    .as("nothing was missed")
                    .containsExactly("hello");
            assertThat(types(listen(
                            after,
                            query + "&since=" + now,
                            "",
                            event -> event.type().equals("hello"))))
                    .containsExactly("hello");
            assertThat(types(listen(
                            after, "names=other/", now, event -> event.type().equals("hello"))))
                    .as("an id of other names")
                    .startsWith("gap");
        }
    }
}
