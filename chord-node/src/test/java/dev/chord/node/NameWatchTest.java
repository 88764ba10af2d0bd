package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chord.client.NameEntry;
import dev.chord.client.NameEvent;
import dev.chord.client.NameWatch;
import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.core.id.Identifier;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.demo.LocalRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever follows names knows what the ring knows, whatever happens to the nodes that tell it. */
class NameWatchTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    /** What a watcher has been told. */
    private static final class Seen implements Consumer<NameEvent> {
        private final Map<String, NameEntry> names = new ConcurrentSkipListMap<>();
        private final List<NameEvent> events = new CopyOnWriteArrayList<>();

        @Override
        public void accept(NameEvent event) {
            switch (event.kind()) {
                case PRESENT, ADDED ->
                    assertThat(names.put(event.name(), event.entry().orElseThrow()))
                            .as("%s was told twice", event.name())
                            .isNull();
                case CHANGED -> {
                    NameEntry before = names.put(event.name(), event.entry().orElseThrow());
                    assertThat(before).isNotNull();
                    assertThat(event.entry().orElseThrow().version().newerThan(before.version()))
                            .isTrue();
                }
                case REMOVED -> assertThat(names.remove(event.name())).isNotNull();
                default -> {}
            }
            events.add(event);
        }

        boolean has(NameEvent.Kind kind) {
            return events.stream().anyMatch(e -> e.kind() == kind);
        }

        void expectNumbered() {
            List<Long> ids = events.stream().map(NameEvent::id).toList();
            for (int i = 0; i < ids.size(); i++) {
                assertThat(ids.get(i)).isEqualTo(i + 1);
            }
        }
    }

    private static Ring connect(LocalRing ring) {
        return Ring.connect(
                RingOptions.DEFAULT,
                ring.nodes().stream().map(ChordNode::endpoint).toList());
    }

    private static Map<String, NameEntry> listed(Ring client, String prefix) {
        Map<String, NameEntry> names = new TreeMap<>();
        client.names().list(prefix).names().forEach(e -> names.put(e.name(), e));
        return names;
    }

    @Test
    void aWatcherFollowsWhileNodesComeAndGo() throws Exception {
        try (LocalRing ring = new LocalRing(work.resolve("ring"), 5);
                Ring client = connect(ring)) {
            ring.awaitIdeal(LIMIT);
            Random random = new Random(3);
            for (int i = 0; i < 20; i++) {
                client.names().set("w/" + i, Identifier.of(i + 1), 1);
            }
            client.names().set("other", Identifier.of(9), 1);
            Seen seen = new Seen();
            try (NameWatch watch = client.names().watch("w/", seen)) {
                await().atMost(LIMIT).until(() -> seen.has(NameEvent.Kind.WHOLE));
                assertThat(seen.names).isEqualTo(listed(client, "w/"));
                assertThat(seen.events.stream().filter(e -> e.kind() == NameEvent.Kind.PRESENT))
                        .hasSize(20);
                change(client, random, 60);
                ring.add();
                change(client, random, 60);
                ring.kill(ring.nodes().get(2));
                change(client, random, 60);
                ring.leave(ring.nodes().get(2));
                change(client, random, 60);
                await().atMost(LIMIT).untilAsserted(() -> assertThat(seen.names).isEqualTo(listed(client, "w/")));
                assertThat(seen.has(NameEvent.Kind.REMOVED)).isTrue();
                assertThat(seen.names).doesNotContainKey("other");
                seen.expectNumbered();
                assertThat(watch.prefix()).isEqualTo("w/");
            }
        }
    }

    private static void change(Ring client, Random random, int times) {
        for (int i = 0; i < times; i++) {
            String name = "w/" + random.nextInt(40);
            try {
                if (random.nextInt(4) == 0) {
                    client.names().remove(name);
                } else {
                    client.names().set(name, Identifier.of(random.nextInt(1, 1 << 20)), 1);
                }
            } catch (ChordException e) {
                // not there, or not known whether it was written: the list tells in the end
            }
        }
    }

    @Test
    void aSlowListenerHoldsNobodyUpAndMissesNothing() throws Exception {
        try (LocalRing ring = new LocalRing(work.resolve("ring"), 3);
                Ring client = connect(ring)) {
            ring.awaitIdeal(LIMIT);
            CountDownLatch held = new CountDownLatch(1);
            Seen slow = new Seen();
            Seen quick = new Seen();
            try (NameWatch one = client.names().watch("", event -> {
                        slow.accept(event);
                        hold(held);
                    });
                    NameWatch other = client.names().watch("", quick)) {
                await().atMost(LIMIT).until(() -> slow.has(NameEvent.Kind.WHOLE) && quick.has(NameEvent.Kind.WHOLE));
                change(client, new Random(4), 200);
                await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(quick.names).isEqualTo(listed(client, "")));
                assertThat(slow.names.size()).isLessThan(2);
                held.countDown();
                await().atMost(LIMIT).untilAsserted(() -> assertThat(slow.names).isEqualTo(listed(client, "")));
                slow.expectNumbered();
                assertThat(one.prefix()).isEqualTo(other.prefix());
            }
        }
    }

    private static void hold(CountDownLatch held) {
        try {
            held.await(10, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aGapIsMarkedAndItsEndTooAndNothingIsToldTwice() throws Exception {
        NodeConfig config = NodeConfig.defaults()
                .with(ConfigKey.NODE_DATA_DIR, work.resolve("lone").toString())
                .with(ConfigKey.GRPC_BIND, "127.0.0.1:0")
                .with(ConfigKey.RING_PRESET, "local");
        ChordNode node = ChordNode.start(config, new SimpleMeterRegistry());
        Seen seen = new Seen();
        try (Ring client = Ring.connect(RingOptions.DEFAULT, List.of(node.endpoint()));
                NameWatch watch = client.names().watch("", seen)) {
            client.names().set("a", Identifier.of(1), 1);
            client.names().set("b", Identifier.of(2), 1);
            await().atMost(LIMIT).until(() -> seen.names.size() == 2 && seen.has(NameEvent.Kind.WHOLE));
            node.close();
            await().atMost(LIMIT).until(() -> seen.has(NameEvent.Kind.GAP));
            NodeConfig again = config.with(
                    ConfigKey.GRPC_BIND, "127.0.0.1:" + node.endpoint().port());
            node = ChordNode.start(again, new SimpleMeterRegistry());
            client.names().set("b", Identifier.of(3), 1);
            client.names().remove("a");
            await().atMost(LIMIT)
                    .until(() -> seen.names.size() == 1
                            && seen.events.get(seen.events.size() - 1).kind() != NameEvent.Kind.GAP
                            && seen.events.stream()
                                            .filter(e -> e.kind() == NameEvent.Kind.WHOLE)
                                            .count()
                                    == 2);
            assertThat(seen.names.get("b").content()).isEqualTo(Identifier.of(3));
            seen.expectNumbered();
            assertThat(watch.prefix()).isEmpty();
        } finally {
            node.close();
        }
    }

    @Test
    void aNameThatWasKeptForATimeIsToldGone() throws Exception {
        try (LocalRing ring = new LocalRing(work.resolve("ring"), 3);
                Ring client = connect(ring)) {
            ring.awaitIdeal(LIMIT);
            Seen seen = new Seen();
            try (NameWatch watch = client.names().watch("", seen)) {
                Path file = Files.writeString(work.resolve("brief"), "brief");
                client.files().put(file, "brief", PutOptions.DEFAULT.withKeep(Duration.ofSeconds(2)), (d, t) -> {});
                await().atMost(LIMIT).until(() -> seen.has(NameEvent.Kind.REMOVED));
                assertThat(seen.names).isEmpty();
                assertThat(watch.prefix()).isEmpty();
            }
        }
    }
}
