package dev.chord.node.gateway;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.node.ChordNode;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.config.WriterToken;
import dev.chord.node.demo.LocalRing;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/** The HTTP side of one node: REST, events, health, metrics and the page. */
public final class Gateway implements AutoCloseable {
    private static final String EVENT_STREAM = "text/event-stream";
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Ring ring;
    private final Events events;
    private final Operations operations;
    private final HealthPages health;
    private final HttpServer http;
    private final Javalin server;
    private final String url;
    private final List<Route> routes = new ArrayList<>();

    private Gateway(Served served, InetSocketAddress bind) {
        ChordNode node = served.node();
        NodeConfig config = node.config();
        RingOptions options = RingOptions.DEFAULT
                .withRingName(config.text(ConfigKey.RING_NAME))
                .withReplicas(config.ring().replicas())
                .withTimeout(LIMIT);
        Guard guard = new Guard(hosts(config, bind, node), WriterToken.of(config, bind));
        ring = Ring.connect(options, List.of(node.endpoint()), served.channels().apply(options.ringName()));
        events = new Events(ring);
        Transfers transfers = new Transfers();
        health = new HealthPages(node, served.metrics());
        http = new HttpServer(config, health);
        Streaming streaming = http.streaming(transfers);
        FileApi files = new FileApi(ring, streaming);
        operations = new Operations(node);
        routes.addAll(new FileBytes(ring, streaming).routes());
        routes.addAll(files.routes());
        routes.addAll(new Uploads(ring, node.store().uploads(), streaming).routes());
        routes.addAll(new ShareApi(ring, node).routes());
        routes.addAll(transfers.routes());
        routes.addAll(operations.routes());
        routes.addAll(new NameApi(ring).routes());
        routes.addAll(new RingApi(ring, config.ring()).routes());
        routes.addAll(new NodeApi(node).routes());
        routes.addAll(served.more());
        routes.add(eventsRoute());
        routes.add(Route.get("/api/v1/openapi.json", "this interface, for programs", this::describe)
                .gives("OpenApi"));
        server = Javalin.create(settings -> configure(settings, bind, config, guard));
        try {
            server.start(bind.getAddress().getHostAddress(), bind.getPort());
        } catch (JavalinBindException e) {
            closeRest();
            throw new ChordException(
                    ErrorCode.CONFLICT,
                    "HTTP cannot listen on " + bind.getHostString() + ":" + bind.getPort() + ": " + e.getMessage(),
                    "set --http to a free port, or to '' for none",
                    e);
        }
        String host = bind.getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : bind.getAddress().getHostAddress();
        url = "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port() + "/";
    }

    /**
     * Serves a node over HTTP, if its configuration says so. The default address is a suggestion: if it is
     * taken, by another node on this machine for example, any free port is used.
     *
     * @param metrics the metrics as text
     */
    public static Optional<Gateway> start(ChordNode node, Supplier<String> metrics) {
        return start(new Served(node, metrics, List.of(), PeerChannels::new));
    }

    /** Serves the first node of a demo. */
    public static Gateway start(LocalRing ring) {
        ChordNode first = ring.nodes().get(0);
        String name = first.config().nodeName();
        // a node that is cut off sees no more over HTTP than it sees itself
        return start(new Served(
                        first,
                        () -> "",
                        new DemoApi(ring).routes(),
                        ringName -> new PeerChannels(ringName, ring.links().from(name))))
                .orElseThrow();
    }

    /**
     * What is served.
     *
     * @param more routes besides the usual ones
     * @param channels to the other nodes, for the ring's name
     */
    private record Served(
            ChordNode node, Supplier<String> metrics, List<Route> more, Function<String, PeerChannels> channels) {}

    private static Optional<Gateway> start(Served served) {
        NodeConfig config = served.node().config();
        if (config.text(ConfigKey.HTTP_BIND).isEmpty()) {
            return Optional.empty();
        }
        InetSocketAddress bind = config.socketAddress(ConfigKey.HTTP_BIND);
        try {
            return Optional.of(new Gateway(served, bind));
        } catch (ChordException e) {
            boolean suggested = config.setting(ConfigKey.HTTP_BIND).origin().equals("default");
            if (e.code() != ErrorCode.CONFLICT || !suggested) {
                throw e;
            }
            return Optional.of(new Gateway(served, new InetSocketAddress(bind.getAddress(), 0)));
        }
    }

    private static Set<String> hosts(NodeConfig config, InetSocketAddress bind, ChordNode node) {
        Set<String> hosts = new TreeSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));
        hosts.add(bind.getAddress().getHostAddress());
        hosts.add(node.endpoint().host().toLowerCase(Locale.ROOT));
        Arrays.stream(config.text(ConfigKey.HTTP_HOSTS).split(","))
                .map(host -> host.strip().toLowerCase(Locale.ROOT))
                .filter(host -> !host.isEmpty())
                .forEach(hosts::add);
        return hosts;
    }

    private void configure(JavalinConfig http, InetSocketAddress bind, NodeConfig config, Guard guard) {
        http.router.ignoreTrailingSlashes = false;
        http.startup.showJavalinBanner = false;
        http.startup.showOldJavalinVersionWarning = false;
        http.http.generateEtags = false;
        http.http.compressionStrategy =
                CompressionStrategy.NONE; // lengths, ranges and digests are of the bytes themselves
        http.http.prefer405over404 = true;
        http.http.asyncTimeout = 0; // each transfer has limits of its own
        this.http.configure(http.jetty, bind, healthBind(config));
        http.routes.before(context -> BrowserRules.put(context::header));
        http.routes.before(guard::check);
        http.routes.before(BodyHeaders::check);
        http.routes.exception(Exception.class, (failure, context) -> Problems.answer(context, failure));
        http.routes.exception(HttpResponseException.class, (failure, context) -> Problems.answer(context, failure));
        http.routes.error(404, Gateway::nothingThere);
        PageFiles.serve(http);
        Routing.add(http.routes, routes);
    }

    private static Optional<InetSocketAddress> healthBind(NodeConfig config) {
        return config.text(ConfigKey.HEALTH_BIND).isEmpty()
                ? Optional.empty()
                : Optional.of(config.socketAddress(ConfigKey.HEALTH_BIND));
    }

    private Route eventsRoute() {
        return Route.get(
                        "/api/v1/events",
                        "what happens in the ring, or to names, as server-sent events",
                        context -> {
                            wantEvents(context);
                            if (context.req().getMethod().equals("HEAD")) {
                                context.contentType(EVENT_STREAM);
                            } else {
                                EventStream.open(
                                        context,
                                        http.slots().become(context, Kind.EVENTS),
                                        stream -> events.listen(
                                                stream,
                                                since(context),
                                                Optional.ofNullable(context.queryParam("names"))));
                            }
                        },
                        Route.Parameter.query("names", "not the ring, but the names that begin with this; empty: all"),
                        Route.Parameter.query("since", "the id of the last event seen"),
                        Route.Parameter.header("Last-Event-ID", "the same; goes before since"),
                        Route.Parameter.header("Accept", EVENT_STREAM + ", required"))
                .gives(200, new Route.Content(EVENT_STREAM, Route.TEXT));
    }

    private static void wantEvents(Context context) {
        if (!HeaderFields.asksFor(HeaderFields.joined(context, "Accept"), EVENT_STREAM)) {
            throw new RefusedRequest(
                    406,
                    ErrorCode.USAGE,
                    "events come as " + EVENT_STREAM + ", and have to be asked for so",
                    "send Accept: " + EVENT_STREAM);
        }
    }

    private static void nothingThere(Context context) {
        String type = context.res().getContentType();
        if (type == null || !type.startsWith(Problems.TYPE)) {
            Problems.answer(
                    context,
                    404,
                    new ChordException(
                            ErrorCode.NOT_FOUND, "nothing is served at " + context.path(), "see /api/v1/openapi.json"));
        }
    }

    private static Optional<String> since(Context context) {
        String last = context.header("Last-Event-ID");
        return Optional.ofNullable(last == null || last.isEmpty() ? context.queryParam("since") : last)
                .filter(id -> !id.isEmpty());
    }

    private void describe(Context context) {
        List<Route> all = new ArrayList<>(routes);
        all.addAll(health.routes());
        Json.answer(context, OpenApi.of(all, ChordNode.version()));
    }

    /** Where the page is. */
    public String url() {
        return url;
    }

    private void closeRest() {
        events.close();
        operations.close();
        http.close();
        ring.close();
    }

    @Override
    public void close() {
        events.close();
        server.stop();
        closeRest();
    }
}
