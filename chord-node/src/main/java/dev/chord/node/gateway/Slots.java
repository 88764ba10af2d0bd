package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import io.javalin.http.Context;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.eclipse.jetty.server.Request;

/**
 * The places of the gateway, by kind of request, each kind by the rules of {@link Admission}; and the
 * memory that bytes on their way out may take. Thread-safe. Once a second whoever is too slow is cut off.
 */
final class Slots implements AutoCloseable {
    private static final String ATTRIBUTE = "dev.chord.slot";
    private static final int LEAST_BODIES = 8;
    private static final int MOST_BODIES = 256;
    private static final long HEAP_FOR_A_BODY = 8L << 20;
    private static final int NETWORK_BYTES = 8; // of an IPv6 address: one line has as many addresses as it likes

    private final Map<Kind, Admission> admissions = new EnumMap<>(Kind.class);
    private final Map<Long, Slot> open = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final LongSupplier clock;
    private final long memory;
    private long held;
    private final ScheduledExecutorService sweeper =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("chord-http-sweep"));

    /** The bounds that a configuration sets. */
    static Map<Kind, Integer> bounds(NodeConfig config, long heap) {
        int bodies = (int) Math.max(LEAST_BODIES, Math.min(MOST_BODIES, heap / HEAP_FOR_A_BODY));
        return Map.of(
                Kind.UPLOAD, number(config, ConfigKey.HTTP_UPLOADS, bodies),
                Kind.DOWNLOAD, number(config, ConfigKey.HTTP_DOWNLOADS, bodies),
                Kind.EVENTS, config.number(ConfigKey.HTTP_LISTENERS),
                Kind.SHORT, config.number(ConfigKey.HTTP_REQUESTS));
    }

    private static int number(NodeConfig config, ConfigKey key, int otherwise) {
        return config.text(key).isEmpty() ? otherwise : config.number(key);
    }

    /**
     * Places, and nobody in them.
     *
     * @param bounds how many of each kind
     * @param memory bytes that short answers under way may hold in all
     * @param clock nanoseconds
     */
    Slots(Map<Kind, Integer> bounds, long memory, LongSupplier clock) {
        bounds.forEach((kind, most) -> admissions.put(kind, new Admission(most)));
        this.memory = memory;
        this.clock = clock;
        every(this::sweep);
    }

    /** Lets something be done once a second. */
    void every(Runnable task) {
        sweeper.scheduleWithFixedDelay(task, 1, 1, TimeUnit.SECONDS);
    }

    /** A place that somebody has. */
    final class Slot implements AutoCloseable {
        private final long id = lastId.incrementAndGet();
        private final String address;
        private final Runnable cut;
        private Kind kind = Kind.SHORT;
        private long bytes;
        private boolean closed;
        private volatile boolean streams;

        private Slot(String address, Runnable cut) {
            this.address = address;
            this.cut = cut;
        }

        /** Bytes went through, in either direction. */
        void moved(long count) {
            synchronized (Slots.this) {
                admission(kind).moved(id, count, clock.getAsLong());
            }
        }

        /** Takes memory until this is over; false: there is none. */
        boolean hold(long count) {
            synchronized (Slots.this) {
                if (closed || held + count > memory) {
                    return false;
                }
                held += count;
                bytes += count;
                return true;
            }
        }

        /** Whether the other side is waited for. */
        void waits(boolean forPeer) {
            synchronized (Slots.this) {
                admission(kind).waits(id, forPeer, clock.getAsLong());
            }
        }

        /** From here on the answer is sent as it comes. */
        void streams() {
            streams = true;
        }

        /** Breaks the connection off. */
        void cut() {
            cut.run();
        }

        @Override
        public void close() {
            synchronized (Slots.this) {
                if (!closed) {
                    closed = true;
                    admission(kind).left(id);
                    held -= bytes;
                    open.remove(id);
                }
            }
        }
    }

    private Admission admission(Kind kind) {
        Admission admission = admissions.get(kind);
        if (admission == null) {
            throw new IllegalStateException("no bound is set for " + kind);
        }
        return admission;
    }

    /**
     * A place among the short requests, as long as it is not known what else it is.
     *
     * @param cut breaks its connection off; called from any thread
     * @return empty: there is none
     */
    Optional<Slot> enter(SocketAddress peer, Runnable cut) {
        Slot slot = new Slot(name(peer), cut);
        synchronized (this) {
            if (!ask(slot, Kind.SHORT)) {
                return Optional.empty();
            }
            open.put(slot.id, slot);
        }
        return Optional.of(slot);
    }

    // Under the lock. Those who have to make room are cut off on the sweeper's thread.
    private boolean ask(Slot slot, Kind kind) {
        Admission.Answer answer = admission(kind).ask(slot.id, slot.address, clock.getAsLong());
        cutOff(answer.ended());
        return answer.admitted();
    }

    private void cutOff(List<Long> ids) {
        for (long id : ids) {
            Slot slot = open.get(id);
            if (slot != null) {
                sweeper.execute(slot::cut);
            }
        }
    }

    /**
     * The place of a request, which has become one of another kind.
     *
     * @throws RefusedRequest if there is no room: 503, with Retry-After
     */
    Slot become(Context context, Kind kind) {
        Slot slot = of(context);
        synchronized (this) {
            if (!slot.closed && ask(slot, kind)) {
                admission(slot.kind).left(slot.id);
                slot.kind = kind;
                return slot;
            }
        }
        throw full(kind);
    }

    /**
     * The place of a short request whose answer needs memory as long as it is not taken.
     *
     * @throws RefusedRequest if there is none: 503, with Retry-After
     */
    Slot holding(Context context, long bytes) {
        Slot slot = of(context);
        if (!slot.hold(bytes)) {
            throw full(slot.kind);
        }
        return slot;
    }

    private static RefusedRequest full(Kind kind) {
        return new RefusedRequest(
                503,
                new ChordException(
                        ErrorCode.UNFINISHED,
                        "too many " + kind.many() + " are under way here",
                        "try again in a moment"),
                Map.of("Retry-After", RETRY_SECONDS));
    }

    static final String RETRY_SECONDS = "5";

    /** Remembers the place of a request with it. */
    static void attach(Request request, Slot slot) {
        request.setAttribute(ATTRIBUTE, slot);
    }

    /** The place of a request, if it has one. */
    static Optional<Slot> of(Request request) {
        return request.getAttribute(ATTRIBUTE) instanceof Slot slot ? Optional.of(slot) : Optional.empty();
    }

    /** Whether the answer of a request is sent as it comes, by one who waits for nobody. */
    static boolean streamed(Request request) {
        return of(request).map(slot -> slot.streams).orElse(false);
    }

    private static Slot of(Context context) {
        if (context.req().getAttribute(ATTRIBUTE) instanceof Slot slot) {
            return slot;
        }
        throw new IllegalStateException("a request came in past the front door");
    }

    private void sweep() {
        synchronized (this) {
            long now = clock.getAsLong();
            boolean crowded = 2 * held > memory;
            List<Long> slow = new ArrayList<>();
            admissions.forEach((kind, admission) -> slow.addAll(admission.slow(now, crowded && kind == Kind.SHORT)));
            cutOff(slow);
        }
    }

    /** What counts as one address: of IPv6 the network part. */
    static String name(SocketAddress peer) {
        InetAddress address = peer instanceof InetSocketAddress inet ? inet.getAddress() : null;
        if (address instanceof Inet6Address) {
            return Arrays.toString(Arrays.copyOf(address.getAddress(), NETWORK_BYTES));
        }
        return address == null ? peer.toString() : address.getHostAddress();
    }

    @Override
    public void close() {
        sweeper.shutdownNow();
    }
}
