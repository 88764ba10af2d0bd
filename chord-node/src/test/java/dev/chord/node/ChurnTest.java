package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.core.id.Identifier;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Reads and writes of names go on while nodes join and leave. Counted: reads that miss an acknowledged name,
 * reads that show an older version than one acknowledged before the read began, acknowledged writes lost at
 * the end. All must be 0.
 */
class ChurnTest {
    private static final int NAMES = 200;

    private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> misses = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> stale = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong writes = new AtomicLong();
    private final AtomicBoolean running = new AtomicBoolean(true);

    private static String name(int i) {
        return "churn/" + i;
    }

    private void write(Ring ring) {
        String name = name(ThreadLocalRandom.current().nextInt(NAMES));
        try {
            NameEntry entry = ring.names()
                    .set(name, Identifier.of(ThreadLocalRandom.current().nextLong()), 1);
            acknowledged.merge(name, entry.version().sequence(), Math::max);
            writes.incrementAndGet();
        } catch (ChordException e) {
            errors.add("write: " + e.getMessage());
        }
    }

    private void read(Ring ring) {
        String name = name(ThreadLocalRandom.current().nextInt(NAMES));
        Long least = acknowledged.get(name);
        try {
            Optional<NameEntry> found = ring.names().find(name);
            reads.incrementAndGet();
            if (least != null && found.isEmpty()) {
                misses.add(name);
            } else if (least != null && found.orElseThrow().version().sequence() < least) {
                stale.add(name + " " + found.get().version() + " < " + least);
            }
        } catch (ChordException e) {
            errors.add("read: " + e.getMessage());
        }
    }

    private Thread loop(List<Ring> rings, boolean writer) {
        Thread thread = new Thread(() -> {
            while (running.get()) {
                Ring ring = rings.get(ThreadLocalRandom.current().nextInt(rings.size()));
                if (writer) {
                    write(ring);
                } else {
                    read(ring);
                }
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void joinsAndLeavesLoseNothingAndNoReadMisses() throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("chord-churn-");
        try (LocalRing ring = new LocalRing(work, 4)) {
            ring.awaitIdeal(Duration.ofMinutes(3));
            RingOptions options = RingOptions.DEFAULT.withTimeout(Duration.ofMinutes(2));
            try (Ring a = Ring.connect(options, List.of(ring.nodes().get(0).endpoint()));
                    Ring b = Ring.connect(options, List.of(ring.nodes().get(1).endpoint()))) {
                List<Thread> threads = List.of(
                        loop(List.of(a, b), true),
                        loop(List.of(a, b), true),
                        loop(List.of(a, b), false),
                        loop(List.of(a, b), false));
                for (int round = 0; round < 4; round++) {
                    ring.add();
                    ring.add();
                    ring.awaitIdeal(Duration.ofMinutes(3));
                    // the clients' own nodes stay; anyone else may go
                    ring.leave(ring.nodes().get(2));
                    ring.leave(ring.nodes().get(2));
                    ring.awaitIdeal(Duration.ofMinutes(3));
                }
                running.set(false);
                for (Thread thread : threads) {
                    thread.join();
                }
                System.out.printf(
                        "churn: 8 joins, 8 leaves, %d reads, %d writes; missed %d, stale %d, refused %d%n",
                        reads.get(), writes.get(), misses.size(), stale.size(), errors.size());
                assertThat(misses).as("reads that missed an acknowledged name").isEmpty();
                assertThat(stale).as("reads older than an acknowledged write").isEmpty();
                acknowledged.forEach((name, sequence) -> assertThat(
                                a.names().find(name).orElseThrow().version().sequence())
                        .as("%s is lost", name)
                        .isGreaterThanOrEqualTo(sequence));
                assertThat(errors).as("operations refused within their time").isEmpty();
                assertThat(reads.get()).isPositive();
                assertThat(writes.get()).isPositive();
            }
        }
    }
}
