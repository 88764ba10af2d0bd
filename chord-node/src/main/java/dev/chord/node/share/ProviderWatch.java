package dev.chord.node.share;

import dev.chord.client.locate.RingCalls;
import dev.chord.client.rpc.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.RecordStore;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.ProviderValue;
import dev.chord.proto.v1.Record;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks the providers of what this node owns whether they are there. One that stays silent twice is not named any more, until
 * it answers again or its lease ends. At most so many are asked in a round, one after the other in the order of their
 * identifiers, whatever number of files they share.
 */
public final class ProviderWatch {
    /** Time between rounds. */
    public static final Duration PERIOD = Duration.ofMillis(1200);

    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final int ASKED_IN_A_ROUND = 64;
    private static final int MISSES = 2;

    private final Peer self;
    private final NodeLoop loop;
    private final RecordStore store;
    private final RingCalls calls;
    private final NodeMetrics metrics;
    private final Map<Identifier, Integer> misses = new ConcurrentHashMap<>();
    private NavigableMap<Identifier, Peer> providers = new TreeMap<>();
    private Identifier last = Identifier.ZERO;
    private long seen = -1;

    public ProviderWatch(Peer self, NodeLoop loop, RecordStore store, RingCalls calls, NodeMetrics metrics) {
        this.self = self;
        this.loop = loop;
        this.store = store;
        this.calls = calls;
        this.metrics = metrics;
    }

    /** One round. The answers come later. */
    public synchronized void round() {
        long position = store.position();
        if (position != seen) {
            seen = position;
            providers = new TreeMap<>();
            loop.states().stream()
                    .flatMap(s -> s.ownership().settled().stream())
                    .flatMap(arc -> store.providers(arc).stream())
                    .forEach(this::add);
            misses.keySet().retainAll(providers.keySet());
        }
        for (int i = 0; i < Math.min(ASKED_IN_A_ROUND, providers.size()); i++) {
            Map.Entry<Identifier, Peer> next = providers.higherEntry(last);
            next = next == null ? providers.firstEntry() : next;
            last = next.getKey();
            ask(next.getKey(), next.getValue());
        }
    }

    private void add(Record record) {
        try {
            Peer peer = WireCodec.in(ProviderValue.parseFrom(record.getValue()).getPeer());
            if (!peer.process().equals(self.process())) {
                providers.merge(peer.process(), peer, (a, b) -> a.supersedes(b) ? a : b);
            }
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            // names nobody who could be asked
        }
    }

    private void ask(Identifier process, Peer peer) {
        metrics.probed();
        calls.isThere(peer.endpoint(), process, LIMIT).thenAccept(there -> {
            if (there) {
                misses.remove(process);
            } else {
                misses.merge(process, 1, Integer::sum);
            }
        });
    }

    /** Whether the provider behind a record has been silent lately. */
    public boolean away(Record record) {
        if (!record.getLabel().matches("[0-9a-f]{64}")) {
            return false;
        }
        return misses.getOrDefault(Identifier.ofHex(record.getLabel()), 0) >= MISSES;
    }
}
