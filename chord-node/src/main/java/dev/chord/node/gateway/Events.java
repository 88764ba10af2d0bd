package dev.chord.node.gateway;

import dev.chord.client.NameEvent;
import dev.chord.client.NameWatch;
import dev.chord.client.Ring;
import dev.chord.client.Topology;
import dev.chord.client.error.ChordException;
import io.javalin.http.sse.SseClient;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens in the ring, and what becomes of the names that begin with a prefix. Looks, and watches, only while somebody
 * listens and a while after, so that one who comes back has missed nothing.
 */
final class Events implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Events.class);
    private static final int MAX_LISTENERS = 64;
    private static final int MAX_PREFIXES = 16;
    private static final long PERIOD_MILLIS = 700;
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int LOOKS_PER_COMMENT = 14;

    private final Ring ring;
    private final ThreadFactory threads = task -> {
        Thread thread = new Thread(task, "chord-events");
        thread.setDaemon(true);
        return thread;
    };
    private final ExecutorService senders = Executors.newCachedThreadPool(threads); // one for each listener at most
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(threads);
    private final EventFeed members = new EventFeed(senders);
    private final Map<String, Names> names = new HashMap<>();
    private Map<String, Map<String, Object>> known = new TreeMap<>();
    private volatile boolean seen;
    private long looks;

    Events(Ring ring) {
        this.ring = ring;
        clock.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** The names that begin with a prefix. */
    private final class Names {
        private final EventFeed feed = new EventFeed(senders);
        private final NameWatch watch;
        private volatile Optional<NameEvent.Kind> state = Optional.empty();

        Names(String prefix) {
            watch = ring.names().watch(prefix, this::tell);
        }

        private void tell(NameEvent event) {
            switch (event.kind()) {
                case PRESENT -> {} // for who asks for the list
                case WHOLE, GAP -> {
                    synchronized (Events.this) {
                        state = Optional.of(event.kind());
                        feed.tell(type(event.kind()), Map.of("detail", event.detail()));
                    }
                }
                default -> feed.tell(type(event.kind()), Views.event(event));
            }
        }
    }

    private static String type(NameEvent.Kind kind) {
        return kind == NameEvent.Kind.GAP ? "partial" : kind.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Lets one listen.
     *
     * @param since the last event it has seen, -1: none
     * @param prefix of names; empty: to the ring instead
     */
    void listen(SseClient client, long since, Optional<String> prefix) {
        if (prefix.isEmpty() && !seen) {
            lookNow(); // from here on nothing is missed
        }
        add(client, since, prefix);
    }

    private synchronized void add(SseClient client, long since, Optional<String> prefix) {
        boolean crowded = prefix.isPresent() && !names.containsKey(prefix.get()) && names.size() >= MAX_PREFIXES;
        if (crowded || listeners() >= MAX_LISTENERS) {
            client.sendEvent("full", "too many listen already");
            client.close();
        } else if (prefix.isPresent()) {
            Names those = names.computeIfAbsent(prefix.get(), Names::new);
            those.feed.listen(client, since);
            // to one who comes later too: from here on the list and the events together miss nothing
            those.state.ifPresent(kind -> those.feed.repeat(client, type(kind)));
        } else {
            members.listen(client, since);
        }
    }

    private int listeners() {
        return members.listeners()
                + names.values().stream().mapToInt(n -> n.feed.listeners()).sum();
    }

    private void look() {
        housekeep();
        if (members.listeners() > 0) {
            lookNow();
        } else {
            seen = false; // what happened unseen is not told as if it happened now
        }
    }

    private synchronized void housekeep() {
        if (++looks % LOOKS_PER_COMMENT == 0) {
            members.comment();
            names.values().forEach(n -> n.feed.comment());
        }
        names.values().removeIf(those -> {
            boolean idle = those.feed.idleNanos() > IDLE_NANOS;
            if (idle) {
                those.watch.close();
            }
            return idle;
        });
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

    private synchronized void compare(List<Topology.Member> found) {
        Map<String, Map<String, Object>> now = new TreeMap<>();
        for (Topology.Member member : found) {
            now.put(member.peer().id().toHex(), Views.memberAndNeighbours(member));
        }
        if (seen) {
            now.forEach((id, view) -> {
                Map<String, Object> before = known.get(id);
                if (before == null) {
                    members.tell("joined", view);
                } else if (!before.equals(view)) {
                    boolean down = "DN".equals(view.get("state")) && !"DN".equals(before.get("state"));
                    members.tell(down ? "down" : "changed", view);
                }
            });
            known.forEach((id, view) -> {
                if (!now.containsKey(id)) {
                    members.tell("gone", view);
                }
            });
        }
        known = now;
        seen = true;
    }

    @Override
    public void close() {
        clock.shutdownNow();
        synchronized (this) {
            members.close();
            names.values().forEach(n -> {
                n.watch.close();
                n.feed.close();
            });
            names.clear();
        }
        senders.shutdownNow();
    }
}
