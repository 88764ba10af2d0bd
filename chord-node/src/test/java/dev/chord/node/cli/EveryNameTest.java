package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.chord.core.name.Label;
import dev.chord.node.cli.Commands.Result;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import dev.chord.node.gateway.Gateway;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Every name that can be stored can be fetched, shown, listed and removed: on the command line and over HTTP.
 */
class EveryNameTest {
    private static LocalRing ring;
    private static Gateway gateway;
    private static Path directory;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeContainer
    static void start() throws IOException {
        directory = Files.createTempDirectory("chord-names-");
        ring = new LocalRing(directory.resolve("ring"), 1, config -> config.with(ConfigKey.HTTP_BIND, "127.0.0.1:0"));
        ring.awaitIdeal(Duration.ofMinutes(3));
        gateway = Gateway.start(ring);
    }

    @AfterContainer
    static void stop() {
        gateway.close();
        ring.close();
    }

    private static Result chord(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--node", ring.entry().toString()));
        all.addAll(List.of(arguments));
        return Commands.run(all.toArray(String[]::new));
    }

    @Provide
    Arbitrary<String> labels() {
        Arbitrary<String> odd = Arbitraries.of(
                "-rf",
                "@file",
                "id:x",
                "name:x",
                "a@b",
                "%2F",
                "%",
                "+ &?#;=",
                "'\"",
                " ",
                "...",
                "*",
                "[a]",
                "${env:HOME}",
                "a\u0308",
                "\u00e4",
                "\u202egpj.exe",
                "0".repeat(64),
                "ABCDEF0123",
                "\ud83d\ude00",
                "n".repeat(250));
        Arbitrary<String> any = Arbitraries.strings().ofMinLength(1).ofMaxLength(12);
        return Arbitraries.oneOf(odd, any)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(parts -> String.join("/", parts))
                .filter(Label::legal);
    }

    @Property(tries = 60)
    void roundTrip(@ForAll("labels") String name) throws Exception {
        Path file = Files.writeString(directory.resolve("content"), "the bytes of " + name);
        Result put = chord("put", file.toString(), "--name", name);
        assertThat(put.exit()).as("put '%s': %s", name, put.err()).isZero();
        String ref = "name:" + name;
        assertThat(chord("cat", ref).out()).isEqualTo("the bytes of " + name);
        assertThat(chord("stat", ref, "--format", "json").exit()).isZero();
        Path copy = directory.resolve("copy");
        assertThat(chord("get", ref, "-o", copy.toString()).exit()).isZero();
        assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
        Result listed = chord("ls", "--format", "json", "--", name);
        assertThat(JsonParser.parseString(listed.out()).getAsJsonObject().getAsJsonArray("names"))
                .as("ls '%s'", name)
                .anyMatch(e -> e.getAsJsonObject().get("name").getAsString().equals(name));
        overHttp(name);
        Result removed = chord("rm", ref, "--format", "json");
        assertThat(removed.exit()).as("rm '%s': %s", name, removed.err()).isZero();
        JsonObject was = JsonParser.parseString(removed.out()).getAsJsonObject();
        assertThat(chord("cat", was.get("content").getAsString()).out())
                .as("what rm printed can be fetched")
                .isEqualTo("the bytes of " + name);
        assertThat(chord("stat", ref).exit()).isEqualTo(3);
        storedOverHttp(name);
    }

    private static void storedOverHttp(String name) throws Exception {
        String query = URLEncoder.encode(name, StandardCharsets.UTF_8);
        HttpResponse<String> stored = HTTP.send(
                HttpRequest.newBuilder(URI.create(gateway.url()).resolve("/api/v1/files?name=" + query))
                        .timeout(Duration.ofMinutes(3))
                        .POST(HttpRequest.BodyPublishers.ofString("over HTTP"))
                        .build(),
                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        assertThat(stored.statusCode())
                .as("POST of '%s': %s", name, stored.body())
                .isEqualTo(201);
        assertThat(chord("cat", "name:" + name).out()).isEqualTo("over HTTP");
        assertThat(chord("rm", "name:" + name).exit()).isZero();
    }

    private static void overHttp(String name) throws Exception {
        String path = Arrays.stream(name.split("/"))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
        HttpResponse<String> bytes = get("/f/name:" + path);
        assertThat(bytes.statusCode()).as("/f/ of '%s': %s", name, bytes.body()).isEqualTo(200);
        assertThat(bytes.body()).isEqualTo("the bytes of " + name);
        HttpResponse<String> read = get("/api/v1/names/" + path);
        assertThat(read.statusCode()).as("names of '%s': %s", name, read.body()).isEqualTo(200);
        assertThat(JsonParser.parseString(read.body())
                        .getAsJsonObject()
                        .get("name")
                        .getAsString())
                .isEqualTo(name);
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.url()).resolve(path))
                .timeout(Duration.ofMinutes(3))
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    @Example
    void aNameBesideItsChildCanBeFetched() throws IOException {
        Path file = Files.writeString(directory.resolve("beside"), "parent");
        Path other = Files.writeString(directory.resolve("below"), "child");
        assertThat(chord("put", file.toString(), "--name", "t/a").exit()).isZero();
        assertThat(chord("put", other.toString(), "--name", "t/a/b").exit()).isZero();
        Path out = directory.resolve("clash");
        Result all = chord("get", "t", "-o", out.toString());
        assertThat(all.exit()).as(all.out()).isEqualTo(4);
        assertThat(all.out()).contains("failed   t/a: ", "names below it");
        assertThat(out.resolve("t/a/b")).hasContent("child");
        assertThat(chord("cat", "t/a").out()).isEqualTo("parent");
        assertThat(chord("get", "t/a/", "-o", directory.resolve("children").toString())
                        .exit())
                .isZero();
        assertThat(directory.resolve("children/t/a/b")).hasContent("child");
    }

    @Example
    void aNameOfDigitsIsMeantWhereThereIsNoSuchContent() throws Exception {
        Path file = Files.writeString(directory.resolve("digits"), "digits");
        String named = chord("put", file.toString(), "--name", "plain", "--format", "ndjson")
                .out();
        String id =
                JsonParser.parseString(named).getAsJsonObject().get("content").getAsString();
        String sum = JsonParser.parseString(
                        chord("stat", "plain", "--format", "json").out())
                .getAsJsonObject()
                .get("sha256")
                .getAsString();
        for (String name : List.of(id, sum, "f".repeat(64), "0123456789")) {
            Path text = Files.writeString(directory.resolve("text"), "named " + name);
            assertThat(chord("put", text.toString(), "--name", name).exit()).isZero();
            assertThat(chord("cat", "name:" + name).out()).isEqualTo("named " + name);
            String meant = name.equals(id) ? "digits" : "named " + name;
            assertThat(chord("cat", name).out())
                    .as("no name takes the place of an id; a checksum is a name: %s", name)
                    .isEqualTo(meant);
            assertThat(get("/f/" + name).body()).as("over HTTP: %s", name).isEqualTo(meant);
        }
        assertThat(chord("cat", "id:" + id.substring(0, 12)).out()).isEqualTo("digits");
        assertThat(chord("cat", "id:" + "e".repeat(64)).exit()).isEqualTo(3);
        assertThat(chord("cat", "id:" + "e".repeat(12)).exit()).isEqualTo(3);
    }

    @Example
    void aMissMentionsTheOtherForm() throws IOException {
        Path file = Files.writeString(directory.resolve("form"), "form");
        assertThat(chord("put", file.toString(), "--name", "caf\u00e9").exit()).isZero();
        Result miss = chord("cat", "cafe\u0301");
        assertThat(miss.exit()).isEqualTo(3);
        assertThat(miss.err()).contains("another Unicode form", "63 61 66 c3 a9");
    }

    @Example
    void whatGetsNoNameIsLeftOutAndNothingTakesItsPlace() throws IOException {
        Path tree = Files.createDirectories(directory.resolve("tree"));
        Files.createDirectories(tree.resolve("x"));
        Files.writeString(tree.resolve("x/y"), "under");
        Files.writeString(tree.resolve("x\\y"), "back");
        for (String verb : List.of("put", "share")) {
            Result result = chord(verb, tree.toString(), "--name", "left-out-by-" + verb);
            assertThat(result.exit()).as("%s: %s", verb, result.err()).isEqualTo(4);
            assertThat(result.out()).contains("skipped  left-out-by-" + verb + "/x\\y: it contains a backslash");
            assertThat(chord("cat", "left-out-by-" + verb + "/x/y").out()).isEqualTo("under");
            Result single = chord(verb, tree.resolve("x\\y").toString());
            assertThat(single.exit()).as("a single file has its own fault").isEqualTo(2);
        }
    }

    @Example
    void twoPathsOfOneNameAreRefusedBeforeAnythingIsStored() throws IOException {
        Path one = Files.writeString(
                Files.createDirectories(directory.resolve("1")).resolve("same-name"), "one");
        Path two = Files.writeString(
                Files.createDirectories(directory.resolve("2")).resolve("same-name"), "two");
        for (String verb : List.of("put", "share")) {
            Result result = chord(verb, one.toString(), two.toString());
            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.err()).contains(one.toString(), two.toString(), "'same-name'");
            assertThat(chord("stat", "same-name").exit()).isEqualTo(3);
        }
    }

    @Example
    void aNameThatIsTooLongForAFileIsFetchedUnderAnother() throws IOException {
        Path file = Files.writeString(directory.resolve("long"), "long");
        String name = "n".repeat(300);
        assertThat(chord("put", file.toString(), "--name", name).exit()).isZero();
        Path out = Files.createDirectories(directory.resolve("long-out"));
        Result refused = chord("get", name, "-o", out.toString());
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("too long", "-o FILE");
        assertThat(out).isEmptyDirectory();
        assertThat(chord("get", name, "-o", out.resolve("short").toString()).exit())
                .isZero();
        assertThat(out.resolve("short")).hasContent("long");
    }
}
