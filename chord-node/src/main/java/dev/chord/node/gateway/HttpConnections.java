package dev.chord.node.gateway;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;

/**
 * Who is connected, and who among them says nothing. One that has no request under way is closed after a
 * while, however often it sends a byte of one; sooner while many are connected; and at once, the longest
 * silent first, when somebody else comes and all places are taken. Thread-safe.
 */
final class HttpConnections implements Connection.Listener {
    /** How long a connection may be without a request. */
    static final long SILENT_NANOS = 30_000_000_000L;

    /** The same while more than half of the places are taken. */
    static final long CROWDED_NANOS = 5_000_000_000L;

    private final int most;
    private final LongSupplier clock;
    private final Map<Connection, State> open = new ConcurrentHashMap<>();

    private static final class State {
        private volatile long since;
        private volatile boolean busy;

        State(long since) {
            this.since = since;
        }
    }

    /**
     * Nobody yet.
     *
     * @param most at once
     * @param clock nanoseconds
     */
    HttpConnections(int most, LongSupplier clock) {
        this.most = most;
        this.clock = clock;
    }

    @Override
    public void onOpened(Connection connection) {
        open.put(connection, new State(clock.getAsLong()));
        if (open.size() > most) {
            longestSilent().orElse(connection).getEndPoint().close();
        }
    }

    @Override
    public void onClosed(Connection connection) {
        open.remove(connection);
    }

    private Optional<Connection> longestSilent() {
        long now = clock.getAsLong();
        return open.entrySet().stream()
                .filter(e -> !e.getValue().busy && e.getKey().getEndPoint().isOpen())
                .max(Comparator.comparingLong(e -> now - e.getValue().since))
                .map(Map.Entry::getKey);
    }

    /** A request has come, and keeps its connection until it is over. */
    void busy(Request request) {
        State state = open.get(request.getConnectionMetaData().getConnection());
        if (state != null) {
            state.busy = true;
            Request.addCompletionListener(request, failure -> {
                state.since = clock.getAsLong();
                state.busy = false;
            });
        }
    }

    /** Closes those that are silent for too long; called now and then. */
    void sweep() {
        long now = clock.getAsLong();
        long limit = 2 * open.size() > most ? CROWDED_NANOS : SILENT_NANOS;
        List<Connection> silent = new ArrayList<>();
        open.forEach((connection, state) -> {
            if (!state.busy && now - state.since > limit) {
                silent.add(connection);
            }
        });
        silent.forEach(connection -> connection.getEndPoint().close());
    }
}
