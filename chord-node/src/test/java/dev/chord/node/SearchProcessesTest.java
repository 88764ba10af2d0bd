package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Coverage;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Search in a ring of processes: every match exactly once, also while two of them hang, when what is missing
 * is named. {@code -Dchord.search.nodes=16 -Dchord.search.names=100000} for the large one.
 */
@Tag("slow")
class SearchProcessesTest {
    private static final int NODES = Integer.getInteger("chord.search.nodes", 8);
    private static final int NAMES = Integer.getInteger("chord.search.names", 3000);
    private static final int GROUPS = 100;
    private static final int WRITERS = 96; // that share commits
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    /** What came of one search. */
    private record Outcome(List<String> names, Coverage coverage, double first, double last) {}

    private interface Search {
        Coverage by(Consumer<NameEntry> found);
    }

    private static Outcome timed(Search search) {
        ConcurrentLinkedQueue<String> names = new ConcurrentLinkedQueue<>();
        AtomicLong first = new AtomicLong();
        long start = System.nanoTime();
        Coverage coverage = search.by(entry -> {
            first.compareAndSet(0, System.nanoTime() - start);
            names.add(entry.name());
        });
        return new Outcome(List.copyOf(names), coverage, first.get() / 1e6, (System.nanoTime() - start) / 1e6);
    }

    private static String name(int i) {
        return "lib/" + i % GROUPS + "/Paper-" + i + ".pdf";
    }

    @Test
    void everyMatchOnceAndWhatIsMissingIsNamed() throws Exception {
        try (ProcessRing ring = new ProcessRing(work)) {
            int seed = ProcessRing.freePort();
            ring.start(0, seed, List.of());
            for (int node = 1; node < NODES; node++) {
                ring.start(node, ProcessRing.freePort(), List.of("--join", "127.0.0.1:" + seed));
            }
            ring.awaitIdeal(LIMIT);
            try (Ring client = ring.connect(0)) {
                double seconds = write(client);
                Outcome prefix = timed(found -> client.names().list("lib/7/", found));
                expect(prefix, wanted("lib/7/"));
                Outcome part = timed(found -> client.names().search("paper-1", found));
                expect(part, wanted("Paper-1"));
                Outcome glob = timed(found -> client.names().search("lib/*-77.pdf", found));
                expect(glob, wanted("-77.pdf"));
                System.out.printf(
                        Locale.ROOT,
                        "search: %d names on %d processes, written in %.0f s; by prefix: %s; by part: %s; by glob: %s%n",
                        NAMES,
                        NODES,
                        seconds,
                        said(prefix),
                        said(part),
                        said(glob));
                hang(ring, client);
            }
        }
    }

    private static double write(Ring client) throws Exception {
        long start = System.nanoTime();
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        List<Future<?>> all = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            int from = w;
            all.add(writers.submit(() -> {
                for (int i = from; i < NAMES; i += WRITERS) {
                    client.names().set(name(i), Identifier.of(i + 1), i);
                }
            }));
        }
        for (Future<?> each : all) {
            each.get();
        }
        writers.shutdown();
        return (System.nanoTime() - start) / 1e9;
    }

    private static Set<String> wanted(String part) {
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < NAMES; i++) {
            if (name(i).contains(part)) {
                names.add(name(i));
            }
        }
        return names;
    }

    private static void expect(Outcome outcome, Set<String> wanted) {
        assertThat(outcome.names()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(wanted);
        assertThat(outcome.coverage().complete()).isTrue();
        assertThat(outcome.coverage().fraction()).isEqualTo(1.0);
        assertThat(outcome.coverage().effort().asked()).isEqualTo(NODES);
    }

    private static String said(Outcome outcome) {
        return String.format(
                Locale.ROOT,
                "%d found, the first after %.0f ms, all after %.0f ms, %d answers deep",
                outcome.names().size(),
                outcome.first(),
                outcome.last(),
                outcome.coverage().effort().depth());
    }

    private void hang(ProcessRing ring, Ring client) throws Exception {
        TreeMap<Integer, Process> hanging = new TreeMap<>();
        hanging.put(2, ring.suspend(2));
        hanging.put(5, ring.suspend(5));
        Outcome outcome = timed(found -> client.names().search("paper-1", found));
        Set<String> expected = new TreeSet<>();
        for (String name : wanted("Paper-1")) {
            boolean missing = outcome.coverage().missing().stream().anyMatch(arc -> arc.contains(Label.key(name)));
            if (!missing) {
                expected.add(name);
            }
        }
        assertThat(outcome.names()).doesNotHaveDuplicates();
        // a name of an arc that did not answer to the end may have been told before
        assertThat(new TreeSet<>(outcome.names())).containsAll(expected);
        assertThat(wanted("Paper-1")).containsAll(outcome.names());
        if (!outcome.coverage().complete()) {
            assertThat(outcome.coverage().silent()).isNotEmpty();
        }
        System.out.printf(
                Locale.ROOT,
                "search with two of them hanging: %s; %.1f %% of the ring answered, %d arcs missing, silent: %s%n",
                said(outcome),
                100 * outcome.coverage().fraction(),
                outcome.coverage().missing().size(),
                outcome.coverage().silent());
        for (var each : hanging.entrySet()) {
            ring.resume(each.getKey(), each.getValue());
        }
        ring.awaitIdeal(LIMIT);
        Outcome again = timed(found -> client.names().search("paper-1", found));
        expect(again, wanted("Paper-1"));
    }
}
