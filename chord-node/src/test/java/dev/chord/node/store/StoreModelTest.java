package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.node.store.SimulatedDisk.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * The store against a map, on a disk that loses whatever it may lose. Sequences of operations are drawn from
 * a seed, and each is run once for each operation of the disk it makes, which is cut or fails there. {@code
 * -Dchord.store.seed=S} runs one seed, {@code -Dchord.store.points=N} sets how many points at least.
 */
class StoreModelTest {
    private static final Path ROOT = Path.of("/disk");
    private static final int OPERATIONS = 40;
    private static final int BLOCKS = 12;
    private static final StoreLimits FILES_ONLY = new StoreLimits(0, disk -> Long.MAX_VALUE, 0);

    @TempDir
    private Path directory;

    private int points;
    private int acknowledged;
    private int refused;

    private final Logger log = (Logger) LoggerFactory.getLogger("dev.chord.node.store");

    @BeforeEach
    void quiet() {
        log.setLevel(Level.OFF); // thousands of ordered failures
    }

    @AfterEach
    void loud() {
        log.setLevel(null);
    }

    @Test
    void whatIsAcknowledgedSurvivesEveryFaultAtEveryPoint() throws IOException {
        long first = Long.getLong("chord.store.seed", 1);
        boolean one = System.getProperty("chord.store.seed") != null;
        int wanted = one ? 1 : Integer.getInteger("chord.store.points", 5000);
        try (Database database = new Database(directory.resolve("records.db"), NodeStore.SCHEMA)) {
            for (long seed = first; points < wanted; seed++) {
                everyPoint(seed, database);
            }
        }
        System.out.printf(
                "store against its model: %d fault points, %d writes acknowledged, %d refused, 0 lost%n",
                points, acknowledged, refused);
        assertThat(acknowledged).isGreaterThan(refused);
    }

    private void everyPoint(long seed, Database database) throws IOException {
        Run whole = new Run(seed, database, Fault.NONE, 0);
        whole.run();
        Random random = new Random(~seed);
        for (long at = 1; at <= whole.span; at++) {
            Fault[] faults = {Fault.POWER_CUT, Fault.EIO, Fault.ENOSPC, Fault.MISDIRECTED};
            Fault fault = random.nextInt(3) > 0 ? Fault.POWER_CUT : faults[1 + random.nextInt(3)];
            new Run(seed, database, fault, at).run();
            points++;
        }
    }

    /** One sequence with one fault. */
    private final class Run {
        private final String what;
        private final Random random;
        private final Database database;
        private final Fault fault;
        private final long at;
        private final SimulatedDisk disk;
        private final Map<Identifier, ByteBuffer> known = new HashMap<>();
        private final Set<Identifier> promised = new HashSet<>();
        private final Set<Identifier> damaged = new HashSet<>();
        private BlockStore store;
        private KeptBlocks kept;
        private long span;

        Run(long seed, Database database, Fault fault, long at) throws IOException {
            this.what = "-Dchord.store.seed=" + seed + " " + fault + " at operation " + at;
            this.random = new Random(seed);
            this.database = database;
            this.fault = fault;
            this.at = at;
            this.disk = new SimulatedDisk(31 * seed + at);
            open();
        }

        private void open() throws IOException {
            store = new BlockStore(disk, ROOT, database, FILES_ONLY);
            kept = new KeptBlocks(store);
        }

        void run() throws IOException {
            long before = disk.operations();
            disk.fail(fault, at);
            for (int i = 0; i < OPERATIONS; i++) {
                operation();
            }
            span = disk.operations() - before;
            verify(); // nothing wrong is served before the cut either
            disk.powerOn();
            kept.close();
            open();
            if (fault != Fault.MISDIRECTED) {
                assertThat(store.scrub())
                        .as(what + ": damaged after the restart")
                        .isSubsetOf(damaged);
            }
            verify();
            everyBlockCanBeStoredAgain();
            kept.close();
        }

        private ByteBuffer bytes(int number) {
            byte[] bytes = new byte[200 + 37 * number];
            new Random(number).nextBytes(bytes);
            ByteBuffer data = ByteBuffer.wrap(bytes);
            known.put(Identifier.sha256(data), data);
            return data;
        }

        private void operation() {
            ByteBuffer data = bytes(random.nextInt(BLOCKS));
            Identifier digest = Identifier.sha256(data);
            int kind = random.nextInt(10);
            if (kind < 5) {
                put(digest, data);
            } else if (kind < 8) {
                get(digest);
            } else if (kind < 9) {
                Database.await(store.delete(digest));
                promised.remove(digest);
            } else {
                rot(digest);
            }
        }

        private void put(Identifier digest, ByteBuffer data) {
            try {
                kept.put(digest, data, 0);
                promised.add(digest);
                damaged.remove(digest);
                acknowledged++;
            } catch (ChordException e) {
                refused++;
                assertThat(e.code()).as(what).isIn(ErrorCode.INTERNAL, ErrorCode.NO_SPACE);
            }
        }

        private void get(Identifier digest) {
            try {
                Optional<ByteBuffer> found = store.get(digest);
                found.ifPresent(data -> assertThat(data).as(what).isEqualTo(known.get(digest)));
                if (fault == Fault.NONE) {
                    assertThat(found.isPresent()).as(what).isEqualTo(promised.contains(digest));
                }
            } catch (ChordException e) {
                boolean faulty = fault != Fault.NONE || damaged.contains(digest);
                assertThat(faulty).as(what + ": " + e.getMessage()).isTrue();
                if (e.code() == ErrorCode.INTEGRITY) {
                    promised.remove(digest); // it was told: others have a copy
                }
            }
        }

        // The disk itself goes bad: that must be noticed, and it is not the store's promise that breaks.
        private void rot(Identifier digest) {
            for (Path file : disk.files()) {
                if (file.endsWith(digest.toHex())) {
                    if (random.nextBoolean()) {
                        disk.flipBit(file);
                    } else {
                        disk.truncate(file, random.nextInt(200));
                    }
                    promised.remove(digest);
                    damaged.add(digest);
                }
            }
        }

        private void verify() {
            for (Map.Entry<Identifier, ByteBuffer> block : known.entrySet()) {
                Identifier digest = block.getKey();
                try {
                    Optional<ByteBuffer> found = store.get(digest);
                    found.ifPresent(data ->
                            assertThat(data).as(what + ": wrong bytes served").isEqualTo(block.getValue()));
                    boolean off = fault == Fault.POWER_CUT || fault == Fault.EIO;
                    if (promised.contains(digest) && (!off || disk.isOn())) {
                        assertThat(found)
                                .as(what + ": an acknowledged block is lost")
                                .isPresent();
                    }
                } catch (ChordException e) {
                    boolean excused = !promised.contains(digest) || !disk.isOn() || fault == Fault.MISDIRECTED;
                    assertThat(excused).as(what + ": " + e.getMessage()).isTrue();
                    promised.remove(digest);
                }
            }
        }

        private void everyBlockCanBeStoredAgain() {
            for (Map.Entry<Identifier, ByteBuffer> block : List.copyOf(known.entrySet())) {
                kept.put(block.getKey(), block.getValue(), 0);
                assertThat(store.get(block.getKey())).as(what).hasValue(block.getValue());
            }
        }
    }
}
