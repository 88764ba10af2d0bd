package dev.chord.node.gateway;

import dev.chord.client.wire.DaemonThreads;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import io.javalin.config.JettyConfig;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The server under the gateway, set up so that nobody outside can hold what others need: a few threads do
 * the network's input and output and never wait; workers wait for the ring and the disk, never for a
 * client; health has threads, and if wanted a port, of its own.
 */
final class HttpServer implements AutoCloseable {
    private static final int IO_THREADS = 16;
    private static final int HEALTH_THREADS = 4;
    private static final int WORKERS = 48;
    private static final int STORERS = 16;
    private static final int IDLE_MILLIS = 30_000;
    private static final int TRANSFER_IDLE_MILLIS = 300_000; // a reader may pause; who is in the way goes sooner
    private static final long SHARE_OF_HEAP = 8;

    private final Slots slots;
    private final HttpConnections connections;
    private final HealthPages health;
    // their queues are bounded by the places for requests and for uploads
    private final ThreadPoolExecutor workers = threads("chord-http-worker-", WORKERS);
    private final ThreadPoolExecutor storers = threads("chord-http-storer-", STORERS);

    HttpServer(NodeConfig config, HealthPages health) {
        this.health = health;
        long heap = Runtime.getRuntime().maxMemory();
        slots = new Slots(Slots.bounds(config, heap), heap / SHARE_OF_HEAP, System::nanoTime);
        connections = new HttpConnections(config.number(ConfigKey.HTTP_CONNECTIONS), System::nanoTime);
        slots.every(connections::sweep);
    }

    private ThreadPoolExecutor threads(String name, int most) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                most,
                most,
                IDLE_MILLIS,
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                DaemonThreads.named(name + "%d"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private LateExecutor requests() {
        return new LateExecutor(
                workers,
                (what, nanos) -> CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS)
                        .execute(what),
                System::nanoTime);
    }

    /** The places for requests. */
    Slots slots() {
        return slots;
    }

    /** Bodies in and out that no thread waits for. */
    Streaming streaming(Transfers transfers) {
        return new Streaming(slots, workers, storers, transfers);
    }

    /** @param healthBind where health alone is served; empty: nowhere */
    void configure(JettyConfig jetty, InetSocketAddress bind, Optional<InetSocketAddress> healthBind) {
        jetty.threadPool = pool("chord-http", IO_THREADS);
        jetty.modifyServer(server -> {
            server.setErrorHandler(new PlainErrors());
            server.setStopTimeout(0); // who still reads when the node stops is cut off
            server.setHandler(new FrontDoor(health, slots, connections, requests()));
        });
        jetty.modifyHttpConfiguration(settings -> settings.setSendServerVersion(false));
        jetty.addConnector((server, settings) -> {
            ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(settings));
            connector.addBean(connections);
            return at(connector, bind);
        });
        healthBind.ifPresent(
                where -> jetty.addConnector((server, settings) -> healthConnector(server, settings, where)));
    }

    private static ServerConnector healthConnector(Server server, HttpConfiguration settings, InetSocketAddress bind) {
        QueuedThreadPool own = pool("chord-health-io", HEALTH_THREADS);
        server.addBean(own);
        ServerConnector connector =
                new ServerConnector(server, own, null, null, 1, 1, new HttpConnectionFactory(settings));
        connector.setName(HealthPages.CONNECTOR);
        at(connector, bind).setIdleTimeout(IDLE_MILLIS);
        return connector;
    }

    private static ServerConnector at(ServerConnector connector, InetSocketAddress bind) {
        connector.setHost(bind.getAddress().getHostAddress());
        connector.setPort(bind.getPort());
        connector.setIdleTimeout(TRANSFER_IDLE_MILLIS);
        return connector;
    }

    private static QueuedThreadPool pool(String name, int most) {
        QueuedThreadPool pool = new QueuedThreadPool(most, Math.min(4, most), IDLE_MILLIS);
        pool.setName(name);
        pool.setDaemon(true);
        return pool;
    }

    @Override
    public void close() {
        slots.close();
        health.close();
        workers.shutdownNow();
        storers.shutdownNow();
    }
}
