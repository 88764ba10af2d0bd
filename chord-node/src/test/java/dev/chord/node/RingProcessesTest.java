package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.Holders;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Stored;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.files.DirectoryWalk;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.version.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight processes from one seed, started at the same moment, the seed last; the running JDK's whole directory
 * stored through one of them; two killed; everything fetched through every survivor at once; copies restored;
 * all killed and started again on other ports.
 */
@Tag("slow")
class RingProcessesTest {
    private static final int NODES = 8;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    Path work;

    @Test
    void nothingIsLostWhenNodesAreKilledAndAllAreRestarted() throws Exception {
        try (ProcessRing ring = new ProcessRing(work)) {
            int seed = ProcessRing.freePort();
            for (int i = 2; i <= NODES; i++) {
                ring.start(
                        i,
                        ProcessRing.freePort(),
                        List.of("--join", "127.0.0.1:" + seed, "--ring.join-timeout", "60s"));
            }
            ring.start(1, seed, List.of());
            System.out.println(
                    "ideal ring of 8 processes after " + ring.awaitIdeal(LIMIT).toMillis() + " ms");

            List<DirectoryWalk.Found> files = jdk();
            long bytes = putAll(ring, files);
            System.out.println("stored " + files.size() + " files, " + bytes / 1_000_000 + " MB, 3 copies each");

            List<Endpoint> gone = List.of(ring.endpoint(3), ring.endpoint(6));
            ring.kill(3);
            ring.kill(6);
            giveUp(ring, gone);
            for (int node : ring.alive()) {
                fetchAll(ring, node, files);
            }
            ring.awaitIdeal(LIMIT);
            awaitCopies(ring, 3);
            System.out.println("every block has 3 copies again on distinct processes");

            restartAll(ring);
            fetchAll(ring, 3, files);
            System.out.println("all killed and restarted on other ports: every file is there");
        }
    }

    @Test
    void aNodeThatHangsIsReplacedAndComesBackWithoutHarm() throws Exception {
        try (ProcessRing ring = new ProcessRing(work)) {
            int seed = ProcessRing.freePort();
            ring.start(1, seed, List.of());
            for (int i = 2; i <= 5; i++) {
                ring.start(i, ProcessRing.freePort(), List.of("--join", "127.0.0.1:" + seed));
            }
            ring.awaitIdeal(LIMIT);
            try (Ring one = ring.connect(1)) {
                for (int i = 0; i < 30; i++) {
                    one.names().set("hang/" + i, Identifier.of(i), 1);
                }
                String owned = nameOwnedBy(one, ring.endpoint(4));
                Process hanging = ring.suspend(4);
                try {
                    aTimeoutIsUnknown(one, owned);
                    ring.awaitIdeal(LIMIT);
                    for (int i = 0; i < 30; i++) {
                        NameEntry old = one.names().find("hang/" + i).orElseThrow();
                        assertThat(old.content()).isEqualTo(Identifier.of(i));
                        NameEntry fresh = one.names().set("hang/" + i, Identifier.of(100 + i), 1);
                        assertThat(fresh.version().newerThan(old.version())).isTrue();
                    }
                } finally {
                    ring.resume(4, hanging);
                }
                ring.awaitIdeal(LIMIT);
                try (Ring back = ring.connect(4)) {
                    for (int i = 0; i < 30; i++) {
                        assertThat(back.names().find("hang/" + i).orElseThrow().content())
                                .isEqualTo(Identifier.of(100 + i));
                    }
                }
            }
        }
    }

    // Where two of three holders are among them names are refused, and they say so, until somebody says that
    // they are gone.
    private static void giveUp(ProcessRing ring, List<Endpoint> gone) throws Exception {
        ring.awaitIdeal(LIMIT);
        try (Ring client = ring.connect(1)) {
            Set<Endpoint> missing = new HashSet<>();
            Awaitility.await().atMost(LIMIT).until(() -> {
                List<Holders.Refused> refused = client.holders().refused();
                refused.forEach(arc -> arc.missing().forEach(peer -> missing.add(peer.endpoint())));
                return refused.isEmpty() || missing.containsAll(gone);
            });
            System.out.println("given up: " + missing);
            if (!missing.isEmpty()) {
                assertThat(missing).containsExactlyInAnyOrderElementsOf(gone);
                client.holders().giveUp(gone.stream().map(Endpoint::toString).toList());
            }
        }
        ring.awaitServed(LIMIT);
    }

    // However small the node's arc, one of so many names lies in it.
    private static String nameOwnedBy(Ring ring, Endpoint owner) {
        for (int i = 0; i < 100_000; i++) {
            String name = "owned/" + i;
            if (ring.topology()
                    .trace(Label.key(name))
                    .owner()
                    .orElseThrow()
                    .endpoint()
                    .equals(owner)) {
                return name;
            }
        }
        throw new AssertionError("no name falls to " + owner);
    }

    // Its owner hangs: within so short a time nobody can say whether the change was made, so nobody says that
    // it failed.
    private static void aTimeoutIsUnknown(Ring ring, String name) {
        Ring hasty = Ring.connect(
                RingOptions.DEFAULT.withTimeout(Duration.ofMillis(400)),
                List.of(ring.entry().endpoint()));
        try (hasty) {
            assertThatThrownBy(() -> hasty.names().compareAndSet(name, Version.NONE, Identifier.of(7), 1))
                    .isInstanceOfSatisfying(
                            ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE))
                    .hasMessageContaining("unknown");
        }
    }

    private static List<DirectoryWalk.Found> jdk() throws IOException {
        List<DirectoryWalk.Found> files =
                DirectoryWalk.of(Path.of(System.getProperty("java.home")), "jdk").files().stream()
                        .filter(file -> Files.isReadable(file.path()))
                        .toList();
        assertThat(files).hasSizeGreaterThan(100);
        assertThat(files).anyMatch(e -> e.path().toFile().length() > 100_000_000);
        return files;
    }

    private interface PerFile {
        long run(DirectoryWalk.Found entry) throws IOException;
    }

    private static long forAll(List<DirectoryWalk.Found> files, PerFile work)
            throws ExecutionException, InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try {
            List<Future<Long>> futures = new ArrayList<>();
            files.forEach(entry -> futures.add(pool.submit(() -> work.run(entry))));
            long sum = 0;
            for (Future<Long> future : futures) {
                sum += future.get();
            }
            return sum;
        } finally {
            pool.shutdownNow();
        }
    }

    private static long putAll(ProcessRing ring, List<DirectoryWalk.Found> files) throws Exception {
        try (Ring client = ring.connect(5)) {
            return forAll(files, entry -> {
                Stored stored = client.files().put(entry.path(), entry.name());
                assertThat(stored.copies()).isEqualTo(3);
                return stored.size();
            });
        }
    }

    private void fetchAll(ProcessRing ring, int node, List<DirectoryWalk.Found> files) throws Exception {
        Path into = work.resolve("fetched-" + node);
        long start = System.nanoTime();
        try (Ring client = ring.connect(node)) {
            forAll(files, entry -> {
                Path target = FileName.under(into, entry.name());
                client.files().download(entry.name(), target);
                assertThat(Files.mismatch(target, entry.path()))
                        .as(entry.name())
                        .isEqualTo(-1);
                Files.delete(target);
                return 1;
            });
        }
        System.out.println(
                "fetched all through node " + node + " in " + (System.nanoTime() - start) / 1_000_000 + " ms");
    }

    private static void awaitCopies(ProcessRing ring, int wanted) throws IOException {
        long end = System.nanoTime() + LIMIT.toNanos();
        Map<String, Integer> copies = copies(ring);
        while (copies.values().stream().anyMatch(n -> n < wanted)) {
            assertThat(System.nanoTime())
                    .as("copies restored in time: %s", copies)
                    .isLessThan(end);
            ProcessRing.pause();
            copies = copies(ring);
        }
        assertThat(copies).hasSizeGreaterThan(300);
    }

    private static Map<String, Integer> copies(ProcessRing ring) throws IOException {
        Map<String, Integer> copies = new TreeMap<>();
        for (int node : ring.alive()) {
            try (Stream<Path> files = Files.walk(ring.data(node).resolve("blocks"))) {
                files.map(p -> p.getFileName().toString())
                        .filter(name -> name.matches("[0-9a-f]{64}"))
                        .forEach(name -> copies.merge(name, 1, Integer::sum));
            } catch (UncheckedIOException e) {
                return Map.of("a file came or went while counting", 0);
            }
        }
        return copies;
    }

    private static void restartAll(ProcessRing ring) throws Exception {
        for (int node : ring.alive()) {
            ring.kill(node);
        }
        int seed = ProcessRing.freePort();
        ring.start(5, seed, List.of());
        for (int node : List.of(1, 2, 3, 4, 6, 7, 8)) {
            ring.start(
                    node, ProcessRing.freePort(), List.of("--join", "127.0.0.1:" + seed, "--ring.join-timeout", "60s"));
        }
        System.out.println("ideal again after " + ring.awaitIdeal(LIMIT).toMillis() + " ms");
    }
}
