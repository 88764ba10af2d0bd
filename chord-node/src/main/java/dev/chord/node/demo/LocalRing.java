package dev.chord.node.demo;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.check.RingInvariants;
import dev.chord.core.message.Phase;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.trace.TraceRecorder;
import dev.chord.node.ChordNode;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Several nodes in one process, each with a port, a data directory and a store of its own. */
public final class LocalRing implements AutoCloseable {
    private final Path work;
    private final List<ChordNode> nodes = new CopyOnWriteArrayList<>();
    private final UnaryOperator<NodeConfig> settings;
    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();
    private final LinkFaults links = new LinkFaults();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final AtomicInteger started = new AtomicInteger();

    /** Starts {@code count} nodes; they live in directories below {@code work}, which goes with the ring. */
    public LocalRing(Path work, int count) {
        this(work, count, config -> config);
    }

    /** The same with settings of one's own. */
    public LocalRing(Path work, int count, UnaryOperator<NodeConfig> settings) {
        this.settings = settings;
        this.work = work;
        for (int i = 0; i < count; i++) {
            add();
        }
    }

    /** Starts one more node, which joins the others. */
    public ChordNode add() {
        return start(Optional.empty());
    }

    /** The same while a trace is kept of what it does with records. */
    public ChordNode addTraced(TraceRecorder recorder) {
        return start(Optional.of(recorder));
    }

    private ChordNode start(Optional<TraceRecorder> recorder) {
        int number = started.incrementAndGet();
        NodeConfig config = NodeConfig.defaults()
                .with(ConfigKey.NODE_NAME, "local-" + number)
                .with(ConfigKey.NODE_DATA_DIR, work.resolve("node-" + number).toString())
                .with(ConfigKey.GRPC_BIND, "127.0.0.1:0")
                .with(ConfigKey.RING_PRESET, "local")
                .with(ConfigKey.REPAIR_DELAY, "1s");
        if (!nodes.isEmpty()) {
            config = config.with(ConfigKey.RING_JOIN, entry().toString());
        }
        MeterRegistry metrics = new SimpleMeterRegistry();
        NodeConfig own = settings.apply(config);
        ChordNode node =
                ChordNode.start(own, metrics, name -> new PeerChannels(name, links.from(own.nodeName())), recorder);
        links.place(own.nodeName(), node.endpoint());
        registries.add(metrics);
        nodes.add(node);
        return node;
    }

    public List<ChordNode> nodes() {
        return nodes;
    }

    public Endpoint entry() {
        return nodes.get(0).endpoint();
    }

    /** How often a method was called, at all nodes together. */
    public long calls(String method) {
        return registries.stream()
                .flatMap(r -> r.find("chord.rpc").tag("method", method).timers().stream())
                .mapToLong(Timer::count)
                .sum();
    }

    /** What a counter stands at, at all nodes together. */
    public double counted(String counter) {
        return registries.stream()
                .flatMap(r -> r.find(counter).counters().stream())
                .mapToDouble(Counter::count)
                .sum();
    }

    /** What is wrong with the links between the nodes. */
    public LinkFaults links() {
        return links;
    }

    /** What the tour has told so far. */
    public List<String> told() {
        return List.copyOf(told);
    }

    void tell(String line) {
        told.add(line);
    }

    Path work() {
        return work;
    }

    /** Stops a node without a word to the others. */
    public void kill(ChordNode node) {
        nodes.remove(node);
        node.close();
        links.forget(node.endpoint());
    }

    /** Lets a node hand over and go. */
    public void leave(ChordNode node) {
        node.leave(false, (stage, done, total) -> {});
        nodes.remove(node);
        node.close();
    }

    /**
     * Waits for the ideal ring.
     *
     * @return how long it took
     */
    public Duration awaitIdeal(Duration limit) {
        long start = System.nanoTime();
        List<RingInvariants.Violation> found = violations();
        while (!found.isEmpty() || !nodes.stream().allMatch(n -> n.keeping().upToDate())) {
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new ChordException(
                        ErrorCode.UNHEALTHY, "the ring did not settle in " + limit.toSeconds() + " s: " + found, "");
            }
            sleep(20);
            found = violations();
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private List<RingInvariants.Violation> violations() {
        List<RingInvariants.Snapshot> snapshots = nodes.stream()
                .flatMap(n -> n.loop().states().stream())
                .filter(s -> s.phase() == Phase.MEMBER)
                .map(s -> RingInvariants.Snapshot.of(s.neighborhood()))
                .toList();
        return RingInvariants.ideal(
                snapshots, nodes.get(0).loop().states().get(0).settings());
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }

    @Override
    public synchronized void close() {
        List.copyOf(nodes).forEach(ChordNode::close);
        nodes.clear();
        links.close();
        if (Files.exists(work)) {
            try (Stream<Path> files = Files.walk(work)) {
                files.sorted(Comparator.reverseOrder()).forEach(LocalRing::delete);
            } catch (IOException | UncheckedIOException e) {
                System.err.println("chord: " + work + " could not be removed: " + e.getMessage());
            }
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
