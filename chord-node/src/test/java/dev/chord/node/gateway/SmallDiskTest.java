package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.chord.node.AsRoot;
import dev.chord.node.ChordNode;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node on a disk of 64 MB that is its own, asked over HTTP for more than it can take. */
@Tag("slow")
class SmallDiskTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int MEGA = 1_000_000;
    private static final double RESERVE = 0.05;

    @TempDir
    private Path work;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Random random = new Random(9);
    private Path disk;
    private ChordNode node;
    private Gateway gateway;
    private boolean mounted;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(AsRoot.possible(), "a disk of its own takes root");
        disk = Files.createDirectory(work.resolve("disk"));
        AsRoot.run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString());
        mounted = true;
        begin();
    }

    private void begin() {
        NodeConfig config = NodeConfig.defaults()
                .with(ConfigKey.NODE_DATA_DIR, disk.resolve("node").toString())
                .with(ConfigKey.GRPC_BIND, "127.0.0.1:0")
                .with(ConfigKey.HTTP_BIND, "127.0.0.1:0")
                .with(ConfigKey.RING_PRESET, "local")
                .with(ConfigKey.STORE_QUOTA, "90%");
        node = ChordNode.start(config, new SimpleMeterRegistry());
        gateway = Gateway.start(node, () -> "").orElseThrow();
    }

    private void end() {
        gateway.close();
        node.close();
    }

    @AfterEach
    void stop() throws IOException {
        if (mounted) {
            end();
            AsRoot.run("umount", "-l", disk.toString());
        }
    }

    private HttpRequest request(String method, String path, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway.url() + path))
                .timeout(LIMIT)
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    private HttpResponse<String> send(String method, String path, byte[] body, String... headers) throws Exception {
        return http.send(request(method, path, body, headers), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> begin(String name, long size) throws Exception {
        return send("POST", "api/v1/uploads", ("{\"name\":\"" + name + "\",\"size\":" + size + "}").getBytes());
    }

    private static String id(HttpResponse<String> begun) {
        return new Gson().fromJson(begun.body(), JsonObject.class).get("id").getAsString();
    }

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private void assertReserveIsKept() throws IOException {
        FileStore store = Files.getFileStore(disk);
        assertThat(store.getUsableSpace()).isGreaterThan((long) (RESERVE * store.getTotalSpace()) - MEGA);
    }

    @Test
    void ofManyUploadsAtOnceAsManySucceedAsFitAndTheOthersLeaveNothing() throws Exception {
        List<byte[]> files = new ArrayList<>();
        List<CompletableFuture<HttpResponse<byte[]>>> sent = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            files.add(bytes(12 * MEGA));
            sent.add(http.sendAsync(
                    request("POST", "api/v1/files?name=n" + i, files.get(i)), HttpResponse.BodyHandlers.ofByteArray()));
        }
        int stored = 0;
        for (int i = 0; i < files.size(); i++) {
            int status = statusOf(sent.get(i));
            stored += status == 201 ? 1 : 0;
            if (status == 201) {
                HttpResponse<byte[]> read =
                        http.send(request("GET", "f/n" + i, new byte[0]), HttpResponse.BodyHandlers.ofByteArray());
                assertThat(read.body()).isEqualTo(files.get(i));
            }
        }
        assertThat(stored).isGreaterThanOrEqualTo(2);
        assertReserveIsKept();
        long blocks = node.store().blocks().totalBytes();
        assertThat(blocks).isLessThan((stored + 1) * 12L * MEGA);
        assertThat(send("POST", "api/v1/files?name=small", bytes(10_000)).statusCode())
                .isEqualTo(201);
        try (var left = Files.list(disk.resolve("node").resolve("incoming"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void theSameWhereTheyComeInPieces() throws Exception {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            HttpResponse<String> begun = begin("n" + i, 12 * MEGA);
            assertThat(begun.statusCode()).isIn(201, 507);
            if (begun.statusCode() == 201) {
                paths.add("api/v1/uploads/" + id(begun));
            }
        }
        assertThat(paths).as("each needs room for itself and its blocks").hasSize(2);
        List<CompletableFuture<HttpResponse<byte[]>>> sent = new ArrayList<>();
        for (String path : paths) {
            sent.add(http.sendAsync(
                    request("PATCH", path, bytes(12 * MEGA), "Upload-Offset", "0"),
                    HttpResponse.BodyHandlers.ofByteArray()));
        }
        for (CompletableFuture<HttpResponse<byte[]>> one : sent) {
            assertThat(one.get().statusCode()).as(new String(one.get().body())).isEqualTo(201);
        }
        assertReserveIsKept();
        assertThat(begin("next", 12 * MEGA).statusCode()).isEqualTo(201);
    }

    // Who is refused while it still sends may find the connection cut before it reads why.
    private static int statusOf(CompletableFuture<HttpResponse<byte[]>> sent) throws Exception {
        try {
            HttpResponse<byte[]> answer = sent.get();
            assertThat(answer.statusCode()).as(new String(answer.body())).isIn(201, 503, 507);
            return answer.statusCode();
        } catch (java.util.concurrent.ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(IOException.class);
            return 507;
        }
    }

    @Test
    void anUploadCanNeitherFillTheDiskNorBeForgottenByARestart() throws Exception {
        assertThat(begin("huge", 1_000_000_000_000_000L).statusCode()).isEqualTo(507);
        HttpResponse<String> begun = begin("piecewise", 4 * MEGA);
        String path = "api/v1/uploads/" + id(begun);
        byte[] all = bytes(4 * MEGA);
        byte[] half = java.util.Arrays.copyOf(all, 2 * MEGA);
        assertThat(send("PATCH", path, half, "Upload-Offset", "0").statusCode()).isEqualTo(200);
        String lost = "api/v1/uploads/" + id(begin("lost", 3 * MEGA));
        assertThat(send("PATCH", lost, half, "Upload-Offset", "0").statusCode()).isEqualTo(200);
        end();
        try (var files = Files.list(disk.resolve("node").resolve("incoming"))) {
            for (Path part : files.filter(
                            f -> lost.contains(f.getFileName().toString().replace(".part", "")))
                    .toList()) {
                Files.write(part, new byte[10]); // the disk lost what it had promised
            }
        }
        begin();
        HttpResponse<String> shown = send("GET", path, new byte[0]);
        assertThat(shown.headers().firstValue("Upload-Offset")).as(shown.body()).hasValue("" + 2 * MEGA);
        byte[] rest = java.util.Arrays.copyOfRange(all, 2 * MEGA, all.length);
        assertThat(send("PATCH", path, rest, "Upload-Offset", "" + 2 * MEGA).statusCode())
                .isEqualTo(201);
        assertThat(http.send(request("GET", "f/piecewise", new byte[0]), HttpResponse.BodyHandlers.ofByteArray())
                        .body())
                .isEqualTo(all);
        HttpResponse<String> gone = send("GET", lost, new byte[0]);
        assertThat(gone.statusCode()).isEqualTo(410);
        assertThat(gone.body()).contains("restarted");
        assertReserveIsKept();
    }
}
