package dev.chord.node.share;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.locate.FoundMembers;
import dev.chord.client.wire.RingCalls;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.RecordStore;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.ProviderValue;
import dev.chord.proto.v1.Record;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks the providers of what this node owns whether they are there. One that stays silent twice is not named
 * any more, until it answers again or its lease ends. At most so many are asked in a round, one after the
 * other in the order of their identifiers, whatever number of files they share.
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
    private final FoundMembers members;
    private final NodeMetrics metrics;
    private final Map<Identifier, Integer> misses = new ConcurrentHashMap<>();
    private final Map<Identifier, Answered> answered = new ConcurrentHashMap<>();
    private NavigableMap<Identifier, Peer> providers = new TreeMap<>();
    private Identifier last = Identifier.ZERO;
    private long seen = -1;
    private List<Arc> arcs = List.of();

    public ProviderWatch(
            Peer self, NodeLoop loop, RecordStore store, RingCalls calls, FoundMembers members, NodeMetrics metrics) {
        this.members = members;
        this.self = self;
        this.loop = loop;
        this.store = store;
        this.calls = calls;
        this.metrics = metrics;
    }

    /**
     * A provider's last answer.
     *
     * @param at {@link System#nanoTime} then
     * @param micros how long it took
     */
    private record Answered(long at, long micros) {}

    /** One round. The answers come later. */
    public synchronized void round() {
        long position = store.position();
        List<Arc> owned = loop.states().stream()
                .flatMap(s -> s.ownership().settled().stream())
                .toList();
        // A replica that becomes the owner has the records already: nothing is written, only the arc grows.
        if (position != seen || !owned.equals(arcs)) {
            NavigableMap<Identifier, Peer> found = new TreeMap<>();
            owned.stream().flatMap(arc -> store.providers(arc).stream()).forEach(r -> add(found, r));
            providers = found;
            seen = position;
            arcs = owned;
            misses.keySet().retainAll(providers.keySet());
            answered.keySet().retainAll(providers.keySet());
        }
        for (int i = 0; i < Math.min(ASKED_IN_A_ROUND, providers.size()); i++) {
            Map.Entry<Identifier, Peer> next = providers.higherEntry(last);
            next = next == null ? providers.firstEntry() : next;
            last = next.getKey();
            ask(next.getKey(), next.getValue());
        }
    }

    private void add(NavigableMap<Identifier, Peer> found, Record record) {
        try {
            Peer peer = WireCodec.in(ProviderValue.parseFrom(record.getValue()).getPeer());
            if (!peer.process().equals(self.process())) {
                found.merge(peer.process(), peer, (a, b) -> a.supersedes(b) ? a : b);
            }
        } catch (InvalidProtocolBufferException e) {
            // names nobody who could be asked
        }
    }

    private void ask(Identifier process, Peer peer) {
        Optional<Peer> found = members.find(peer, LIMIT);
        if (found.isEmpty()) {
            misses.merge(process, 1, Integer::sum); // the ring knows of no such process, so nobody is dialled
            return;
        }
        metrics.probed();
        long start = System.nanoTime();
        calls.isThere(found.get().endpoint(), process, LIMIT).thenAccept(there -> {
            if (there) {
                long now = System.nanoTime();
                answered.put(process, new Answered(now, Math.max(1, (now - start) / 1000)));
                misses.remove(process);
            } else {
                misses.merge(process, 1, Integer::sum);
            }
        });
    }

    /** The record with what is known of its provider. */
    public Record annotated(Record record) {
        if (record.getDeleted() || !record.getLabel().matches("[0-9a-f]{64}")) {
            return record;
        }
        Identifier process = Identifier.ofHex(record.getLabel());
        Answered last = process.equals(self.process()) ? new Answered(System.nanoTime(), 0) : answered.get(process);
        if (last == null) {
            return record;
        }
        try {
            ProviderValue.Builder value = ProviderValue.newBuilder()
                    .mergeFrom(record.getValue())
                    .setSeenMillis(Math.max(1, (System.nanoTime() - last.at()) / 1_000_000))
                    .setAnswerMicros(last.micros());
            return record.toBuilder().setValue(value.build().toByteString()).build();
        } catch (InvalidProtocolBufferException e) {
            return record;
        }
    }

    /** Whether the provider behind a record has been silent lately. */
    public boolean away(Record record) {
        if (!record.getLabel().matches("[0-9a-f]{64}")) {
            return false;
        }
        return misses.getOrDefault(Identifier.ofHex(record.getLabel()), 0) >= MISSES;
    }
}
