package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Endpoint;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes that run out of something: disk, inodes, file handles, heap. They say so in words, go on answering
 * what they can, and are themselves again when there is enough, without a restart. Real processes.
 */
@Tag("slow")
class ResourceLimitsTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int NODES = 3;

    @TempDir
    private Path work;

    private final Random random = new Random(3);
    private final List<Path> mounts = new ArrayList<>();

    private Path file(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return Files.write(work.resolve(name), bytes);
    }

    private void mount(int node, ProcessRing ring, String options) throws IOException {
        Path path = Files.createDirectories(ring.data(node));
        AsRoot.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path.toString());
        mounts.add(path);
    }

    private void unmount() throws IOException {
        for (Path path : mounts) {
            AsRoot.run("umount", "-l", path.toString());
        }
        mounts.clear();
    }

    private static void startAll(ProcessRing ring, List<String> before, String heap) throws IOException {
        int first = ProcessRing.freePort();
        ring.start(0, first, List.of("--found"), before, heap);
        for (int node = 1; node < NODES; node++) {
            ring.start(node, ProcessRing.freePort(), List.of("--join", "127.0.0.1:" + first), before, heap);
        }
        ring.awaitIdeal(LIMIT);
    }

    private static Ring connect(ProcessRing ring) {
        return Ring.connect(RingOptions.DEFAULT.withTimeout(Duration.ofSeconds(60)), List.of(ring.endpoint(1)));
    }

    @Test
    void aFullDiskRefusesWritesReadsGoOnAndRoomIsTakenAtOnce() throws Exception {
        fillAndRecover("the disk", "size=24m", "size=64m", 1_500_000);
    }

    @Test
    void aDiskWithoutInodesDoesTheSame() throws Exception {
        // 256 directories and some files are there from the start
        fillAndRecover("inodes", "size=200m,nr_inodes=320", "size=200m,nr_inodes=4000", 30_000);
    }

    private void fillAndRecover(String what, String tight, String wide, int size) throws Exception {
        assumeTrue(AsRoot.possible(), "running out of " + what + " takes root");
        try (ProcessRing ring = new ProcessRing(work)) {
            for (int node = 0; node < NODES; node++) {
                mount(node, ring, tight);
            }
            startAll(ring, List.of(), "160m");
            try (Ring client = connect(ring)) {
                List<Path> stored = new ArrayList<>();
                ChordException full = fill(client, size, stored);
                assertThat(full.code()).as(full.getMessage()).isEqualTo(ErrorCode.NO_SPACE);
                readAll(client, stored);
                for (Path mount : mounts) {
                    AsRoot.run("mount", "-o", "remount," + wide, mount.toString());
                }
                long recovered = untilStored(client, size);
                readAll(client, stored);
                System.out.printf(
                        "out of %s: %d files stored, then refused with %s; reads went on; writing again %d ms after there"
                                + " was room%n",
                        what, stored.size(), full.code(), recovered);
            }
        } finally {
            unmount();
        }
    }

    private ChordException fill(Ring client, int size, List<Path> stored) throws IOException {
        for (int i = 0; i < 400; i++) {
            Path path = file("full-" + i, size);
            try {
                client.files().put(path, "full-" + i);
                stored.add(path);
            } catch (ChordException e) {
                return e;
            }
        }
        throw new AssertionError("it never became full");
    }

    private void readAll(Ring client, List<Path> stored) throws IOException {
        for (Path path : stored) {
            Path copy = client.files()
                    .download(path.getFileName().toString(), work.resolve("copy"))
                    .path();
            assertThat(Files.mismatch(path, copy)).isEqualTo(-1);
            Files.delete(copy);
        }
    }

    private long untilStored(Ring client, int size) throws IOException {
        long start = System.nanoTime();
        Path path = file("after", size);
        while (true) {
            try {
                client.files().put(path, "after");
                return Duration.ofNanos(System.nanoTime() - start).toMillis();
            } catch (ChordException e) {
                assertThat(System.nanoTime() - start)
                        .as("still refused: " + e.getMessage())
                        .isLessThan(LIMIT.toNanos());
                ProcessRing.pause();
            }
        }
    }

    @Test
    void whoTakesAllFileHandlesDoesNotBringANodeDown() throws Exception {
        assumeTrue(AsRoot.possible(), "running out of file handles takes root");
        try (ProcessRing ring = new ProcessRing(work)) {
            startAll(ring, List.of("prlimit", "--nofile=256:256"), "160m");
            List<Path> stored = new ArrayList<>();
            try (Ring client = connect(ring)) {
                stored.add(file("handles", 700_000));
                client.files().put(stored.get(0), "handles");
            }
            List<Socket> sockets = new ArrayList<>();
            Map<ErrorCode, Integer> refused = new EnumMap<>(ErrorCode.class);
            try {
                hoard(ring.endpoint(0), sockets);
                RingOptions brief = RingOptions.DEFAULT.withTimeout(Duration.ofSeconds(3));
                try (Ring client = Ring.connect(brief, List.of(ring.endpoint(1)))) {
                    for (int i = 0; i < 2; i++) {
                        operate(client, i, refused);
                    }
                } catch (ChordException e) {
                    refused.merge(e.code(), 1, Integer::sum);
                }
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
            assertThat(refused.keySet()).doesNotContain(ErrorCode.INTERNAL, ErrorCode.INTEGRITY, ErrorCode.NOT_FOUND);
            try (Ring client = connect(ring)) {
                long recovered = untilStored(client, 300_000);
                ring.awaitIdeal(LIMIT);
                readAll(client, stored);
                System.out.printf(
                        "out of file handles: %d connections held, refused meanwhile: %s; writing again after %d ms%n",
                        sockets.size(), refused, recovered);
            }
        }
    }

    private static void hoard(Endpoint endpoint, List<Socket> sockets) {
        try {
            for (int i = 0; i < 400; i++) {
                Socket socket = new Socket();
                socket.connect(new java.net.InetSocketAddress(endpoint.host(), endpoint.port()), 200);
                sockets.add(socket);
            }
        } catch (IOException e) {
            // it takes no more
        }
    }

    private void operate(Ring client, int i, Map<ErrorCode, Integer> refused) throws IOException {
        try {
            client.files().put(file("held-" + i, 100_000), "held-" + i);
            client.files().download("handles", work.resolve("held-copy-" + i));
        } catch (ChordException e) {
            refused.merge(e.code(), 1, Integer::sum);
        }
    }

    @Test
    void aHeapOf64MegabytesIsEnoughForManyLargeTransfers() throws Exception {
        try (ProcessRing ring = new ProcessRing(work)) {
            startAll(ring, List.of(), "64m");
            Path path = file("large", 12_000_000);
            ExecutorService pool = Executors.newFixedThreadPool(6);
            List<Future<Integer>> transfers = new ArrayList<>();
            try (Ring client = Ring.connect(RingOptions.DEFAULT, List.of(ring.endpoint(1)))) {
                for (int i = 0; i < 6; i++) {
                    String name = "large-" + i;
                    transfers.add(pool.submit((Callable<Integer>) () -> {
                        client.files().put(path, name);
                        Path copy = client.files()
                                .download(name, work.resolve(name + ".copy"))
                                .path();
                        return Files.mismatch(path, copy) == -1 ? 0 : 1;
                    }));
                }
                int wrong = 0;
                for (Future<Integer> transfer : transfers) {
                    wrong += transfer.get();
                }
                assertThat(wrong).isZero();
            }
            pool.shutdown();
            ring.awaitIdeal(LIMIT);
            for (int node : ring.alive()) {
                assertThat(Files.readString(ring.log(node))).doesNotContain("OutOfMemory");
            }
            System.out.println("heap of 64 MB: six transfers of 12 MB at once, all right, ring whole");
        }
    }
}
