package dev.chord.node.gateway;

import dev.chord.client.Ring;
import dev.chord.client.Topology;
import dev.chord.client.error.ChordException;
import io.javalin.http.sse.SseClient;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens in the ring, as server-sent events. Somebody who comes back with the last id seen gets what came since; if
 * that is too long ago, an event {@code gap} says so. Looks at the ring while somebody listens.
 */
final class RingEvents implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RingEvents.class);
    private static final int REMEMBERED = 1000;
    private static final int MAX_LISTENERS = 64;
    private static final long PERIOD_MILLIS = 700;
    private static final int LOOKS_PER_COMMENT = 14;

    /**
     * Something that happened.
     *
     * @param id one more than the one before
     */
    private record Happened(long id, String type, String data) {}

    private final Ring ring;
    private final Set<SseClient> listeners = ConcurrentHashMap.newKeySet();
    private final Deque<Happened> past = new ArrayDeque<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "chord-events");
        thread.setDaemon(true);
        return thread;
    });
    private Map<String, Map<String, Object>> known = new TreeMap<>();
    private boolean seen;
    private long nextId = 1;
    private long looks;

    RingEvents(Ring ring) {
        this.ring = ring;
        clock.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Lets one listen; {@code since} is the last event it has seen, -1: none. From the event {@code hello} on all is told. */
    void listen(SseClient client, long since) {
        if (listeners.size() >= MAX_LISTENERS) {
            client.sendEvent("full", "too many listen already");
            client.close();
            return;
        }
        client.keepAlive();
        client.onClose(() -> listeners.remove(client));
        synchronized (this) {
            if (!seen) {
                lookNow(); // from here on nothing is missed
            }
            long oldest = past.isEmpty() ? nextId : past.getFirst().id();
            boolean unknown = since >= nextId; // of an earlier life of this node
            if (since >= 0 && (since < oldest - 1 || unknown)) {
                client.sendEvent("gap", Json.of(Map.of("since", since, "oldest", oldest)), "" + (oldest - 1));
            }
            past.stream()
                    .filter(e -> since >= 0 && (unknown || e.id() > since))
                    .forEach(e -> client.sendEvent(e.type(), e.data(), "" + e.id()));
            client.sendEvent("hello", Json.of(Map.of("next", nextId)), "" + (nextId - 1));
            listeners.add(client);
        }
    }

    private synchronized void look() {
        if (listeners.isEmpty()) {
            seen = false; // what happened unseen is not told as if it happened now
            return;
        }
        if (++looks % LOOKS_PER_COMMENT == 0) {
            listeners.forEach(client -> client.sendComment("still there")); // finds out who is not
        }
        lookNow();
    }

    private void lookNow() {
        try {
            compare(ring.topology().members());
        } catch (ChordException e) {
            log.debug("the ring cannot be seen: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.warn("looking at the ring failed", e);
        }
    }

    private void compare(List<Topology.Member> members) {
        Map<String, Map<String, Object>> now = new TreeMap<>();
        for (Topology.Member member : members) {
            Map<String, Object> view = Views.memberAndNeighbours(member);
            now.put(member.peer().id().toHex(), view);
        }
        if (seen) {
            now.forEach((id, view) -> {
                Map<String, Object> before = known.get(id);
                if (before == null) {
                    tell("joined", view);
                } else if (!before.equals(view)) {
                    tell(
                            "DN".equals(view.get("state")) && !"DN".equals(before.get("state")) ? "down" : "changed",
                            view);
                }
            });
            known.forEach((id, view) -> {
                if (!now.containsKey(id)) {
                    tell("gone", view);
                }
            });
        }
        known = now;
        seen = true;
    }

    // Only under the lock, as all that changes what is known.
    private void tell(String type, Map<String, Object> member) {
        Map<String, Object> data = new LinkedHashMap<>(member);
        Happened event = new Happened(nextId++, type, Json.of(data));
        past.addLast(event);
        if (past.size() > REMEMBERED) {
            past.removeFirst();
        }
        listeners.forEach(client -> client.sendEvent(event.type(), event.data(), "" + event.id()));
    }

    @Override
    public void close() {
        clock.shutdownNow();
        listeners.forEach(SseClient::close);
    }
}
