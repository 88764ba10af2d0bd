package dev.chord.node.gateway;

import dev.chord.client.NameEvent;
import dev.chord.client.NameWatch;
import dev.chord.client.Ring;
import dev.chord.client.RingWatch;
import dev.chord.client.wire.DaemonThreads;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * What happens in the ring, and what becomes of the names that begin with a prefix. Looks, and watches, only
 * while somebody listens and a while after, so that one who comes back has missed nothing.
 */
final class Events implements AutoCloseable {
    private static final int MAX_PREFIXES = 16;
    private static final long PERIOD_SECONDS = 10;
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Ring ring;
    private final ThreadFactory threads = DaemonThreads.named("chord-events");
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(threads);
    private EventFeed members = new EventFeed();
    private final Map<String, Names> names = new HashMap<>();
    private Optional<RingWatch> watch = Optional.empty();

    Events(Ring ring) {
        this.ring = ring;
        clock.scheduleWithFixedDelay(this::housekeep, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
    }

    /** The names that begin with a prefix. */
    private final class Names {
        private final EventFeed feed = new EventFeed();
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
     * @param since the id of the last event it has seen; empty: none
     * @param prefix of names; empty: to the ring instead
     */
    synchronized void listen(EventStream client, Optional<String> since, Optional<String> prefix) {
        boolean crowded = prefix.isPresent() && !names.containsKey(prefix.get()) && names.size() >= MAX_PREFIXES;
        if (crowded) {
            client.sendEvent("full", "too many prefixes are listened to already", "");
            client.close();
        } else if (prefix.isPresent()) {
            Names those = names.computeIfAbsent(prefix.get(), Names::new);
            those.feed.listen(client, since);
            // to one who comes later too: from here on the list and the events together miss nothing
            those.state.ifPresent(kind -> those.feed.repeat(client, type(kind)));
        } else {
            if (watch.isEmpty()) {
                watch = Optional.of(ring.topology().watch(this::tell)); // from here on nothing is missed
            }
            members.listen(client, since);
        }
    }

    private synchronized void tell(RingWatch.Event event) {
        members.tell(event.kind().name().toLowerCase(Locale.ROOT), Views.memberAndNeighbours(event.member()));
    }

    private synchronized void housekeep() {
        members.comment();
        names.values().forEach(n -> n.feed.comment());
        names.values().removeIf(those -> {
            boolean idle = those.feed.idleNanos() > IDLE_NANOS;
            if (idle) {
                those.watch.close();
            }
            return idle;
        });
        if (watch.isPresent() && members.idleNanos() > IDLE_NANOS) {
            watch.get().close();
            watch = Optional.empty();
            members = new EventFeed(); // what happens now nobody sees: ids of before are not gone on with
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        synchronized (this) {
            watch.ifPresent(RingWatch::close);
            members.close();
            names.values().forEach(n -> {
                n.watch.close();
                n.feed.close();
            });
            names.clear();
        }
    }
}
