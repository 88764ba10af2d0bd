package dev.chord.node.gateway;

import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.protocol.NodeState;
import dev.chord.node.ChordNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * What those ask who watch over the node: whether it lives, whether it is in a ring, whether it can be
 * stopped, its figures. Answered to anybody whatever the Host, by threads of their own, so that nobody
 * takes a busy node for a dead one.
 */
final class HealthPages implements AutoCloseable {
    /** The name of the connector that serves nothing else. */
    static final String CONNECTOR = "health";

    private static final String METHODS = "GET, HEAD, OPTIONS";
    private static final int THREADS = 2;
    private static final int WAITING = 64;
    private static final String TEXT = "text/plain; charset=utf-8";

    private final ChordNode node;
    private final Map<String, Page> pages;
    private final ThreadPoolExecutor own = new ThreadPoolExecutor(
            THREADS,
            THREADS,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            DaemonThreads.named("chord-health-%d"));

    private record Page(String summary, Supplier<Answer> answer) {}

    private record Answer(int status, String type, String text) {
        static Answer ok(String text) {
            return new Answer(200, TEXT, text);
        }

        static Answer no(String text) {
            return new Answer(503, TEXT, text);
        }
    }

    /** @param metrics the figures as text */
    HealthPages(ChordNode node, Supplier<String> metrics) {
        this.node = node;
        this.pages = Map.of(
                "/livez", new Page("whether the process is there", () -> Answer.ok("ok\n")),
                "/readyz", new Page("whether it is in a ring", this::ready),
                "/safez", new Page("whether it can be stopped without leaving data with too few copies", this::safe),
                "/metrics",
                        new Page(
                                "counters and gauges, for Prometheus",
                                () -> new Answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.get())));
    }

    /** For the description of the interface. */
    List<Route> routes() {
        return pages.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(page -> Route.get(page.getKey(), page.getValue().summary(), served -> {})
                        .gives(200, new Route.Content("text/plain", Route.TEXT)))
                .toList();
    }

    /** Whether this is for here: the path says so, or the connector serves nothing else. */
    boolean serves(Request request) {
        Connector connector = request.getConnectionMetaData().getConnector();
        return CONNECTOR.equals(connector.getName()) || pages.containsKey(Request.getPathInContext(request));
    }

    void answer(Request request, Response response, Callback callback) {
        Page page = pages.get(Request.getPathInContext(request));
        boolean head = request.getMethod().equals("HEAD");
        if (page == null) {
            Response.writeError(request, response, callback, 404, "only health is served here");
        } else if (request.getMethod().equals("OPTIONS")) {
            BrowserRules.put(response.getHeaders()::put);
            response.getHeaders().put(HttpHeader.ALLOW, METHODS);
            response.setStatus(204);
            callback.succeeded();
        } else if (!head && !request.getMethod().equals("GET")) {
            response.getHeaders().put(HttpHeader.ALLOW, METHODS);
            Response.writeError(request, response, callback, 405, "health can only be read");
        } else {
            try {
                own.execute(() -> write(page, head, response, callback));
            } catch (RejectedExecutionException e) {
                response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
                Response.writeError(request, response, callback, 503, "too many ask for health at once");
            }
        }
    }

    private static void write(Page page, boolean head, Response response, Callback callback) {
        try {
            Answer answer = page.answer().get();
            byte[] text = answer.text().getBytes(StandardCharsets.UTF_8);
            response.setStatus(answer.status());
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.type());
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            BrowserRules.put(response.getHeaders()::put);
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, text.length);
            if (head) {
                callback.succeeded();
            } else {
                Content.Sink.write(response, true, new String(text, StandardCharsets.UTF_8), callback);
            }
        } catch (RuntimeException e) {
            callback.failed(e);
        }
    }

    private NodeState first() {
        return node.loop().states().get(0);
    }

    private Answer ready() {
        return node.loop().inRing() ? Answer.ok("in the ring\n") : Answer.no(first().phase() + "\n");
    }

    // With r + 1 processes, each of them can go for a while, if the others have every record and block.
    private Answer safe() {
        boolean holdsNothing =
                node.store().blocks().count() == 0 && node.store().records().count() == 0;
        if (holdsNothing) {
            return Answer.ok("safe to stop: nothing is stored here\n");
        }
        if (first().bootstrapping()) {
            return Answer.no("the ring is small: stopping this node may leave too few copies\n");
        }
        if (node.upkeep().inPlaceFor().isEmpty()) {
            return Answer.no("since the ring's last change not every copy has been seen in its place:"
                    + " wait, or run 'chord node repair'\n");
        }
        return Answer.ok("safe to stop\n");
    }

    @Override
    public void close() {
        own.shutdownNow();
    }
}
