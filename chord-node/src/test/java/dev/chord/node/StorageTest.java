package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Explanation;
import dev.chord.client.Progress;
import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Stored;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Copies that are kept, healed, and let go when nobody needs them: eight nodes over real sockets and files,
 * short timers.
 */
class StorageTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int DAMAGES = 30;

    @TempDir
    private Path directory;

    private LocalRing ring;
    private Ring client;
    private final Random random = new Random(12);

    @BeforeEach
    void start() throws IOException {
        ring = new LocalRing(
                Files.createDirectories(directory.resolve("ring")),
                8,
                config -> config.with(ConfigKey.FILES_RENEW, "500ms").with(ConfigKey.REPAIR_INTERVAL, "3s"));
        ring.awaitIdeal(LIMIT);
        client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()));
    }

    @AfterEach
    void stop() {
        client.close();
        ring.close();
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes);
    }

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void await(String what, BooleanSupplier condition) {
        Awaitility.await(what).atMost(LIMIT).until(condition::getAsBoolean);
    }

    private List<ChordNode> holders(Identifier block) {
        return ring.nodes().stream().filter(n -> n.store().blocks().has(block)).toList();
    }

    private long goodCopies(Identifier block) {
        return ring.nodes().stream()
                .filter(n -> {
                    try {
                        return n.store().blocks().get(block).isPresent();
                    } catch (ChordException e) {
                        return false;
                    }
                })
                .count();
    }

    private List<Identifier> chunks(Stored stored) {
        return client.files().manifest(stored.content()).chunks();
    }

    @Test
    void ofThreeCopiesAnyTwoMayRotAndThreeGoodOnesComeBack() throws IOException {
        int wrong = 0;
        byte[] original = bytes(2_500_000);
        Stored stored = client.files().put(file("rotten", original), "rotten");
        List<Identifier> blocks = chunks(stored);
        for (int damage = 0; damage < DAMAGES; damage++) {
            Identifier block = blocks.get(damage % blocks.size());
            await("three copies", () -> goodCopies(block) >= 3);
            List<ChordNode> two = holders(block).subList(0, 2);
            for (ChordNode node : two) {
                rot(node, block);
            }
            Path copy = client.files()
                    .download("rotten", directory.resolve("copy" + damage))
                    .path();
            wrong += Arrays.equals(Files.readAllBytes(copy), original) ? 0 : 1;
            for (ChordNode node : two) {
                node.upkeep().scrub();
            }
            await("healed", () -> goodCopies(block) >= 3);
        }
        System.out.printf("damages: %d, each of two copies of three; wrong bytes served: %d%n", DAMAGES, wrong);
        assertThat(wrong).isZero();
    }

    private void rot(ChordNode node, Identifier block) throws IOException {
        String hex = block.toHex();
        Path file = node.config()
                .dataDir()
                .resolve("blocks")
                .resolve(hex.substring(0, 2))
                .resolve(hex);
        byte[] good = Files.readAllBytes(file);
        switch (random.nextInt(3)) {
            case 0 -> {
                good[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, good);
            }
            case 1 -> Files.write(file, Arrays.copyOf(good, random.nextInt(good.length)));
            default -> Files.write(file, new byte[0]);
        }
    }

    @Test
    void blocksOfADeletedFileGoAndThoseItSharedWithAnotherStay() throws IOException {
        byte[] common = bytes(1024 * 1024);
        byte[] own = bytes(300_000);
        byte[] other = bytes(200_000);
        Stored first = client.files().put(file("first", concat(common, own)), "first");
        Stored second = client.files().put(file("second", concat(common, other)), "second");
        List<Identifier> ownBlocks = new ArrayList<>(chunks(first));
        List<Identifier> kept = new ArrayList<>(chunks(second));
        kept.add(second.content());
        ownBlocks.removeAll(kept);
        ownBlocks.add(first.content());
        client.files().remove("first");
        await(
                "the blocks of the deleted file go",
                () -> ownBlocks.stream().allMatch(b -> holders(b).isEmpty()));
        assertThat(kept).allSatisfy(b -> assertThat(holders(b)).hasSize(3));
        Path copy = client.files().download("second", directory.resolve("copy")).path();
        assertThat(Files.readAllBytes(copy)).isEqualTo(concat(common, other));
        Stored overwritten = client.files().put(file("second", own), "second");
        await(
                "what a name stood for before goes too",
                () -> holders(second.content()).isEmpty());
        assertThat(holders(overwritten.content())).hasSize(3);
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @Test
    void uploadsRaceWithTheCollectionOfWhatTheyShare() throws Exception {
        byte[] common = bytes(1024 * 1024);
        ExecutorService pool = Executors.newFixedThreadPool(3);
        List<Future<Integer>> writers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String name = "racing-" + i;
            Path path = file(name, concat(common, bytes(1000)));
            writers.add(pool.submit((Callable<Integer>) () -> putAndRemove(path, name)));
        }
        int rounds = 0;
        for (Future<Integer> writer : writers) {
            rounds += writer.get();
        }
        pool.shutdown();
        // long enough for every block to have gone that nobody speaks for
        ring.nodes().forEach(n -> n.upkeep().reclaim());
        Stored last = client.files().put(file("last", concat(common, bytes(10))), "last");
        await("the others go", () -> totalBlocks() == 3 * 3);
        Path copy = client.files().download("last", directory.resolve("copy")).path();
        assertThat(Files.size(copy)).isEqualTo(last.size());
        System.out.printf("puts and removals racing with the collection: %d, blocks missed: 0%n", rounds);
    }

    private int putAndRemove(Path path, String name) throws IOException {
        long end = System.nanoTime() + Duration.ofSeconds(8).toNanos();
        int rounds = 0;
        while (System.nanoTime() < end) {
            client.files().put(path, name);
            Path copy = client.files()
                    .download(name, directory.resolve(name + ".copy"))
                    .path();
            assertThat(Files.mismatch(path, copy)).isEqualTo(-1);
            client.files().remove(name);
            rounds++;
        }
        return rounds;
    }

    private long totalBlocks() {
        return ring.nodes().stream().mapToLong(n -> n.store().blocks().count()).sum();
    }

    @Test
    void aFileKeepsTheNumberOfCopiesItWasPutWithAndGoesWhenItsTimeIsUp() throws IOException {
        Stored five = client.files()
                .put(file("five", bytes(50_000)), "five", PutOptions.DEFAULT.withCopies(5), Progress.NONE);
        Identifier block = chunks(five).get(0);
        assertThat(holders(block)).hasSize(5);
        ring.nodes().forEach(n -> n.upkeep().repair());
        assertThat(holders(block)).as("repair keeps to it").hasSize(5);
        ring.kill(holders(block).stream()
                .filter(n -> n != ring.nodes().get(0))
                .findFirst()
                .orElseThrow());
        await("five again", () -> holders(block).size() == 5);
        Explanation explanation = client.diagnosis().explain("five");
        assertThat(explanation.parts()).allMatch(p -> p.copies() == 5);

        PutOptions brief = PutOptions.DEFAULT.withKeep(Duration.ofSeconds(2));
        Stored passing = client.files().put(file("brief", bytes(30_000)), "brief", brief, Progress.NONE);
        await("its time is up", () -> client.names().find("brief").isEmpty());
        await("and its blocks go", () -> holders(passing.content()).isEmpty());
        assertThat(client.names().find("five")).as("what has no end stays").isPresent();
    }

    @Test
    void explainSaysWhatIsMissingAndThatItIsBack() throws IOException {
        Stored stored = client.files().put(file("explained", bytes(1_500_000)), "explained");
        Explanation good = client.diagnosis().explain("explained");
        assertThat(good.inPlace()).as("%s", good).isTrue();
        assertThat(good.record()).hasSize(3);
        assertThat(good.parts().stream().mapToInt(p -> p.chunks().size()).sum()).isEqualTo(3);
        Identifier block = chunks(stored).get(0);
        ChordNode poor = holders(block).get(1);
        AtomicReference<Explanation> seen = new AtomicReference<>(good);
        await("a missing copy is seen before repair has brought it back", () -> {
            poor.store().blocks().delete(block).join();
            poor.upkeep().blocks().call((blocks, then) -> {
                blocks.lost(block);
                then.accept(true);
            });
            seen.set(client.diagnosis().explain("explained"));
            return !seen.get().inPlace();
        });
        Explanation bad = seen.get();
        assertThat(bad.parts())
                .flatMap(Explanation.Part::holders)
                .anyMatch(
                        h -> h.state() == Explanation.State.MISSING && h.peer().equals(poor.self()));
        assertThat(bad.parts().stream().mapToInt(Explanation.Part::tooFew).sum())
                .isEqualTo(1);
        await(
                "repair brings it back",
                () -> client.diagnosis().explain("explained").inPlace());
    }

    @Test
    void aDrainedNodeHasNothingThatOthersLack() throws IOException {
        for (int i = 0; i < 12; i++) {
            client.files().put(file("d" + i, bytes(20_000)), "d" + i);
        }
        ChordNode node = ring.nodes().get(3);
        List<Identifier> drained = node.store().blocks().digests();
        await(
                "all is drained, also what others were just sending",
                () -> node.upkeep().drain((done, total) -> {}).failed() == 0);
        // those that do not usually hold a block keep it, whatever their own repair thinks of it
        ring.nodes().forEach(n -> n.upkeep().repair());
        for (Identifier block : drained) {
            assertThat(holders(block).stream().filter(n -> n != node).count()).isGreaterThanOrEqualTo(3);
        }
        assertThat(node.loop().inRing()).isTrue();
    }

    @Test
    void aFullQuotaSendsBlocksElsewhereAndReadsGoOn() throws IOException {
        Optional<ErrorCode> refused = Optional.empty();
        try (LocalRing small = new LocalRing(
                        Files.createDirectories(directory.resolve("small")),
                        3,
                        config -> config.with(ConfigKey.STORE_QUOTA, "300KiB"));
                Ring guest =
                        Ring.connect(RingOptions.DEFAULT.withTimeout(Duration.ofSeconds(60)), List.of(small.entry()))) {
            small.awaitIdeal(LIMIT);
            guest.files().put(file("fits", bytes(200_000)), "fits");
            try {
                guest.files().put(file("toomuch", bytes(200_000)), "toomuch");
            } catch (ChordException e) {
                refused = Optional.of(e.code());
            }
            assertThat(refused).hasValue(ErrorCode.NO_SPACE);
            assertThat(guest.files()
                            .download("fits", directory.resolve("fits.copy"))
                            .size())
                    .isEqualTo(200_000);
            guest.files().remove("fits");
        }
    }

    @Test
    void joinsMoveLittleMoreThanTheNewNodesShare() throws IOException {
        List<Stored> files = manyFiles(40);
        await("all in place", this::everyNodeHasLooked);
        double before = ring.counted("chord.repair.bytes");
        long share = 0;
        for (int joins = 0; joins < 3; joins++) { // one alone may get an arc without anything in it
            ChordNode fresh = ring.add();
            ring.awaitIdeal(LIMIT);
            await("all in place again", () -> everyNodeHasLooked() && inPlace(files) && surplus(files) == 0);
            share += fresh.store().blocks().totalBytes();
        }
        double moved = ring.counted("chord.repair.bytes") - before;
        System.out.printf(
                "three joins: %.0f bytes moved, %d bytes are the new nodes' share, ratio %.2f%n",
                moved, share, moved / share);
        assertThat(share).isPositive();
        assertThat(moved).isLessThanOrEqualTo(1.5 * share);
    }

    @Test
    void aLostDiskIsRestoredWithoutAnOperator() throws IOException {
        List<Stored> files = manyFiles(30);
        ChordNode poor = ring.nodes().get(5);
        long held = poor.store().blocks().count();
        ring.kill(poor);
        ring.add(); // the same machine with an empty disk: a new node
        await("three copies of everything", () -> inPlace(files));
        System.out.printf("a lost disk: %d blocks made anew%n", held);
    }

    private List<Stored> manyFiles(int count) throws IOException {
        List<Stored> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(client.files().put(file("many-" + i, bytes(20_000 + 5_000 * i)), "many-" + i));
        }
        return files;
    }

    private boolean inPlace(List<Stored> files) {
        return files.stream()
                .flatMap(f -> chunks(f).stream())
                .allMatch(block -> holders(block).size() >= 3);
    }

    // Since the ring's last change each node has brought all it has to its places.
    private boolean everyNodeHasLooked() {
        return ring.nodes().stream().allMatch(n -> n.upkeep().inPlaceFor().isPresent());
    }

    private long surplus(List<Stored> files) {
        return files.stream()
                .flatMap(f -> chunks(f).stream())
                .filter(block -> holders(block).size() > 3)
                .count();
    }
}
