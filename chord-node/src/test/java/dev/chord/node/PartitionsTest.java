package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.demo.LocalRing;
import dev.chord.sim.History.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Six nodes whose holders agree on who they are, cut in two in ever other ways while clients on all sides
 * read and write the same names. {@code -Dchord.partitions.seconds=N} sets how long it takes (60 in
 * continuous integration).
 */
class PartitionsTest {
    private static final int NODES = 6;
    private static final int NAMES = 16;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration EACH = Duration.ofSeconds(10);

    @TempDir
    private Path work;

    private final NameWorkload names = new NameWorkload(NAMES);
    private final Random random = new Random(11);
    private final List<Ring> clients = new ArrayList<>();

    @Test
    void namesBehaveAsIfThereWereOneCopyHoweverTheRingIsCut() throws Exception {
        try (LocalRing ring = new LocalRing(work.resolve("ring"), NODES)) {
            ring.awaitIdeal(LIMIT);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < NODES; i++) {
                Ring client = connect(ring, i, EACH);
                Random own = new Random(i);
                Thread thread = new Thread(() -> names.operate(client, own));
                thread.start();
                threads.add(thread);
            }
            int cuts = cut(ring);
            names.stop();
            for (Thread thread : threads) {
                thread.join();
            }
            ring.awaitIdeal(LIMIT);
            long before = names.results().getOrDefault(Result.OK, 0L);
            for (int i = 0; i < NODES; i++) {
                Ring client = connect(ring, i, LIMIT);
                for (int name = 0; name < NAMES; name++) {
                    names.read(client, name);
                }
            }
            assertThat(names.results().get(Result.OK))
                    .as("once it is whole everything succeeds")
                    .isEqualTo(before + NAMES * NODES);
            int judged = names.judge();
            System.out.printf(
                    "partitions: %d cuts of %d nodes; %d operations on %d names (%s), longest %d ms; names without an"
                            + " explanation: 0%n",
                    cuts, NODES, names.count(), judged, names.results(), names.longestMillis());
            assertThat(names.refusals()).as("the smaller sides refuse").isNotEmpty();
        } finally {
            clients.forEach(Ring::close);
        }
    }

    private Ring connect(LocalRing ring, int node, Duration each) {
        Ring client = Ring.connect(
                RingOptions.DEFAULT.withTimeout(each),
                List.of(ring.nodes().get(node).endpoint()),
                // it reaches what that node reaches
                new PeerChannels("default", ring.links().from("local-" + (node + 1))));
        clients.add(client);
        return client;
    }

    private int cut(LocalRing ring) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.getInteger("chord.partitions.seconds", 15));
        List<Endpoint> all =
                new ArrayList<>(ring.nodes().stream().map(ChordNode::endpoint).toList());
        ring.links().cut(Set.copyOf(all.subList(0, 2)));
        Awaitility.await("the smaller side refuses")
                .atMost(LIMIT)
                .until(() -> !names.refusals().isEmpty());
        ring.links().heal();
        int cuts = 1;
        while (System.nanoTime() < end) {
            Collections.shuffle(all, random);
            ring.links().cut(Set.copyOf(all.subList(0, 1 + random.nextInt(NODES / 2))));
            cuts++;
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2000 + random.nextInt(4000)));
            ring.links().heal();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(4000)));
        }
        return cuts;
    }
}
