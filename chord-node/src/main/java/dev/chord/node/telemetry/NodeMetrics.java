package dev.chord.node.telemetry;

import dev.chord.core.id.Arc;
import dev.chord.core.protocol.Fact;
import dev.chord.core.ring.Roster;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.NodeStore;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a node counts. Labels are bounded: method, code, reason; never a key, id, name or path. */
public final class NodeMetrics {
    private final MeterRegistry registry;
    private final Counter sent;
    private final Counter received;
    private final Counter repaired;
    private final Counter probes;
    private final Counter refused;
    private final Refusals refusals;

    public NodeMetrics(MeterRegistry registry) {
        this.registry = registry;
        registry.config().meterFilter(new MetricHelp());
        sent = registry.counter("chord.transfer.bytes", "direction", "out");
        received = registry.counter("chord.transfer.bytes", "direction", "in");
        probes = registry.counter("chord.providers.probes");
        refused = registry.counter("chord.blocks.refused");
        repaired = registry.counter("chord.repair.bytes");
        refusals = new Refusals(registry);
    }

    /** What is passed over, and why. */
    public Refusals refusals() {
        return refusals;
    }

    // looking a timer up in the registry costs more than a read
    private final Map<Called, Timer> calls = new ConcurrentHashMap<>();
    private final Map<String, Counter> turnedAway = new ConcurrentHashMap<>();

    /** Lets gauges look at a node. */
    public void watch(NodeLoop loop, NodeStore store) {
        registry.gauge("chord.mailbox.queued", loop, NodeLoop::queued);
        registry.gauge("chord.store.bytes", store, s -> s.blocks().totalBytes());
        registry.gauge("chord.store.blocks", store, s -> s.blocks().count());
        FunctionCounter.builder("chord.records.offered", store, s -> s.records().offered())
                .register(registry);
        registry.gauge("chord.store.corrupt.blocks", store, s -> s.blocks().damagedCount());
        registry.gauge("chord.ring.owned.fraction", loop, NodeMetrics::owned);
        registry.gauge("chord.ring.table.members", loop, NodeMetrics::tableSize);
    }

    // of the table of all members, once it is complete
    private static double tableSize(NodeLoop loop) {
        return loop.states().stream()
                .map(s -> s.view().roster())
                .filter(Roster::complete)
                .mapToInt(r -> r.peers().size())
                .max()
                .orElse(0);
    }

    private static double owned(NodeLoop loop) {
        return loop.states().stream()
                .flatMap(s -> s.ownership().settled().stream())
                .mapToDouble(Arc::share)
                .sum();
    }

    public void call(@Nullable String method, Status.Code code, long nanos) {
        calls.computeIfAbsent(new Called(String.valueOf(method), code), this::timer)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private record Called(String method, Status.Code code) {}

    private Timer timer(Called called) {
        return Timer.builder("chord.rpc")
                .tag("method", called.method())
                .tag("code", called.code().name())
                .register(registry);
    }

    /** A provider was asked whether it is there. */
    public void probed() {
        probes.increment();
    }

    /**
     * A call was turned away for lack of room, a connection for lack of handles, or one was ended for
     * its frames.
     */
    public void refused(String what) {
        turnedAway
                .computeIfAbsent(what, w -> registry.counter("chord.rpc.refused", "what", w))
                .increment();
    }

    /** A block was not sent, for its reader does not read. */
    public void blockRefused() {
        refused.increment();
    }

    public void sent(int bytes) {
        sent.increment(bytes);
    }

    public void received(int bytes) {
        received.increment(bytes);
    }

    public void repaired(long bytes) {
        repaired.increment((double) bytes);
    }

    public void fact(Fact fact) {
        registry.counter("chord.ring.changes", "fact", fact.getClass().getSimpleName())
                .increment();
    }
}
