package dev.chord.node.gateway;

import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbered events for those who listen to one thing, as server-sent events. Somebody who comes back with the
 * last id seen gets what came since; if that is too long ago, or was the id of another feed, of before a
 * restart for example, an event {@code gap} says so. One who reads slowly holds nobody up; one who is too far
 * behind is cut off, and comes back with the last id seen.
 */
final class EventFeed {
    private static final int REMEMBERED = 1000;
    private static final Pattern ID = Pattern.compile("([0-9a-f]{16})-(\\d{1,18})");

    private final String epoch = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
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

    /** One who listens. */
    private record Listener(EventStream client) {}

    /**
     * Lets one listen. From the event {@code hello} on all is told.
     *
     * @param since the id of the last event it has seen; empty: none
     */
    synchronized void listen(EventStream client, Optional<String> since) {
        Listener listener = new Listener(client);
        listeners.add(listener);
        long oldest = past.isEmpty() ? nextId : past.getFirst().id();
        long seen = since.map(this::number).orElse(Long.MAX_VALUE);
        if (seen < oldest - 1) {
            Object told = Map.of("since", since.orElse(""), "oldest", id(oldest));
            send(listener, new Happened(oldest - 1, "gap", Json.of(told)));
        }
        past.stream().filter(e -> e.id() > seen).forEach(e -> send(listener, e));
        send(listener, new Happened(nextId - 1, "hello", Json.of(Map.of("next", id(nextId)))));
        client.onClose(() -> leave(listener));
    }

    private String id(long number) {
        return epoch + "-" + number;
    }

    // The number in an id of this feed; -1, which is before all: of another, or none.
    private long number(String id) {
        Matcher matcher = ID.matcher(id);
        boolean ours = matcher.matches() && matcher.group(1).equals(epoch);
        long number = ours ? Long.parseLong(matcher.group(2)) : -1;
        return number < nextId ? number : -1;
    }

    /** Tells one listener alone how things stand; it is no event, and keeps the id of the last one. */
    synchronized void repeat(EventStream client, String type) {
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
        if (event.type().isEmpty()) {
            listener.client.sendComment(event.data());
        } else {
            listener.client.sendEvent(event.type(), event.data(), id(event.id()));
        }
    }

    /** How long nobody has listened, in nanoseconds; 0: somebody does. */
    synchronized long idleNanos() {
        return listeners.isEmpty() ? System.nanoTime() - idleSince : 0;
    }

    void close() {
        listeners.forEach(listener -> listener.client.close());
    }
}
