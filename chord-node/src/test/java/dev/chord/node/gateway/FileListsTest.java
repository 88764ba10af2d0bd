package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Names as directories: walked link by link, by a person's browser, by wget and by rclone, every file comes
 * as it is.
 */
class FileListsTest extends GatewayBed {
    private static final Pattern LINK = Pattern.compile("<a href=\"([^\"]+)\">");

    /** Stores a small tree of names that are hard to link to. */
    private static Map<String, String> tree(String root) throws Exception {
        Map<String, String> files = new TreeMap<>();
        for (String name : List.of(
                "plain.txt",
                "a b/c d.txt",
                "a b/&<>\"'.html",
                "deep/er/and/deeper",
                "100%/x?y#z;w=1",
                "colon:like/http:",
                "ünïcode/日本",
                "plus+and*star")) {
            files.put(name, "bytes of " + name);
            store(root + name, files.get(name));
        }
        return files;
    }

    @Test
    void everyFileIsReachedByFollowingLinks() throws Exception {
        Map<String, String> files = tree("walk/");
        store("walkabout", "beside, not below");
        List<URI> open = new ArrayList<>(List.of(URI.create(gateway.url() + "f/walk/")));
        Map<String, String> reached = new TreeMap<>();
        while (!open.isEmpty()) {
            URI at = open.remove(0);
            HttpResponse<String> page =
                    get(at.toString().substring(gateway.url().length()));
            assertThat(page.statusCode()).as("%s", at).isEqualTo(200);
            if (!at.getPath().endsWith("/")) {
                reached.put(at.getPath().substring("/f/walk/".length()), page.body());
                continue;
            }
            assertThat(header(page, "Content-Type")).isEqualToIgnoringWhitespace("text/html;charset=utf-8");
            Matcher links = LINK.matcher(page.body());
            while (links.find()) {
                assertThat(links.group(1)).as("relative").doesNotStartWith("/").doesNotContain(":");
                if (!links.group(1).equals("../")) {
                    open.add(at.resolve(links.group(1)));
                }
            }
        }
        assertThat(reached).isEqualTo(files);
    }

    @Test
    void aListComesInJsonIfThatIsPreferred() throws Exception {
        tree("json/");
        store("json/a b", "a name beside its children");
        JsonObject list = json(get("f/json/", "Accept", "text/html;q=0.5, application/json"));
        assertThat(list.get("prefix").getAsString()).isEqualTo("json/");
        assertThat(names(list, "directories"))
                .containsExactly("json/100%/", "json/a b/", "json/colon:like/", "json/deep/", "json/ünïcode/");
        assertThat(names(list, "files")).containsExactly("json/a b", "json/plain.txt", "json/plus+and*star");
        assertThat(get("f/json/", "Accept", "text/html, application/json;q=0.9").body())
                .startsWith("<!DOCTYPE html>");
        assertThat(get("f/nothing/here/").statusCode()).isEqualTo(404);
        assertThat(get("f/").statusCode()).isEqualTo(200);
        assertThat(get("f/json/plain.txt?object").body()).isEqualTo("bytes of plain.txt");
        assertThat(get("f/json/?object").statusCode())
                .as("no list is asked for")
                .isIn(400, 404);
        String id = json(get("api/v1/names/json/plain.txt")).get("content").getAsString();
        assertThat(get("f/" + id + "?object").statusCode()).as("no name").isEqualTo(404);
    }

    private static List<String> names(JsonObject list, String kind) {
        List<String> names = new ArrayList<>();
        for (JsonElement line : list.getAsJsonArray(kind)) {
            names.add(line.getAsJsonObject().get("name").getAsString());
        }
        return names;
    }

    @Test
    void aDirectoryOfManyNamesIsOneLine() throws Exception {
        for (int i = 0; i < 30; i++) {
            store("many/" + i + "/x", "x" + i);
        }
        store("many", "a name like the directory");
        JsonObject list = json(get("f/", "Accept", "application/json"));
        assertThat(names(list, "directories")).containsOnlyOnce("many/");
        assertThat(names(list, "files")).contains("many");
        assertThat(names(json(get("f/many/", "Accept", "application/json")), "directories"))
                .hasSize(30);
    }

    @Test
    void aLinkMeansTheNameThoughItReadsLikeAnId() throws Exception {
        String id = store("other", "what has this id").get("content").getAsString();
        for (String name : List.of(id, "deadbeef00112233", "name:twice", "id:x/y")) {
            store(name, "what has this name: " + name);
        }
        JsonObject list = json(get("f/", "Accept", "application/json"));
        int seen = 0;
        for (JsonElement line : list.getAsJsonArray("files")) {
            String name = line.getAsJsonObject().get("name").getAsString();
            String bytes =
                    get("f/" + line.getAsJsonObject().get("href").getAsString()).body();
            if (bytes.startsWith("what has this name")) {
                assertThat(bytes).isEqualTo("what has this name: " + name);
                seen++;
            }
        }
        assertThat(seen).isEqualTo(3);
        assertThat(get("f/id%3Ax/y?object").body()).isEqualTo("what has this name: id:x/y");
        assertThat(names(json(get("f/name:id:x/", "Accept", "application/json")), "files"))
                .containsExactly("id:x/y");
    }

    @Test
    void wgetCopiesATree() throws Exception {
        Map<String, String> files = tree("wget/");
        Path target = Files.createDirectories(work.resolve("wget"));
        run(
                target,
                "wget",
                "-q",
                "-r",
                "-np",
                "-nH",
                "--cut-dirs=2",
                "--default-page=.list",
                gateway.url() + "f/wget/");
        assertThat(copied(target)).containsAllEntriesOf(files);
    }

    @Test
    void rcloneCopiesATree() throws Exception {
        Map<String, String> files = tree("rclone/");
        // rclone itself asks for ./colon:like/ and loses the way; it says so and fails
        files.remove("colon:like/http:");
        assertThat(send("DELETE", "api/v1/names/rclone/colon:like/http:", "").statusCode())
                .isEqualTo(204);
        Path target = Files.createDirectories(work.resolve("rclone"));
        run(
                work,
                "rclone",
                "--config=" + Files.createFile(work.resolve("rclone.conf")),
                "copy",
                "--http-url=" + gateway.url() + "f/rclone/",
                ":http:",
                target.toString());
        assertThat(copied(target)).isEqualTo(files);
        String text = "a line that compresses well\n".repeat(5000);
        store("copyurl.txt", text);
        run(work, "rclone", "copyurl", gateway.url() + "f/copyurl.txt", target + "/one.txt");
        assertThat(target.resolve("one.txt")).hasContent(text);
    }

    private static void run(Path directory, String... command) throws Exception {
        boolean there = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(path -> Files.isExecutable(Path.of(path, command[0])));
        assumeTrue(there, () -> command[0] + " is not installed");
        Path log = Files.createTempFile(work, command[0], ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static Map<String, String> copied(Path root) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                found.put(root.relativize(path).toString(), Files.readString(path, StandardCharsets.UTF_8));
            }
        }
        return found;
    }
}
