package dev.chord.node.gateway;

import io.javalin.http.sse.SseClient;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Numbered events for those who listen to one thing, as server-sent events. Somebody who comes back with the last id seen
 * gets what came since; if that is too long ago, an event {@code gap} says so. Each listener has a queue of its own, so that one
 * who reads slowly holds nobody up; one who is too far behind is cut off, and comes back with the last id seen.
 */
final class EventFeed {
    private static final int REMEMBERED = 1000;

    private final Executor senders;
    private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
    private final Deque<Happened> past = new ArrayDeque<>();
    private long nextId = 1;
    private long idleSince = System.nanoTime();

    /**
     * Something that happened.
     *
     * @param id one more than the one before; empty type: a comment
     */
    private record Happened(long id, String type, String data) {}

    /** @param senders carry one task for each listener that is being sent to */
    EventFeed(Executor senders) {
        this.senders = senders;
    }

    /** One who listens. */
    private static final class Listener {
        private final SseClient client;
        private final Deque<Happened> queue = new ArrayDeque<>();
        private boolean sending;

        Listener(SseClient client) {
            this.client = client;
        }
    }

    /** Lets one listen; {@code since} is the last event it has seen, -1: none. From the event {@code hello} on all is told. */
    synchronized void listen(SseClient client, long since) {
        Listener listener = new Listener(client);
        client.keepAlive();
        client.onClose(() -> leave(listener));
        long oldest = past.isEmpty() ? nextId : past.getFirst().id();
        boolean unknown = since >= nextId; // of an earlier life of this node
        if (since >= 0 && (since < oldest - 1 || unknown)) {
            send(listener, new Happened(oldest - 1, "gap", Json.of(Map.of("since", since, "oldest", oldest))));
        }
        past.stream().filter(e -> since >= 0 && (unknown || e.id() > since)).forEach(e -> send(listener, e));
        send(listener, new Happened(nextId - 1, "hello", Json.of(Map.of("next", nextId))));
        listeners.add(listener);
    }

    /** Tells one listener alone how things stand; it is no event, and keeps the id of the last one. */
    synchronized void repeat(SseClient client, String type) {
        listeners.stream()
                .filter(listener -> listener.client == client)
                .forEach(listener -> send(listener, new Happened(nextId - 1, type, Json.of(Map.of("detail", "")))));
    }

    private synchronized void leave(Listener listener) {
        listeners.remove(listener);
        idleSince = System.nanoTime();
    }

    /** Something has happened. */
    synchronized void tell(String type, Object data) {
        Happened event = new Happened(nextId++, type, Json.of(data));
        past.addLast(event);
        if (past.size() > REMEMBERED) {
            past.removeFirst();
        }
        listeners.forEach(listener -> send(listener, event));
    }

    /** Finds out who is still there. */
    synchronized void comment() {
        listeners.forEach(listener -> send(listener, new Happened(0, "", "still there")));
    }

    private void send(Listener listener, Happened event) {
        if (listener.queue.size() >= 2 * REMEMBERED) {
            listeners.remove(listener);
            senders.execute(listener.client::close);
            return;
        }
        listener.queue.addLast(event);
        if (!listener.sending) {
            listener.sending = true;
            senders.execute(() -> sendAll(listener));
        }
    }

    private void sendAll(Listener listener) {
        for (Happened event = next(listener); event.id() >= 0; event = next(listener)) {
            if (event.type().isEmpty()) {
                listener.client.sendComment(event.data());
            } else {
                listener.client.sendEvent(event.type(), event.data(), "" + event.id());
            }
        }
    }

    private synchronized Happened next(Listener listener) {
        if (listener.queue.isEmpty()) {
            listener.sending = false;
            return new Happened(-1, "", "");
        }
        return listener.queue.removeFirst();
    }

    int listeners() {
        return listeners.size();
    }

    /** How long nobody has listened, in nanoseconds; 0: somebody does. */
    synchronized long idleNanos() {
        return listeners.isEmpty() ? System.nanoTime() - idleSince : 0;
    }

    void close() {
        listeners.forEach(listener -> listener.client.close());
    }
}
